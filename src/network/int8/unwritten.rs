//! Tensors that an operator is about to write.
#![allow(unsafe_code)]

use tract_onnx::prelude::*;

/// A tensor whose values nobody has written yet, for operators that write each of them before anything is read: to set
/// all activations to 0 first would cost a tenth of a reading.
pub(super) fn unwritten(kind: DatumType, shape: &[usize]) -> TractResult<Tensor> {
    // SAFETY: bytes and real numbers may have any bits, and each operator writes the whole of its output: their lengths
    // are those of the output's shape.
    unsafe { Tensor::uninitialized_dt(kind, shape) }
}
