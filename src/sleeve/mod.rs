//! Sleeves: found in a frame, and made flat.

mod cover;
mod flatten;
mod guess;
mod likeness;
mod line;
mod outline;
mod quad;
mod refine;
mod shrink;
mod slope;
mod square;

pub use cover::Cover;
pub use flatten::flatten;
pub use likeness::{Likeness, likeness};
pub use outline::{Finder, Outline};
