//! Weights kept in bytes become real numbers before a network is planned.
//!
//! A tensor of weights is `bytes`, a `Cast` to real numbers, and a `Mul` by `scales`, one for each index of one axis.
//! tract would compute these products several times over while it works out shapes.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::data_resolver::MmapDataResolver;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};
use tract_onnx::prelude::*;
use tract_onnx::tensor::load_tensor;

/// Replaces each product of bytes and scales by the tensor that it makes. What has another form stays as it is.
///
/// # Errors
///
/// Where a tensor's values do not fit its shape.
pub(super) fn unpack_weights(graph: &mut GraphProto) -> TractResult<()> {
    let constants: BTreeMap<&str, &TensorProto> =
        graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let casts: BTreeMap<&str, &TensorProto> =
        graph.node.iter().filter_map(|node| cast_of_bytes(node, &constants)).collect();
    let mut weights = BTreeMap::new();
    for node in &graph.node {
        let ("Mul", [whole, scales], [made]) =
            (node.op_type.as_str(), node.input.as_slice(), node.output.as_slice())
        else {
            continue;
        };
        let (Some(bytes), Some(scales)) = (casts.get(whole.as_str()), constants.get(scales.as_str())) else {
            continue;
        };
        if let Some(values) = product(bytes, scales)? {
            let raw_data = values.into_iter().flat_map(f32::to_le_bytes).collect();
            let (dims, data_type) = (bytes.dims.clone(), DataType::Float as i32);
            let tensor =
                TensorProto { name: made.clone(), dims, data_type, raw_data, ..TensorProto::default() };
            weights.insert(made.clone(), tensor);
        }
    }
    let casts: BTreeSet<String> = casts.into_keys().map(str::to_owned).collect();
    graph.node.retain(|node| !node.output.first().is_some_and(|made| weights.contains_key(made)));
    // A cast, a tensor of bytes or of scales that nothing reads any more only takes room.
    let read = inputs(graph);
    graph
        .node
        .retain(|node| !node.output.first().is_some_and(|made| casts.contains(made) && !read.contains(made)));
    graph.initializer.extend(weights.into_values());
    let read = inputs(graph);
    graph.initializer.retain(|tensor| read.contains(&tensor.name));
    Ok(())
}

/// What a graph's nodes read, and what it puts out.
fn inputs(graph: &GraphProto) -> BTreeSet<String> {
    let read = graph.node.iter().flat_map(|node| &node.input);
    read.chain(graph.output.iter().map(|output| &output.name)).cloned().collect()
}

/// What a cast of a constant of bytes makes, and the constant.
fn cast_of_bytes<'a>(
    node: &'a NodeProto,
    constants: &BTreeMap<&str, &'a TensorProto>,
) -> Option<(&'a str, &'a TensorProto)> {
    let ("Cast", [bytes], [whole]) = (node.op_type.as_str(), node.input.as_slice(), node.output.as_slice())
    else {
        return None;
    };
    let to_floats = node.attribute.iter().any(|to| to.name == "to" && to.i == DataType::Float as i64);
    let bytes = *constants.get(bytes.as_str())?;
    (to_floats && bytes.data_type == DataType::Int8 as i32).then_some((whole.as_str(), bytes))
}

