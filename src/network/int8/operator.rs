//! Operators of our own for tract, one picture at a time: of bytes, channels last, and one of real numbers.

use std::sync::Arc;

use tract_onnx::tract_hir::internal::*;

use super::Packed;
use super::quantisation::Scale;
use super::reals::Reals;
use super::sum::Sum;
use super::turn::{dequantise, quantise};
use super::unwritten::unwritten;

/// An operator of our own.
#[derive(Clone, Debug)]
pub(super) enum Operator {
    /// Real numbers, channels first, become bytes, channels last.
    Quantise(Scale),
    /// Bytes, channels last, become real numbers, channels first.
    Dequantise(Scale),
    /// A convolution of bytes.
    Convolve(Arc<Packed>),
    /// The sum of two tensors of bytes.
    Add(Sum),
    /// A depthwise convolution of real numbers, channels first.
    Reals(Arc<Reals>),
}

impl Operator {
    /// The type of what comes out.
    fn makes(&self) -> DatumType {
        if matches!(self, Self::Dequantise(_) | Self::Reals(_)) {
            f32::datum_type()
        } else {
            u8::datum_type()
        }
    }

    /// How many tensors go in.
    fn reads(&self) -> usize {
        if matches!(self, Self::Add(_)) { 2 } else { 1 }
    }

    /// The shape of what comes out.
    fn shape(&self, input: &[usize]) -> TractResult<[usize; 4]> {
        let &[1, a, b, c] = input else {
            bail!("{}: one picture of three sides is asked for, not {input:?}", Op::name(self))
        };
        Ok(match self {
            Self::Quantise(_) => [1, b, c, a],
            Self::Dequantise(_) => [1, c, a, b],
            Self::Convolve(packed) => {
                let [rows, columns] =
                    packed.output([a, b]).context("the picture is smaller than the filter")?;
                ensure!(packed.inputs() == c, "{} channels are asked for, not {c}", packed.inputs());
                [1, rows, columns, packed.outputs()]
            }
            Self::Add(_) => [1, a, b, c],
            Self::Reals(layer) => {
                let [rows, columns] =
                    layer.window.output([b, c]).context("the picture is smaller than the filter")?;
                ensure!(layer.channels() == a, "{} channels are asked for, not {a}", layer.channels());
                [1, a, rows, columns]
            }
        })
    }
}

impl PartialEq for Operator {
    /// tract asks in order to share equal operators; layers with weights of their own are never equal.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Quantise(a), Self::Quantise(b)) | (Self::Dequantise(a), Self::Dequantise(b)) => a == b,
            (Self::Convolve(a), Self::Convolve(b)) => Arc::ptr_eq(a, b),
            (Self::Add(a), Self::Add(b)) => a == b,
            (Self::Reals(a), Self::Reals(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Eq for Operator {}

impl Op for Operator {
    fn name(&self) -> StaticName {
        match self {
            Self::Quantise(_) => "Quantise",
            Self::Dequantise(_) => "Dequantise",
            Self::Convolve(_) => "Convolve",
            Self::Add(_) => "AddBytes",
            Self::Reals(_) => "ConvolveReals",
        }
        .into()
    }

    op_as_typed_op!();
}

impl EvalOp for Operator {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let shape = self.shape(inputs[0].shape())?;
        let mut output = unwritten(self.makes(), &shape)?;
        {
            let input = inputs[0].try_as_plain_ram()?;
            let &[_, a, b, c] = inputs[0].shape() else { bail!("four sides are asked for") };
            let mut written = output.try_as_plain_ram_mut()?;
            match self {
                Self::Quantise(scale) => {
                    quantise(*scale, input.as_slice()?, shape[3], written.as_slice_mut()?);
                }
                Self::Dequantise(scale) => {
                    dequantise(*scale, input.as_slice()?, c, written.as_slice_mut()?);
                }
                Self::Convolve(packed) => {
                    packed.run(input.as_slice()?, [a, b], written.as_slice_mut()?);
                }
                Self::Add(sum) => {
                    let other = inputs[1].try_as_plain_ram()?;
                    sum.run(input.as_slice()?, other.as_slice()?, written.as_slice_mut()?);
                }
                Self::Reals(layer) => layer.run(input.as_slice()?, [b, c], written.as_slice_mut()?),
            }
        }
        Ok(tvec!(output.into_tvalue()))
    }
}

impl TypedOp for Operator {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let concrete = |fact: &TypedFact| {
            fact.shape
                .as_concrete()
                .map(<[usize]>::to_vec)
                .context("a shape is not known before the network runs")
        };
        let shape = concrete(inputs[0])?;
        for other in inputs {
            ensure!(concrete(other)? == shape, "tensors of two shapes are added");
        }
        Ok(tvec!(self.makes().fact(self.shape(&shape)?)))
    }

    fn cost(&self, inputs: &[&TypedFact]) -> TractResult<TVec<(Cost, TDim)>> {
        let outputs = self.output_facts(inputs)?[0].shape.volume();
        let taps: usize = match self {
            Self::Convolve(packed) => packed.taps(),
            Self::Reals(layer) => layer.window.kernel.iter().product(),
            Self::Quantise(_) | Self::Dequantise(_) | Self::Add(_) => 1,
        };
        Ok(tvec!((Cost::FMA(self.makes()), outputs * taps.to_dim())))
    }

    as_op!();
}

impl Expansion for Operator {
    fn name(&self) -> StaticName {
        Op::name(self)
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        model.wire_node(prefix, self.clone(), inputs)
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, self.reads())?;
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].datum_type, self.makes())?;
        solver.given(&inputs[0].shape, move |solver, shape| {
            let sides = shape.iter().map(DimLike::to_usize).collect::<Result<Vec<_>, _>>()?;
            let shape: TVec<TDim> = self.shape(&sides)?.iter().map(ToDim::to_dim).collect();
            solver.equals(&outputs[0].shape, shape)
        })
    }
}
