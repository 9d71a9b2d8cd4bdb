//! From standard QDQ to operators of our own: an ONNX graph goes in, an ONNX graph comes out.
//!
//! In QDQ, a layer of bytes is written as `DequantizeLinear`, a layer of real numbers, `QuantizeLinear`. Here the three
//! become one node of bytes, its tensors channels last. Where bytes meet real numbers, a node of ours stands between
//! the two and turns the channels. What is not recognised stays as it is, and tract runs it in real numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::type_proto::Value;
use tract_onnx::pb::{GraphProto, NodeProto};

use super::Isa;
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

impl fmt::Display for Fusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, left) = (self.ours, self.left.len());
        if ours == 0 && left == 0 {
            return f.write_str("it runs in real numbers");
        }
        write!(f, "{ours} layers run in integers ({})", Isa::best())?;
        if left > 0 {
            write!(f, ", {left} that read their bytes do not: {}", self.left.join(", "))?;
        }
        Ok(())
    }
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
    let mut layers: BTreeMap<usize, Layer> = bytes
        .values()
        .filter_map(|made| Some((made.node, layer(&graph, &reals, made.node, made.scale)?)))
        .collect();
    // The tensors of bytes that are ours, channels last: what these layers read and make.
    let ours: BTreeSet<String> = layers
        .iter()
        .flat_map(|(node, layer)| layer.inputs.iter().chain([&graph.nodes[*node].output[0]]).cloned())
        .collect();
    let count = layers.len();
    let swallowed: BTreeSet<usize> =
        layers.values().flat_map(|layer| layer.swallows.iter().copied()).collect();
    let layered = |reader: &usize| swallowed.contains(reader);

    let mut nodes = Vec::new();
    for (number, node) in graph.nodes.iter().enumerate() {
        if swallowed.contains(&number) {
            continue;
        }
        let output = node.output.first().map_or("", String::as_str);
        if let Some(layer) = layers.remove(&number) {
            // Moved, not copied: it holds the layer's weights.
            nodes.push(layer.node);
        } else if node.op_type == "QuantizeLinear" && ours.contains(output) {
            nodes.push(operator::quantise(&node.input[0], output, bytes[output].scale));
        } else if let Some((tensor, scale)) = reals.get(output) {
            let wanted = graph.is_output(output) || !graph.readers(output).iter().all(layered);
            if !ours.contains(tensor) {
                nodes.push(node.clone());
            } else if wanted {
                nodes.push(operator::dequantise(tensor, output, *scale));
            }
        } else if !is_spent(&graph, node, &swallowed) {
            nodes.push(node.clone());
        }
    }
    let fusion = Fusion { ours: count, left: left(&nodes, &reals) };
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

/// Lets bytes come in where the first thing that is done with the input is to quantise it: then a cover's pixels need
/// never become real numbers. Tells how bytes stand for what came in before.
pub(super) fn take_bytes(proto: &mut GraphProto) -> Option<Scale> {
    let constants: BTreeSet<&str> = proto.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let mut inputs = (0..proto.input.len()).filter(|at| !constants.contains(proto.input[*at].name.as_str()));
    let (Some(at), None) = (inputs.next(), inputs.next()) else { return None };
    let graph = Graph::of(proto);
    let &[reader] = graph.readers(&proto.input[at].name) else { return None };
    let scale = operator::quantised_to(&graph.nodes[reader])?;
    let output = graph.nodes[reader].output.first()?.clone();
    let input = &mut proto.input[at];
    let Some(Value::TensorType(tensor)) = input.r#type.as_mut().and_then(|kind| kind.value.as_mut()) else {
        return None;
    };
    tensor.elem_type = DataType::Uint8 as i32;
    if let Some(shape) = &mut tensor.shape
        && let Some(channels_first) = shape.dim.get_mut(1..)
        && !channels_first.is_empty()
    {
        channels_first.rotate_left(1);
    }
    input.name = output;
    proto.node.remove(reader);
    Some(scale)
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
        let output = node.output.first()?;
        let scale = Scale::of(graph, node)?;
        (bytes.get(tensor.as_str())?.scale == scale).then(|| (output.clone(), (tensor.clone(), scale)))
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

#[cfg(test)]
mod tests {
    use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
    use tract_onnx::pb::type_proto;
    use tract_onnx::pb::{
        AttributeProto, ModelProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto,
        ValueInfoProto, attribute_proto::AttributeType,
    };
    use tract_onnx::prelude::*;

