//! What a network's file may hold. It may come from anyone: nothing in it makes more room than the file's own size tells,
//! reads another file, or runs without end.

use std::collections::HashMap;

use tract_onnx::pb::tensor_proto::DataLocation;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};
use tract_onnx::tract_core::internal::{DimLike, TractResult, TypedFact, TypedModel, TypedNode, bail};
use tract_onnx::tract_core::ops::cnn::{Deconv, MaxPool, PoolSpec, SumPool};

/// The most nodes of a graph.
const NODES: usize = 20_000;

/// The most values of a tensor between two nodes: more than any layer of a network for a board has.
const VALUES: usize = 1 << 26;

/// The most multiply-adds of one run, and other work on values, counted alike: ten seconds of a board. The largest of our
/// own takes a tenth of it.
const MULTIPLY_ADDS: u64 = 100_000_000_000;

/// The operators that work long on small tensors. What they would make of the file's own numbers is worked out while it
/// is read: a network has no such layers.
const HEAVY: [&str; 7] = ["AveragePool", "Conv", "ConvTranspose", "Gemm", "MatMul", "MaxPool", "Resize"];

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
    check_order(graph)
}

/// Checks that each node comes behind those that it takes from, and that heavy ones depend on the input.
fn check_order(graph: &GraphProto) -> TractResult<()> {
    // Whether each value is known without an input.
    let mut known: HashMap<&str, bool> =
        graph.input.iter().map(|input| (input.name.as_str(), false)).collect();
    known.extend(graph.initializer.iter().map(|tensor| (tensor.name.as_str(), true)));
    for node in &graph.node {
        let mut is_constant = true;
        for input in node.input.iter().filter(|input| !input.is_empty()) {
            let Some(input_is_constant) = known.get(input.as_str()) else {
                bail!("its node {} comes before what it takes", node.name.escape_debug());
            };
            is_constant &= input_is_constant;
        }
        if is_constant && HEAVY.contains(&node.op_type.as_str()) {
            bail!("its {} depends on no input", node.op_type);
        }
        known.extend(node.output.iter().map(|output| (output.as_str(), is_constant)));
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

/// Holds what flows between a graph's nodes to what a board has room for, and their work to what it does in some seconds.
pub(crate) fn check_flow(model: &TypedModel) -> TractResult<()> {
    let mut work = 0_u64;
    for node in model.nodes() {
        for output in &node.outputs {
            if values(&output.fact).is_none_or(|values| values > VALUES) {
                bail!("it has a tensor of {:?}, which no board has room for", output.fact.shape);
            }
        }
        work = work.saturating_add(work_of(model, node)?);
    }
    if work > MULTIPLY_ADDS {
        bail!(
            "one run takes {} billion multiply-adds, at most {} are run",
            work / 1_000_000_000,
            MULTIPLY_ADDS / 1_000_000_000
        );
    }
    Ok(())
}

/// How many values a tensor has; `None` where that is not known before the network runs.
fn values(fact: &TypedFact) -> Option<usize> {
    let mut sides = fact.shape.iter().map(|side| side.to_usize().ok());
    sides.try_fold(1_usize, |values, side| values.checked_mul(side?))
}

/// What a node takes: its multiply-adds, and a step for each value that goes in or comes out.
fn work_of(model: &TypedModel, node: &TypedNode) -> TractResult<u64> {
    let inputs = model.node_input_facts(node.id)?;
    let count = |fact: &TypedFact| values(fact).unwrap_or(usize::MAX) as u64;
    let output = node.outputs.iter().map(|output| count(&output.fact)).fold(0, u64::saturating_add);
    let input = inputs.iter().map(|fact| count(fact)).fold(0, u64::saturating_add);
    let mut work = input.saturating_add(output);
    for (cost, times) in node.op.cost(&inputs)? {
        if cost.is_compute() {
            work = work.saturating_add(times.to_i64().map_or(u64::MAX, i64::unsigned_abs));
        }
    }
    // Of these, tract tells no cost.
    let area = |pool: &PoolSpec| {
        pool.kernel_shape.iter().fold(1, |area: u64, side| area.saturating_mul(*side as u64))
    };
    if let Some(pool) = node.op_as::<MaxPool>() {
        work = work.saturating_add(output.saturating_mul(area(&pool.pool_spec)));
    }
    if let Some(pool) = node.op_as::<SumPool>() {
        work = work.saturating_add(output.saturating_mul(area(&pool.pool_spec)));
    }
    if let Some(layer) = node.op_as::<Deconv>() {
        let each = area(&layer.pool_spec).saturating_mul(layer.pool_spec.output_channels as u64);
        work = work.saturating_add(count(inputs[0]).saturating_mul(each) / layer.group.max(1) as u64);
    }
    Ok(work)
}
