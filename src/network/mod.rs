//! The network: a bundle, a prepared cover, and what the network reads in it.

mod bundle;
mod family;
mod genre;
pub mod int8;
mod preprocess;
mod reading;
mod shelf;
mod tract;

pub(crate) use bundle::hex;
pub use bundle::{Bundle, BundleError, Calibration, Figures, Input, Levels, Thresholds};
pub use family::Family;
pub use genre::Genre;
pub(crate) use int8::{check_flow, check_text_network};
pub use preprocess::{Prepared, prepare, scale};
pub use reading::Reading;
pub use shelf::{NoBundle, find_bundle, usual_bundles};
pub use tract::{Network, NetworkError};
