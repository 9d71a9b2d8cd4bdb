//! What an ONNX graph says of its quantised tensors.

use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::*;

use super::graph::{Graph, int, values};

/// How bytes stand for real numbers: `real = (byte - zero) * scale`.
///
/// Signed bytes are taken as unsigned ones that are 128 more; so is their zero point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::network) struct Scale {
    /// What one step is worth.
    pub(super) scale: f32,
    /// The byte that stands for 0.
    pub(super) zero: u8,
}

impl Scale {
    /// The byte that a real number becomes, as ONNX's `QuantizeLinear` says.
    pub(in crate::network) fn byte(self, real: f32) -> u8 {
        // As a float throughout: any real number may come, even none.
        ((real / self.scale).round_ties_even() + f32::from(self.zero)).clamp(0.0, 255.0) as u8
    }

    /// The scale of a `QuantizeLinear` or a `DequantizeLinear` that has one for the whole tensor.
    pub(super) fn of(graph: &Graph<'_>, node: &NodeProto) -> Option<Self> {
        let [scale] = graph.floats(node.input.get(1)?)?[..] else { return None };
        let zero = match node.input.get(2) {
            None => 0,
            Some(name) => byte(&graph.constant(name)?)?,
        };
        (scale.is_finite() && scale > 0.0).then_some(Self { scale, zero })
    }
}

/// The one value of a tensor of bytes, as an unsigned one.
fn byte(tensor: &Tensor) -> Option<u8> {
    if let Some(values) = values::<u8>(tensor) {
        return <[u8; 1]>::try_from(values).ok().map(|[value]| value);
    }
    values::<i8>(tensor).and_then(|values| <[i8; 1]>::try_from(values).ok()).map(|[value]| offset(value))
}

fn offset(value: i8) -> u8 {
    value.cast_unsigned() ^ 0x80
}

/// Signed weights with a scale per filter and zero points of 0.
pub(super) struct Weights {
    /// As ONNX has them: filters x inputs x rows x columns.
    pub(super) values: Vec<i8>,
    /// Four sides.
    pub(super) shape: [usize; 4],
    /// One per filter.
    pub(super) scales: Vec<f32>,
}

impl Weights {
    /// The weights behind a `DequantizeLinear`.
    pub(super) fn of(graph: &Graph<'_>, tensor: &str) -> Option<Self> {
        let node = &graph.nodes[graph.maker(tensor)?];
        if node.op_type != "DequantizeLinear" {
            return None;
        }
        let quantised = graph.constant(node.input.first()?)?;
        let values = values::<i8>(&quantised)?;
        let shape = <[usize; 4]>::try_from(quantised.shape()).ok()?;
        let scales = graph.floats(node.input.get(1)?)?;
        if let Some(zeros) = node.input.get(2)
            && self::values::<i8>(&graph.constant(zeros)?)?.iter().any(|zero| *zero != 0)
        {
            return None;
        }
        let scales = match scales.len() {
            1 => vec![scales[0]; shape[0]],
            // Opset 13 counts axis 1 where none is named.
            length if length == shape[0] && int(node, "axis") == Some(0) => scales,
            _ => return None,
        };
        scales.iter().all(|scale| scale.is_finite()).then_some(Self { values, shape, scales })
    }

    /// The same with inputs last: filters x rows x columns x inputs.
    pub(super) fn inputs_last(&self) -> Vec<i8> {
        let [_, inputs, rows, columns] = self.shape;
        let area = rows * columns;
        if area == 1 {
            return self.values.clone();
        }
        let filter = |filter: &[i8]| -> Vec<i8> {
            (0..area * inputs).map(|at| filter[at % inputs * area + at / inputs]).collect()
        };
        self.values.chunks_exact(inputs * area).flat_map(filter).collect()
    }
}

/// A bias: real numbers, or integers behind a `DequantizeLinear`.
pub(super) fn bias(graph: &Graph<'_>, tensor: &str) -> Option<Vec<f32>> {
    if let Some(floats) = graph.floats(tensor) {
        return Some(floats);
    }
    let node = &graph.nodes[graph.maker(tensor)?];
    if node.op_type != "DequantizeLinear" {
        return None;
    }
    if let Some(zeros) = node.input.get(2)
        && values::<i32>(&graph.constant(zeros)?)?.iter().any(|zero| *zero != 0)
    {
        return None;
    }
    let integers = values::<i32>(&graph.constant(node.input.first()?)?)?;
    let scales = graph.floats(node.input.get(1)?)?;
    let scale = |at: usize| if scales.len() == 1 { Some(&scales[0]) } else { scales.get(at) };
    integers.iter().enumerate().map(|(at, value)| Some(*value as f32 * scale(at)?)).collect()
}
