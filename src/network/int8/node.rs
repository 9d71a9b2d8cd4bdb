//! Operators of our own as nodes of an ONNX graph, and back.

use std::sync::Arc;

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, NodeProto};
use tract_onnx::tract_hir::internal::*;

use super::operator::Operator;
use super::quantisation::Scale;
use super::reals::{FILTERS, Reals};
use super::sum::Sum;
use super::{Convolution, Isa, Packed, Requantise, Window};

/// The domain of the operators.
const DOMAIN: &str = "sleevesight";

const QUANTISE: &str = "sleevesight.Quantise";
const DEQUANTISE: &str = "sleevesight.Dequantise";
const CONVOLVE: &str = "sleevesight.Convolve";
const ADD: &str = "sleevesight.Add";
const REALS: &str = "sleevesight.ConvolveReals";

/// Teaches tract the operators.
pub(super) fn register(onnx: &mut tract_onnx::Onnx) {
    let names = &mut onnx.op_register;
    names.insert(QUANTISE, |_, node| Ok((expand(Operator::Quantise(scale(node, "to")?)), vec![])));
    names.insert(DEQUANTISE, |_, node| Ok((expand(Operator::Dequantise(scale(node, "from")?)), vec![])));
    names.insert(CONVOLVE, |_, node| {
        let packed = Packed::new(convolution(node)?, Isa::best());
        Ok((expand(Operator::Convolve(Arc::new(packed))), vec![]))
    });
    names.insert(ADD, |_, node| {
        let from = [scale(node, "from")?, scale(node, "other")?];
        let [low, high] = whole(node, "ends")?;
        Ok((expand(Operator::Add(Sum::new(from, scale(node, "to")?, [low as u8, high as u8]))), vec![]))
    });
    names.insert(REALS, |_, node| {
        let [low, high] = floats(node, "ends")?[..] else { bail!("two ends are asked for") };
        let layer = Reals {
            window: window(node)?,
            weights: floats(node, "weights")?,
            shifts: floats(node, "shifts")?,
            ends: [low, high],
        };
        ensure!(FILTERS.contains(&layer.window.kernel), "a filter of {:?} is not taken", layer.window.kernel);
        Ok((expand(Operator::Reals(Arc::new(layer))), vec![]))
    });
}

/// The node that quantises real numbers.
pub(super) fn quantise(input: &str, output: &str, to: Scale) -> NodeProto {
    node(QUANTISE, &[input], output, scaled("to", to).into())
}

/// What a node of ours quantises to, if it is one that does.
pub(super) fn quantised_to(node: &NodeProto) -> Option<Scale> {
    if node.op_type == QUANTISE { scale(node, "to").ok() } else { None }
}

/// The node that makes real numbers of bytes.
pub(super) fn dequantise(input: &str, output: &str, from: Scale) -> NodeProto {
    node(DEQUANTISE, &[input], output, scaled("from", from).into())
}

/// The node that adds bytes.
pub(super) fn add(
    inputs: [&str; 2],
    output: &str,
    [from, other, to]: [Scale; 3],
    ends: [u8; 2],
) -> NodeProto {
    let mut attributes = vec![wholes("ends", ends.map(usize::from).to_vec())];
    for (name, scale) in [("from", from), ("other", other), ("to", to)] {
        attributes.extend(scaled(name, scale));
    }
    node(ADD, &inputs, output, attributes)
}

/// The node that convolves bytes.
pub(super) fn convolve(input: &str, output: &str, layer: &Convolution) -> NodeProto {
    let shape = vec![layer.inputs, layer.outputs, usize::from(layer.depthwise), usize::from(layer.zero)];
    let Requantise { factors, shifts, zero, low, high } = &layer.requantise;
    let weights = layer.weights.iter().map(|weight| weight.cast_unsigned()).collect();
    let mut attributes = vec![
        wholes("shape", shape),
        wholes("ends", [*zero, *low, *high].map(usize::from).to_vec()),
        reals("factors", factors),
        reals("shifts", shifts),
        attribute("weights", AttributeType::String, |to| to.s = weights),
    ];
    attributes.extend(windowed(layer.window));
    node(CONVOLVE, &[input], output, attributes)
}

