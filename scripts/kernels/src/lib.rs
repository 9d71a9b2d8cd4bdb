//! The kernels, and what they need, out of the program's own files.
#![allow(dead_code, reason = "the rest of the program needs more of them than their tests do")]

#[path = "../../../src/network/int8/convolution.rs"]
mod convolution;
#[path = "../../../src/network/int8/isa.rs"]
mod isa;
#[path = "../../../src/network/int8/kernel/mod.rs"]
mod kernel;
#[path = "../../../src/network/int8/requantise.rs"]
mod requantise;
#[path = "../../../src/network/int8/share.rs"]
mod share;

pub use convolution::{Convolution, Unfit, Window};
pub use isa::Isa;
pub use kernel::Packed;
pub use requantise::Requantise;

pub mod network {
    //! Where the tests look for them.

    pub use crate as int8;
}