/// Bytes times their scales; `None` where there is not one scale for each index of one axis.
fn product(bytes: &TensorProto, scales: &TensorProto) -> TractResult<Option<Vec<f32>>> {
    let (bytes, scales) =
        (load_tensor(&MmapDataResolver, bytes, None)?, load_tensor(&MmapDataResolver, scales, None)?);
    if scales.datum_type() != f32::datum_type() || scales.rank() != bytes.rank() {
        return Ok(None);
    }
    let mut long = (0..scales.rank()).filter(|axis| scales.shape()[*axis] != 1);
    let axis = long.next().unwrap_or(0);
    if long.next().is_some() || bytes.shape().get(axis) != scales.shape().get(axis) {
        return Ok(None);
    }
    let (bytes, scales, shape) = (bytes.try_as_plain_ram()?, scales.try_as_plain_ram()?, bytes.shape());
    let Some(inner) = shape.get(axis + 1..).map(|sides| sides.iter().product::<usize>()) else {
        return Ok(None);
    };
    let scales = scales.as_slice::<f32>()?.iter().cycle();
    let runs = bytes.as_slice::<i8>()?.chunks(inner.max(1)).zip(scales);
    Ok(Some(runs.flat_map(|(run, scale)| run.iter().map(move |byte| f32::from(*byte) * scale)).collect()))
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::{AttributeProto, ValueInfoProto};

    use super::*;

    fn tensor(name: &str, dims: &[i64], data_type: DataType, raw: Vec<u8>) -> TensorProto {
        let (name, dims, data_type) = (name.into(), dims.to_vec(), data_type as i32);
        TensorProto { name, dims, data_type, raw_data: raw, ..TensorProto::default() }
    }

    fn node(op_type: &str, input: &[&str], output: &str) -> NodeProto {
        let input = input.iter().map(|name| (*name).to_owned()).collect();
        let to = AttributeProto { name: "to".into(), i: DataType::Float as i64, ..AttributeProto::default() };
        let attribute = if op_type == "Cast" { vec![to] } else { vec![] };
        let (op_type, output) = (op_type.into(), vec![output.into()]);
        NodeProto { input, output, op_type, attribute, ..NodeProto::default() }
    }

    /// A layer whose weights are bytes, with scales of this shape.
    fn layer(scales: &[i64]) -> GraphProto {
        let values = (1..=scales.iter().product::<i64>()).flat_map(|value| (value as f32).to_le_bytes());
        GraphProto {
            node: vec![
                node("Cast", &["w.bytes"], "w.whole"),
                node("Mul", &["w.whole", "w.scales"], "w"),
                node("MatMul", &["x", "w"], "y"),
            ],
            initializer: vec![
                tensor("w.bytes", &[2, 3], DataType::Int8, vec![1, 2, 3, 255, 254, 253]),
                tensor("w.scales", scales, DataType::Float, values.collect()),
            ],
            output: vec![ValueInfoProto { name: "y".into(), ..ValueInfoProto::default() }],
            ..GraphProto::default()
        }
    }

    fn unpacked(scales: &[i64]) -> Option<Vec<f32>> {
        let mut graph = layer(scales);
        unpack_weights(&mut graph).expect("it is whole");
        let [weights] = graph.initializer.as_slice() else { return None };
        assert_eq!((weights.name.as_str(), graph.node.len()), ("w", 1));
        let weights = load_tensor(&MmapDataResolver, weights, None).expect("it is a tensor");
        Some(weights.try_as_plain_ram().expect("plain").as_slice::<f32>().expect("floats").to_vec())
    }

    #[test]
    fn each_index_of_the_scales_axis_has_its_own_scale() {
        assert_eq!(unpacked(&[2, 1]), Some(vec![1.0, 2.0, 3.0, -2.0, -4.0, -6.0]));
        assert_eq!(unpacked(&[1, 3]), Some(vec![1.0, 4.0, 9.0, -1.0, -4.0, -9.0]));
    }

    #[test]
    fn scales_of_another_form_are_left_to_tract() {
        for scales in [&[2, 3][..], &[3], &[]] {
            let (mut graph, before) = (layer(scales), layer(scales));
            unpack_weights(&mut graph).expect("it is whole");
            assert_eq!(graph, before, "scales of {scales:?}");
        }
    }

    #[test]
    fn what_somebody_else_reads_stays() {
        let mut graph = layer(&[2, 1]);
        graph.node.push(node("Relu", &["w.whole"], "z"));
        unpack_weights(&mut graph).expect("it is whole");
        let made: Vec<&str> = graph.node.iter().map(|node| node.output[0].as_str()).collect();
        assert_eq!(made, ["w.whole", "y", "z"]);
        assert!(graph.initializer.iter().any(|tensor| tensor.name == "w.bytes"));
    }
}
