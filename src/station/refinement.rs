//! What is said of one sleeve while its words are read.

use crate::verdict::Verdict;

/// The verdict on one sleeve: the picture's first; once reading ends, that of picture and words. In between, artist,
/// album and words are added to it. So what is said changes once at most.
#[derive(Clone, Debug)]
pub struct Refinement {
    said: Verdict,
    is_final: bool,
}

impl Refinement {
    /// Begins with the picture's verdict.
    #[must_use]
    pub fn of(picture: Verdict) -> Self {
        Self { said: picture, is_final: false }
    }

    /// Takes the verdict after one more pass, and tells what is said now. `is_last` is set where reading ends with it.
    pub fn take(&mut self, verdict: Verdict, is_last: bool) -> &Verdict {
        if self.is_final {
            return &self.said;
        }
        if is_last {
            self.said = verdict;
            self.is_final = true;
        } else {
            let Verdict { words, artist, album, counted, .. } = verdict;
            self.said = Verdict { words, artist, album, counted, ..self.said.clone() };
        }
        &self.said
    }
}
