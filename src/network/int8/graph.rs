//! An ONNX graph, looked at from each of its tensors.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::data_resolver::MmapDataResolver;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto, attribute_proto::AttributeType};
use tract_onnx::prelude::*;
use tract_onnx::tensor::load_tensor;

/// A graph whose nodes are found by what they read and what they make.
pub(super) struct Graph<'a> {
    pub(super) nodes: &'a [NodeProto],
    constants: BTreeMap<&'a str, &'a TensorProto>,
    makers: BTreeMap<&'a str, usize>,
    readers: BTreeMap<&'a str, Vec<usize>>,
    outputs: BTreeSet<&'a str>,
}

impl<'a> Graph<'a> {
    pub(super) fn of(graph: &'a GraphProto) -> Self {
        let mut readers = BTreeMap::<&str, Vec<usize>>::new();
        let mut makers = BTreeMap::new();
        for (number, node) in graph.node.iter().enumerate() {
            for name in &node.input {
                readers.entry(name).or_default().push(number);
            }
            for name in &node.output {
                makers.insert(name.as_str(), number);
            }
        }
        Self {
            nodes: &graph.node,
            constants: graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect(),
            makers,
            readers,
            outputs: graph.output.iter().map(|output| output.name.as_str()).collect(),
        }
    }

    /// The node that makes a tensor, if one does.
    pub(super) fn maker(&self, tensor: &str) -> Option<usize> {
        self.makers.get(tensor).copied()
    }

    /// The nodes that read a tensor, once for each input.
    pub(super) fn readers(&self, tensor: &str) -> &[usize] {
        self.readers.get(tensor).map_or(&[], Vec::as_slice)
    }

    /// Whether a tensor is one of the network's outputs.
    pub(super) fn is_output(&self, tensor: &str) -> bool {
        self.outputs.contains(tensor)
    }

    /// The node that makes a tensor, where nobody else reads it.
    pub(super) fn private_maker(&self, tensor: &str) -> Option<usize> {
        (self.readers(tensor).len() == 1 && !self.is_output(tensor)).then(|| self.maker(tensor)).flatten()
    }

    /// The values of a constant.
    pub(super) fn constant(&self, tensor: &str) -> Option<Tensor> {
        load_tensor(&MmapDataResolver, self.constants.get(tensor)?, None).ok()
    }

    /// The values of a constant of real numbers.
    pub(super) fn floats(&self, tensor: &str) -> Option<Vec<f32>> {
        values(&self.constant(tensor)?)
    }
}

/// A tensor's values, where they are of this type.
pub(super) fn values<T: Datum + Copy>(tensor: &Tensor) -> Option<Vec<T>> {
    Some(tensor.try_as_plain_ram().ok()?.as_slice::<T>().ok()?.to_vec())
}

/// A node's attribute of whole numbers.
pub(super) fn ints(node: &NodeProto, name: &str) -> Option<Vec<i64>> {
    let found = node.attribute.iter().find(|attribute| attribute.name == name)?;
    (found.r#type == AttributeType::Ints as i32).then(|| found.ints.clone())
}

/// A node's attribute of one whole number.
pub(super) fn int(node: &NodeProto, name: &str) -> Option<i64> {
    let found = node.attribute.iter().find(|attribute| attribute.name == name)?;
    (found.r#type == AttributeType::Int as i32).then_some(found.i)
}

/// A node's attribute of text.
pub(super) fn text<'a>(node: &'a NodeProto, name: &str) -> Option<&'a [u8]> {
    Some(&node.attribute.iter().find(|attribute| attribute.name == name)?.s)
}
