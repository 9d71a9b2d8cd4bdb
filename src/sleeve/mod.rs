//! Sleeves: found in a frame, and made flat.

mod cover;
mod flatten;
mod gradient;
mod line;
mod outline;
mod shrink;
mod square;
mod trace;

pub use cover::Cover;
pub use flatten::flatten;
pub use outline::{Finder, Outline};