/// The node that convolves real numbers, each channel with itself.
pub(super) fn convolve_reals(input: &str, output: &str, layer: &Reals) -> NodeProto {
    let Reals { window, weights, shifts, ends } = layer;
    let mut attributes = vec![reals("weights", weights), reals("shifts", shifts), reals("ends", ends)];
    attributes.extend(windowed(*window));
    node(REALS, &[input], output, attributes)
}

/// The convolution that such a node describes.
fn convolution(node: &NodeProto) -> TractResult<Convolution> {
    let [inputs, outputs, depthwise, input_zero] = whole(node, "shape")?;
    let window = window(node)?;
    let [zero, low, high] = whole(node, "ends")?.map(|byte| byte as u8);
    let requantise = Requantise::new(floats(node, "factors")?, floats(node, "shifts")?, zero, low, high);
    let weights = node.get_attr::<&[u8]>("weights")?.iter().map(|weight| weight.cast_signed()).collect();
    let input_zero = input_zero as u8;
    Ok(if depthwise == 1 {
        Convolution::depthwise(outputs, window, weights, input_zero, requantise)?
    } else {
        Convolution::dense([inputs, outputs], window, weights, input_zero, requantise)?
    })
}

fn node(op: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|&input| input.into()).collect(),
        output: vec![output.into()],
        name: output.into(),
        op_type: op.into(),
        domain: DOMAIN.into(),
        attribute,
        doc_string: String::new(),
    }
}

fn attribute(name: &str, kind: AttributeType, fill: impl FnOnce(&mut AttributeProto)) -> AttributeProto {
    let mut attribute =
        AttributeProto { name: name.into(), r#type: kind as i32, ..AttributeProto::default() };
    fill(&mut attribute);
    attribute
}

fn wholes(name: &str, values: Vec<usize>) -> AttributeProto {
    let values = values.into_iter().map(|value| value as i64).collect();
    attribute(name, AttributeType::Ints, |to| to.ints = values)
}

fn reals(name: &str, values: &[f32]) -> AttributeProto {
    attribute(name, AttributeType::Floats, |to| to.floats = values.to_vec())
}

fn floats(node: &NodeProto, name: &str) -> TractResult<Vec<f32>> {
    Ok(node.get_attr_slice::<f32>(name)?.to_vec())
}

fn windowed(Window { kernel, stride, pads }: Window) -> [AttributeProto; 3] {
    [wholes("kernel", kernel.to_vec()), wholes("stride", stride.to_vec()), wholes("pads", pads.to_vec())]
}

fn window(node: &NodeProto) -> TractResult<Window> {
    Ok(Window { kernel: whole(node, "kernel")?, stride: whole(node, "stride")?, pads: whole(node, "pads")? })
}

/// A scale as two attributes, `NAME.scale` and `NAME.zero`.
fn scaled(name: &str, scale: Scale) -> [AttributeProto; 2] {
    [
        attribute(&format!("{name}.scale"), AttributeType::Float, |to| to.f = scale.scale),
        attribute(&format!("{name}.zero"), AttributeType::Int, |to| to.i = i64::from(scale.zero)),
    ]
}

fn scale(node: &NodeProto, name: &str) -> TractResult<Scale> {
    let zero: usize = node.get_attr(&format!("{name}.zero"))?;
    Ok(Scale { scale: node.get_attr(&format!("{name}.scale"))?, zero: zero as u8 })
}

fn whole<const N: usize>(node: &NodeProto, name: &str) -> TractResult<[usize; N]> {
    let values = node.get_attr_slice::<i64>(name)?.iter().map(|value| Ok(usize::try_from(*value)?));
    let values = values.collect::<TractResult<Vec<usize>>>()?;
    values.try_into().map_err(|_| format_err!("\"{name}\" has {N} numbers"))
}
