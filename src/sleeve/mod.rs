//! Sleeves: found in a frame, and made flat.

mod cover;
mod flatten;
mod gradient;
mod likeness;
mod line;
mod outline;
mod quad;
mod shrink;
mod square;
mod trace;

pub use cover::Cover;
pub use flatten::flatten;
pub use likeness::{Likeness, likeness};
pub use outline::{Finder, Outline};
