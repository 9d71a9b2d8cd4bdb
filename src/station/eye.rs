//! The seam between the station and what looks at frames.

use std::error::Error;

use crate::frame::Frame;
use crate::network::Reading;
use crate::sighting::Millis;
use crate::sleeve::Outline;
use crate::verdict::Verdict;

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

    /// What is said of a reading.
    fn judge(&self, reading: &Reading) -> Verdict;

    /// What is said where there is no sleeve.
    fn nothing(&self) -> Verdict;
}
