//! The layers that are recognised: convolutions and sums of bytes, with a clip behind them or without.

use std::collections::BTreeMap;

use tract_onnx::pb::NodeProto;

use super::graph::{Graph, int, ints, text, values};
use super::node as operator;
use super::quantisation::{Scale, Weights, bias};
use super::reals::{FILTERS, Reals};
use super::{Convolution, Requantise, Window};

/// The most rows or columns from one place to the next.
const STEP: usize = 8;

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
type Dequantised = BTreeMap<String, (String, Scale)>;

/// The layer whose output a `QuantizeLinear` makes bytes of, if it is one that we have an operator for.
pub(super) fn layer(graph: &Graph<'_>, reals: &Dequantised, quantise: usize, scale: Scale) -> Option<Layer> {
    let quantise = &graph.nodes[quantise];
    let mut last = graph.private_maker(quantise.input.first()?)?;
    let mut swallows = Vec::new();
    let mut ends = [0, u8::MAX];
    if let Some(clipped) = clip(graph, &graph.nodes[last], scale) {
        swallows.push(last);
        ends = clipped;
        last = graph.private_maker(graph.nodes[last].input.first()?)?;
    }
    swallows.push(last);
    let node = &graph.nodes[last];
    let output = quantise.output.first()?;
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
    if groups != 1 && !depthwise {
        return None;
    }
    let window = window(node, [rows, columns])?;

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

/// How far a convolution with such a filter reaches, where it is a plain one.
fn window(node: &NodeProto, kernel: [usize; 2]) -> Option<Window> {
    let plain = ints(node, "dilations").is_none_or(|steps| steps.iter().all(|step| *step == 1))
        && text(node, "auto_pad").is_none_or(|pad| pad == b"NOTSET");
    let stride = sides::<2>(node, "strides", 1)?;
    let pads = sides::<4>(node, "pads", 0)?;
    // Kernels make room for the padding, and a file may come from anyone.
    let narrow = (0..4).all(|side| pads[side] < kernel[side % 2])
        && stride.iter().all(|step| (1..=STEP).contains(step));
    (plain && narrow).then_some(Window { kernel, stride, pads })
}

/// A depthwise layer of real numbers, and what is cut off behind it: the node of ours, and those that it takes the place
/// of.
pub(super) fn depthwise_reals(graph: &Graph<'_>, number: usize) -> Option<(NodeProto, Vec<usize>)> {
    let node = &graph.nodes[number];
    let [input, weights, shifts @ ..] = &node.input[..] else { return None };
    let constant = graph.constant(weights).filter(|_| node.op_type == "Conv")?;
    let &[channels, 1, rows, columns] = constant.shape() else { return None };
    if channels < 2
        || int(node, "group") != i64::try_from(channels).ok()
        || !FILTERS.contains(&[rows, columns])
    {
        return None;
    }
    let shifts = match shifts.first().filter(|name| !name.is_empty()) {
        Some(name) => graph.floats(name)?,
        None => vec![0.0; channels],
    };
    let mut layer = Reals {
        window: window(node, [rows, columns])?,
        weights: values(&constant)?,
        shifts,
        ends: [f32::NEG_INFINITY, f32::INFINITY],
    };
    if layer.shifts.len() != channels || layer.weights.is_empty() {
        return None;
    }
    let (mut output, mut swallows) = (node.output.first()?, vec![number]);
    if let [reader] = graph.readers(output)[..]
        && !graph.is_output(output)
        && let Some(ends) = real_ends(graph, &graph.nodes[reader])
    {
        layer.ends = ends;
        swallows.push(reader);
        output = graph.nodes[reader].output.first()?;
    }
    Some((operator::convolve_reals(input, output, &layer), swallows))
}

/// The lowest and the highest number behind a `Clip` or a `Relu`.
fn real_ends(graph: &Graph<'_>, node: &NodeProto) -> Option<[f32; 2]> {
    let end = |place: usize, none: f32| match node.input.get(place).filter(|name| !name.is_empty()) {
        None => Some(none),
        Some(name) => <[f32; 1]>::try_from(graph.floats(name)?).ok().map(|[end]| end),
    };
    match node.op_type.as_str() {
        "Clip" => Some([end(1, f32::NEG_INFINITY)?, end(2, f32::INFINITY)?]),
        "Relu" => Some([0.0, f32::INFINITY]),
        _ => None,
    }
}

/// A node's attribute of so many lengths, by default this one.
fn sides<const N: usize>(node: &NodeProto, name: &str, default: i64) -> Option<[usize; N]> {
    let lengths = ints(node, name).unwrap_or_else(|| vec![default; N]);
    let lengths: Option<Vec<usize>> = lengths.iter().map(|length| usize::try_from(*length).ok()).collect();
    lengths?.try_into().ok()
}
