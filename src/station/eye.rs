//! The seam between the station and what looks at frames.

use std::error::Error;

use crate::frame::Frame;
use crate::network::Reading;
use crate::sighting::Millis;
use crate::sleeve::Outline;
use crate::verdict::Verdict;
use crate::words::{Line, WordEvidence};

/// What looks at frames for a station: [`crate::reader::Reader`] does, and whatever stands in for it in a test.
pub trait Eye {
    /// Why a sleeve could not be read.
    type Error: Error + Send + 'static;

    /// Where the sleeve lies in a frame, if there is one. What it took is noted in `millis`.
    fn find(&self, frame: &Frame, millis: &mut Millis) -> Option<Outline>;

    /// Reads the sleeve that was found there, and tells its outline from the top left of its cover; `None` where it
    /// cannot be made flat.
    ///
    /// # Errors
    ///
    /// Where the sleeve cannot be read.
    fn read(
        &self,
        frame: &Frame,
        outline: &Outline,
        millis: &mut Millis,
    ) -> Result<Option<(Outline, Reading)>, Self::Error>;

    /// How many passes it has for reading a sleeve's words, each in another way; 0 where it reads none.
    fn passes(&self) -> usize {
        0
    }

    /// Reads the words of the sleeve in a frame by one pass, counted from 0, adds what it read to `so_far`, and weighs
    /// all passes so far. The outline begins at the cover's own top left. What it took is added to `millis`.
    ///
    /// # Errors
    ///
    /// Where the words cannot be read.
    fn read_words(
        &self,
        frame: &Frame,
        outline: &Outline,
        pass: usize,
        so_far: &mut Vec<Vec<Line>>,
        millis: &mut Millis,
    ) -> Result<WordEvidence, Self::Error> {
        let _ = (frame, outline, pass, so_far, millis);
        Ok(WordEvidence::default())
    }

    /// Called once when there was no sleeve for a while: what only reading words needs can be given back.
    fn rest(&self) {}

    /// The verdict on a reading, with the words where they were read.
    fn judge(&self, reading: &Reading, words: Option<&WordEvidence>) -> Verdict;

    /// What is said where there is no sleeve.
    fn nothing(&self) -> Verdict;
}
