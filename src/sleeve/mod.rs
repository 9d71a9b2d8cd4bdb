//! Sleeves: found in a frame, and made flat.

mod assessor;
mod clues;
mod cover;
mod exact;
mod flatten;
mod fourth;
mod gradient;
mod likeness;
mod line;
mod lines;
mod lineup;
mod outline;
mod polish;
mod proposal;
mod quad;
mod refine;
mod shape;
mod shrink;
mod slope;
mod square;
mod trace;

pub use cover::Cover;
pub use exact::exact;
pub use flatten::flatten;
pub use likeness::{Likeness, likeness};
pub use lineup::{Considered, clues};
pub use outline::{Finder, Outline};
