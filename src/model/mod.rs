//! Models that are brought to a station: a bundle in one file, signed, tried before it is used, and left again when it
//! does not serve. `docs/bundle.md` tells the format.

mod depot;
mod error;
mod golden;
mod made;
mod owner;
mod parcel;
mod removal;
mod seal;

pub use depot::{Change, Depot, Mark, Taken};
pub use error::ModelError;
pub use golden::{Golden, TOLERANCE};
pub use made::{Hidden, hidden};
pub use owner::become_owner;
pub use parcel::{pack, unpack};
pub use seal::{Key, SignedFile, signature_of};