    use super::*;

    const CHANNELS: usize = 5;
    const SIDE: usize = 19;

    fn wholes(name: &str, values: &[i64]) -> AttributeProto {
        let r#type = AttributeType::Ints as i32;
        AttributeProto { name: name.into(), r#type, ints: values.to_vec(), ..AttributeProto::default() }
    }

    fn reals(name: &str, dims: &[usize], values: Vec<f32>) -> TensorProto {
        let dims = dims.iter().map(|side| *side as i64).collect();
        let data_type = DataType::Float as i32;
        TensorProto { name: name.into(), dims, data_type, float_data: values, ..TensorProto::default() }
    }

    fn node(op_type: &str, input: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
        let input = input.iter().map(|&input| input.into()).collect();
        let (output, name) = (vec![output.into()], output.into());
        NodeProto { op_type: op_type.into(), input, output, name, attribute, ..NodeProto::default() }
    }

    fn value(name: &str, sides: &[usize]) -> ValueInfoProto {
        let side = |side: &usize| Dimension {
            value: Some(dimension::Value::DimValue(*side as i64)),
            ..Dimension::default()
        };
        let shape = Some(TensorShapeProto { dim: sides.iter().map(side).collect() });
        let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape };
        let r#type = Some(TypeProto { value: Some(Value::TensorType(tensor)), ..TypeProto::default() });
        ValueInfoProto { name: name.into(), r#type, ..ValueInfoProto::default() }
    }

    /// A depthwise layer in real numbers, cut off at 0 and 1, and nothing else.
    fn network() -> ModelProto {
        let weights = (0..CHANNELS * 9).map(|at| (at * 7 % 11) as f32 / 8.0 - 0.5).collect();
        let mut group = wholes("group", &[]);
        (group.r#type, group.i) = (AttributeType::Int as i32, CHANNELS as i64);
        let attributes = vec![group, wholes("strides", &[2, 2]), wholes("pads", &[0, 0, 1, 1])];
        let graph = GraphProto {
            node: vec![
                node("Conv", &["cover", "weights", "biases"], "sums", attributes),
                node("Clip", &["sums", "low", "high"], "cut", vec![]),
            ],
            initializer: vec![
                reals("weights", &[CHANNELS, 1, 3, 3], weights),
                reals("biases", &[CHANNELS], (0..CHANNELS).map(|at| at as f32 / 4.0).collect()),
                reals("low", &[], vec![0.0]),
                reals("high", &[], vec![1.0]),
            ],
            input: vec![value("cover", &[1, CHANNELS, SIDE, SIDE])],
            output: vec![value("cut", &[1, CHANNELS, 9, 9])],
            ..GraphProto::default()
        };
        let opset = OperatorSetIdProto { domain: String::new(), version: 17 };
        ModelProto { graph: Some(graph), opset_import: vec![opset], ..ModelProto::default() }
    }

    fn answer(proto: &ModelProto) -> Vec<f32> {
        let mut reader = onnx();
        operator::register(&mut reader);
        let model = reader.model_for_proto_model(proto).expect("it is a network");
        let plan = model.into_optimized().expect("it is planned").into_runnable().expect("it runs");
        let pixels: Vec<f32> = (0..CHANNELS * SIDE * SIDE).map(|at| (at * 13 % 29) as f32 / 29.0).collect();
        let input = Tensor::from_shape(&[1, CHANNELS, SIDE, SIDE], &pixels).expect("a picture is a tensor");
        let outputs = plan.run(tvec!(input.into())).expect("it reads");
        let view = outputs[0].to_plain_array_view::<f32>().expect("real numbers come out");
        view.iter().copied().collect()
    }

    #[test]
    fn a_depthwise_layer_in_real_numbers_is_ours_and_answers_as_tracts() {
        let plain = network();
        let mut ours = network();
        let graph = ours.graph.as_mut().expect("it has a graph");
        fuse_reals(graph);
        assert_eq!(graph.node.len(), 1, "the two nodes have become one");
        assert!(graph.initializer.is_empty(), "its weights are kept once");
        let (ours, plain) = (answer(&ours), answer(&plain));
        assert_eq!(ours.len(), plain.len());
        assert!(
            ours.iter().zip(&plain).all(|(ours, plain)| (ours - plain).abs() < 1e-5),
            "{ours:?} {plain:?}"
        );
        assert!(plain.iter().any(|value| 0.0 < *value && *value < 1.0), "not all of it is cut off");
    }
}
