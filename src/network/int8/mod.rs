//! int8: the standard QDQ file that the trainer exports, run in integers.
//!
//! tract runs QDQ in real numbers and pays for quantising on top. Here a graph's quantised layers become operators of
//! our own before tract parses it (`fuse.rs`); tract plans and runs them among its own (`operator.rs`). A layer is a
//! [`Convolution`], said in plain loops, then [`Packed`] for the instructions of a processor ([`Isa`]); kernels equal the
//! plain loops to the bit.
//!
//! Layers compute what ONNX says of them: products of bytes are summed exactly, and each sum is rounded to a byte once,
//! half to even. What may differ from another runtime is the last bit before that rounding.
//!
//! Depthwise layers of a network in real numbers are ours, too (`reals.rs`).

mod bounds;
mod convolution;
mod fuse;
mod graph;
mod isa;
mod kernel;
mod node;
mod operator;
mod pattern;
mod quantisation;
mod reals;
mod requantise;
mod share;
mod sum;
mod turn;
mod unwritten;

use tract_onnx::prelude::*;

pub(crate) use bounds::{check_flow, check_text_network};
pub use convolution::{Convolution, Unfit, Window};
pub use fuse::Fusion;
pub use isa::Isa;
pub use kernel::Packed;
pub(super) use quantisation::Scale;
pub use requantise::Requantise;

/// A network, its quantised layers made ours.
pub(super) struct Parsed {
    pub(super) model: InferenceModel,
    /// What became of its layers.
    pub(super) fusion: Fusion,
    /// How the bytes that it takes, channels last, stand for real numbers; `None` where it takes real numbers, channels
    /// first.
    pub(super) input: Option<Scale>,
}

/// Parses a network.
pub(super) fn parse(bytes: &[u8]) -> TractResult<Parsed> {
    let mut reader = onnx();
    node::register(&mut reader);
    let mut proto = reader.proto_model_for_read(&mut { bytes })?;
    bounds::check(&proto, bytes.len())?;
    let (mut fusion, mut input) = Default::default();
    if let Some(graph) = &mut proto.graph {
        fusion = fuse::fuse(graph);
        input = fuse::take_bytes(graph);
        fuse::fuse_reals(graph);
    }
    Ok(Parsed { model: reader.model_for_proto_model(&proto)?, fusion, input })
}
