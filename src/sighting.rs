//! What one frame gave, from the outline to the verdict.

use crate::sleeve::Outline;
use crate::verdict::Verdict;

/// What one frame gave: where the sleeve lay, what is said of it, and what it took.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The frame's name.
    pub name: String,
    /// The sleeve's corners, where one was found.
    pub outline: Option<Outline>,
    /// The corners of the flat cover in the frame, from the cover's own top left: the outline's, or those of the centred
    /// square where none was found; `None` where nothing was read.
    pub cover: Option<[[f32; 2]; 4]>,
    /// What is said.
    pub verdict: Verdict,
    /// What each stage took.
    pub millis: Millis,
}

/// What each stage took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Millis {
    /// Looking for the outline.
    pub find: f64,
    /// Cutting, flattening, resizing and normalising.
    pub flatten: f64,
    /// The network alone.
    pub read: f64,
    /// Reading the words, over all passes.
    pub words: f64,
}
