//! The layers that are recognised: convolutions and sums of bytes, with a clip behind them or without.

use std::collections::BTreeMap;

use tract_onnx::pb::NodeProto;

use super::graph::{Graph, int, ints, text};
use super::node as operator;
use super::quantisation::{Scale, Weights, bias};
use super::{Convolution, Requantise, Window};

/// A layer that is recognised.
pub(super) struct Layer {
    /// The node of ours that stands for it.
    pub(super) node: NodeProto,
    /// The tensors of bytes that it reads.
    pub(super) inputs: Vec<String>,
    /// The nodes that it takes the place of, but for the `QuantizeLinear` where it stands.
    pub(super) swallows: Vec<usize>,
}

/// The tensors of real numbers that stand for tensors of bytes.
type Reals = BTreeMap<String, (String, Scale)>;

/// The layer whose output a `QuantizeLinear` makes bytes of, if it is one that we have an operator for.
pub(super) fn layer(graph: &Graph<'_>, reals: &Reals, quantise: usize, scale: Scale) -> Option<Layer> {
    let quantise = &graph.nodes[quantise];
    let mut last = graph.private_maker(&quantise.input[0])?;
    let mut swallows = Vec::new();
    let mut ends = [0, u8::MAX];
    if let Some(clipped) = clip(graph, &graph.nodes[last], scale) {
        swallows.push(last);
        ends = clipped;
        last = graph.private_maker(&graph.nodes[last].input[0])?;
    }
    swallows.push(last);
    let node = &graph.nodes[last];
    let output = &quantise.output[0];
    let inputs = |count: usize| -> Option<Vec<(String, Scale)>> {
        node.input.iter().take(count).map(|input| reals.get(input).cloned()).collect()
    };
    match node.op_type.as_str() {
        "Conv" => {
            let inputs = inputs(1)?;
            let (tensor, from) = inputs.first()?;
            let convolution = convolution(graph, node, [*from, scale], ends)?;
            let node = operator::convolve(tensor, output, &convolution);
            Some(Layer { node, inputs: vec![tensor.clone()], swallows })
        }
        "Add" if node.input.len() == 2 => {
            let [(a, from), (b, other)] = <[_; 2]>::try_from(inputs(2)?).ok()?;
            let node = operator::add([&a, &b], output, [from, other, scale], ends);
            Some(Layer { node, inputs: vec![a, b], swallows })
        }
        _ => None,
    }
}

/// The lowest and the highest byte behind a `Clip` or a `Relu`.
fn clip(graph: &Graph<'_>, node: &NodeProto, scale: Scale) -> Option<[u8; 2]> {
    let end = |place: usize, none: u8| match node.input.get(place).filter(|name| !name.is_empty()) {
        None => Some(none),
        Some(name) => match graph.floats(name)?[..] {
            [end] => Some(scale.byte(end)),
            _ => None,
        },
    };
    match node.op_type.as_str() {
        "Clip" => Some([end(1, 0)?, end(2, u8::MAX)?]),
        "Relu" => Some([scale.zero, u8::MAX]),
        _ => None,
    }
}

/// The convolution that a node describes, its output quantised.
fn convolution(
    graph: &Graph<'_>,
    node: &NodeProto,
    [from, to]: [Scale; 2],
    [low, high]: [u8; 2],
) -> Option<Convolution> {
    let weights = Weights::of(graph, node.input.get(1)?)?;
    let [outputs, depth, rows, columns] = weights.shape;
    let groups = usize::try_from(int(node, "group").unwrap_or(1)).ok()?;
    let depthwise = groups == outputs && depth == 1 && groups > 1;
    let plain = ints(node, "dilations").is_none_or(|steps| steps.iter().all(|step| *step == 1))
        && text(node, "auto_pad").is_none_or(|pad| pad == b"NOTSET");
    if !plain || groups != 1 && !depthwise {
        return None;
    }
    let stride = sides::<2>(node, "strides", 1)?;
    let window = Window { kernel: [rows, columns], stride, pads: sides::<4>(node, "pads", 0)? };

    let shifts = match node.input.get(2).filter(|name| !name.is_empty()) {
        Some(name) => bias(graph, name)?,
        None => vec![0.0; outputs],
    };
    let step = f64::from(to.scale);
    let factor = |scale: &f32| (f64::from(from.scale) * f64::from(*scale) / step) as f32;
    let requantise = Requantise::new(
        weights.scales.iter().map(factor).collect(),
        shifts.iter().map(|shift| (f64::from(*shift) / step) as f32).collect(),
        to.zero,
        low,
        high,
    );
    if depthwise {
        Convolution::depthwise(outputs, window, weights.values, from.zero, requantise).ok()
    } else {
        Convolution::dense([depth, outputs], window, weights.inputs_last(), from.zero, requantise).ok()
    }
}

/// A node's attribute of so many lengths, by default this one.
fn sides<const N: usize>(node: &NodeProto, name: &str, default: i64) -> Option<[usize; N]> {
    let lengths = ints(node, name).unwrap_or_else(|| vec![default; N]);
    let lengths: Option<Vec<usize>> = lengths.iter().map(|length| usize::try_from(*length).ok()).collect();
    lengths?.try_into().ok()
}
