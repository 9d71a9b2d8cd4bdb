//! From standard QDQ to operators of our own: an ONNX graph goes in, an ONNX graph comes out.
//!
//! In QDQ, a layer of bytes is written as `DequantizeLinear`, a layer of real numbers, `QuantizeLinear`. Here the three
//! become one node of bytes, its tensors channels last. Where bytes meet real numbers, a node of ours stands between
//! the two and turns the channels. What is not recognised stays as it is, and tract runs it in real numbers.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::{GraphProto, NodeProto};

use super::graph::Graph;
use super::node as operator;
use super::pattern::{Layer, depthwise_reals, layer};
use super::quantisation::Scale;

/// What became of a graph's layers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fusion {
    /// How many layers are ours.
    pub ours: usize,
    /// The layers that read quantised tensors and stay tract's, by their outputs' names.
    pub left: Vec<String>,
}

/// A tensor of bytes.
struct Bytes {
    scale: Scale,
    /// The `QuantizeLinear` that makes it.
    node: usize,
}

/// Rewrites a graph in place.
pub(super) fn fuse(proto: &mut GraphProto) -> Fusion {
    let graph = Graph::of(proto);
    let bytes = bytes(&graph);
    let reals = reals(&graph, &bytes);

    // The layers behind each `QuantizeLinear`, by its number.
    let layers: BTreeMap<usize, Layer> = bytes
        .values()
        .filter_map(|made| Some((made.node, layer(&graph, &reals, made.node, made.scale)?)))
        .collect();
    // The tensors of bytes that are ours, channels last: what these layers read and make.
    let ours: BTreeSet<&str> = layers
        .iter()
        .flat_map(|(node, layer)| {
            layer.inputs.iter().map(String::as_str).chain([graph.nodes[*node].output[0].as_str()])
        })
        .collect();
    let swallowed: BTreeSet<usize> =
        layers.values().flat_map(|layer| layer.swallows.iter().copied()).collect();
    let layered = |reader: &usize| swallowed.contains(reader);

    let mut nodes = Vec::new();
    for (number, node) in graph.nodes.iter().enumerate() {
        if swallowed.contains(&number) {
            continue;
        }
        let output = node.output.first().map_or("", String::as_str);
        if let Some(layer) = layers.get(&number) {
            nodes.push(layer.node.clone());
        } else if node.op_type == "QuantizeLinear" && ours.contains(output) {
            nodes.push(operator::quantise(&node.input[0], output, bytes[output].scale));
        } else if let Some((tensor, scale)) = reals.get(output) {
            let wanted = graph.is_output(output) || !graph.readers(output).iter().all(layered);
            if !ours.contains(tensor.as_str()) {
                nodes.push(node.clone());
            } else if wanted {
                nodes.push(operator::dequantise(tensor, output, *scale));
            }
        } else if !is_spent(&graph, node, &swallowed) {
            nodes.push(node.clone());
        }
    }
    let fusion = Fusion { ours: layers.len(), left: left(&nodes, &reals) };
    proto.node = nodes;
    forget_constants(proto);
    // Shapes of tensors that are gone, or are channels last now.
    proto.value_info.clear();
    fusion
}

/// Makes the depthwise layers that are left, in real numbers, ours too.
pub(super) fn fuse_reals(proto: &mut GraphProto) {
    let graph = Graph::of(proto);
    let layers: Vec<_> =
        (0..graph.nodes.len()).filter_map(|number| depthwise_reals(&graph, number)).collect();
    let mut ours = BTreeMap::new();
    let mut swallowed = BTreeSet::new();
    for (node, swallows) in layers {
        // It stands where the last of them stood, behind the weights.
        ours.insert(swallows[swallows.len() - 1], node);
        swallowed.extend(swallows);
    }
    let node = |(number, node): (usize, &NodeProto)| match ours.get(&number) {
        Some(node) => Some(node.clone()),
        None => (!swallowed.contains(&number)).then(|| node.clone()),
    };
    proto.node = graph.nodes.iter().enumerate().filter_map(node).collect();
    forget_constants(proto);
}

/// Takes out constants that nobody reads: weights that layers of ours have taken in are not loaded a second time.
fn forget_constants(proto: &mut GraphProto) {
    let read: BTreeSet<&String> = proto
        .node
        .iter()
        .flat_map(|node| &node.input)
        .chain(proto.output.iter().map(|out| &out.name))
        .collect();
    proto.initializer.retain(|tensor| read.contains(&tensor.name));
}

/// The tensors of bytes that have one scale, by name.
fn bytes<'a>(graph: &Graph<'a>) -> BTreeMap<&'a str, Bytes> {
    let quantise = |(node, proto): (usize, &'a NodeProto)| {
        (proto.op_type == "QuantizeLinear").then_some(())?;
        Some((proto.output.first()?.as_str(), Bytes { scale: Scale::of(graph, proto)?, node }))
    };
    graph.nodes.iter().enumerate().filter_map(quantise).collect()
}

/// The tensors of real numbers that stand for tensors of bytes, by name: of which, and how.
fn reals(graph: &Graph<'_>, bytes: &BTreeMap<&str, Bytes>) -> BTreeMap<String, (String, Scale)> {
    let dequantise = |node: &NodeProto| {
        (node.op_type == "DequantizeLinear").then_some(())?;
        let tensor = node.input.first()?;
        let scale = Scale::of(graph, node)?;
        (bytes.get(tensor.as_str())?.scale == scale)
            .then(|| (node.output[0].clone(), (tensor.clone(), scale)))
    };
    graph.nodes.iter().filter_map(dequantise).collect()
}

/// Whether a node makes constants for layers that have taken them in already.
fn is_spent(graph: &Graph<'_>, node: &NodeProto, swallowed: &BTreeSet<usize>) -> bool {
    let Some(output) = node.output.first() else { return false };
    let readers = graph.readers(output);
    !graph.is_output(output) && !readers.is_empty() && readers.iter().all(|reader| swallowed.contains(reader))
}

/// The outputs of layers with weights, or of sums, that still read quantised tensors.
fn left(nodes: &[NodeProto], reals: &BTreeMap<String, (String, Scale)>) -> Vec<String> {
    let weighty = |node: &&NodeProto| {
        ["Conv", "Gemm", "MatMul", "Add"].contains(&node.op_type.as_str())
            && node.input.iter().any(|input| reals.contains_key(input))
    };
    nodes.iter().filter(weighty).filter_map(|node| node.output.first().cloned()).collect()
}
