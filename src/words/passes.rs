//! When enough passes have read a cover's words.

use super::{Album, WordEvidence};

/// The artist's confidence from which further passes are not needed.
pub const SURE: f32 = 0.9;

/// The number of passes in a row that read nothing new, after which reading ends.
pub const STALE: usize = 2;

/// Counts the passes over one cover: reading goes on until a name is sure, nothing new comes, or all passes are used.
///
/// ```
/// use sleevesight::words::{Passes, WordEvidence};
///
/// let mut passes = Passes::at_most(5);
/// assert_eq!(passes.pending(), Some(0));
/// passes.took(&WordEvidence::default());
/// passes.took(&WordEvidence::default());
/// assert_eq!(passes.pending(), None, "a cover without words takes two passes");
/// ```
#[derive(Clone, Debug)]
pub struct Passes {
    at_most: usize,
    taken: usize,
    /// How many passes in a row read nothing new.
    stale: usize,
    is_sure: bool,
    /// What was read so far, without how surely.
    read: (Vec<String>, Option<String>, Option<Album>),
}

impl Passes {
    /// This many passes at most.
    #[must_use]
    pub fn at_most(passes: usize) -> Self {
        Self { at_most: passes, taken: 0, stale: 0, is_sure: false, read: Default::default() }
    }

    /// The pass to make next, counted from 0; `None` where reading is over.
    #[must_use]
    pub fn pending(&self) -> Option<usize> {
        let goes_on = self.taken < self.at_most && self.stale < STALE && !self.is_sure;
        goes_on.then_some(self.taken)
    }

    /// Takes what all passes say after one more.
    pub fn took(&mut self, evidence: &WordEvidence) {
        let texts = evidence.lines.iter().map(|line| line.text.clone()).collect();
        let name = evidence.artist.as_ref().map(|artist| artist.name.clone());
        let read = (texts, name, evidence.album.clone());
        self.taken += 1;
        self.stale = if read == self.read { self.stale + 1 } else { 0 };
        self.is_sure = evidence.artist.as_ref().is_some_and(|artist| artist.confidence >= SURE);
        self.read = read;
    }
}
