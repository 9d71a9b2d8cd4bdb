//! What a network's file may hold. It may come from anyone: nothing in it makes more room than the file's own size tells,
//! reads another file, or runs without end.

use tract_onnx::pb::tensor_proto::DataLocation;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};
use tract_onnx::tract_core::internal::{DimLike, TractResult, TypedModel, bail};

/// The most nodes of a graph.
const NODES: usize = 20_000;

/// The most values of a tensor between two nodes: more than any layer of a network for a board has.
const VALUES: usize = 1 << 26;

/// The operators that a network may be made of: those of networks for pictures, none of which loops, draws by lot, or
/// makes a tensor as large as a number in the file says.
const OPERATORS: [&str; 49] = [
    "Abs",
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Clip",
    "Concat",
    "Constant",
    "Conv",
    "DequantizeLinear",
    "Div",
    "Elu",
    "Erf",
    "Exp",
    "Flatten",
    "Gather",
    "Gelu",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "LeakyRelu",
    "Log",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mul",
    "Neg",
    "PRelu",
    "Pow",
    "QuantizeLinear",
    "ReduceMax",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Split",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Tanh",
    "Transpose",
    "Unsqueeze",
];

/// The operators that networks which find and recognise text need besides.
const TEXT_OPERATORS: [&str; 3] = ["ConvTranspose", "Resize", "Shape"];

/// Checks a file of so many bytes before anything is made of it.
pub(super) fn check(model: &ModelProto, bytes: usize) -> TractResult<()> {
    check_operators(model, bytes, &[])
}

/// The same for a network that finds or recognises text.
pub(crate) fn check_text_network(model: &ModelProto, bytes: usize) -> TractResult<()> {
    check_operators(model, bytes, &TEXT_OPERATORS)
}

fn check_operators(model: &ModelProto, bytes: usize, more: &[&str]) -> TractResult<()> {
    let Some(graph) = &model.graph else { bail!("it holds no graph") };
    let GraphProto { node, initializer, .. } = graph;
    if node.len() > NODES {
        bail!("it has {} nodes, at most {NODES} are run", node.len());
    }
    initializer.iter().chain(node.iter().flat_map(constants)).try_for_each(|tensor| fits(tensor, bytes))?;
    for NodeProto { op_type, attribute, domain, .. } in node {
        let known = OPERATORS.iter().chain(more).any(|known| known == op_type);
        if !known || !matches!(domain.as_str(), "" | "ai.onnx") {
            bail!("its operator {} is none of a network for pictures", op_type.escape_debug());
        }
        // Branches and loops are graphs in graphs.
        if attribute.iter().any(|attribute| attribute.g.is_some() || !attribute.graphs.is_empty()) {
            bail!("its operator {op_type} holds a graph of its own");
        }
    }
    Ok(())
}

fn constants(node: &NodeProto) -> impl Iterator<Item = &TensorProto> {
    node.attribute.iter().flat_map(|attribute| attribute.t.iter().chain(&attribute.tensors))
}

/// Whether all of a tensor's values are in the file: each has a byte there at least.
fn fits(tensor: &TensorProto, bytes: usize) -> TractResult<()> {
    if tensor.data_location == Some(DataLocation::External as i32) || !tensor.external_data.is_empty() {
        bail!("its tensor {} lies in another file", tensor.name.escape_debug());
    }
    let mut sides = tensor.dims.iter().map(|side| usize::try_from(*side).ok());
    let values = sides.try_fold(1_usize, |values, side| values.checked_mul(side?));
    if values.is_none_or(|values| values > bytes) {
        bail!("its tensor {} of {:?} is larger than the file", tensor.name.escape_debug(), tensor.dims);
    }
    Ok(())
}

/// Holds what flows between a graph's nodes to what a board has room for.
pub(in crate::network) fn check_flow(model: &TypedModel) -> TractResult<()> {
    for outlet in model.nodes().iter().flat_map(|node| &node.outputs) {
        let mut sides = outlet.fact.shape.iter().map(|side| side.to_usize().ok());
        let values = sides.try_fold(1_usize, |values, side| values.checked_mul(side?));
        if values.is_none_or(|values| values > VALUES) {
            bail!("it has a tensor of {:?}, which no board has room for", outlet.fact.shape);
        }
    }
    Ok(())
}
