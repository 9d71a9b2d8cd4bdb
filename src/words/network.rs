//! The networks that read text, run by tract.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::*;

use super::WordsError;
use super::weights::unpack_weights;
use crate::network::{check_flow, check_text_network};

/// A network planned for one shape of input, `1 x 3 x height x width`, with one output.
pub(super) struct TextNetwork {
    plan: Arc<TypedSimplePlan>,
    height: usize,
    width: usize,
}

/// What a network computes: its values, and the last two sides of their shape.
pub(super) struct Output {
    pub(super) values: Vec<f32>,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// A network whose input is as wide as is wanted: what does not depend on the width is worked out once.
pub(super) struct WideNetwork {
    file: &'static str,
    model: TypedModel,
    height: usize,
    /// The input's width in steps of [`WIDTH_STEP_PX`].
    steps: Symbol,
}

/// Widths of a [`WideNetwork`]'s input are multiples of this, pixels.
const WIDTH_STEP_PX: usize = 8;

impl WideNetwork {
    /// Opens the network of a file for inputs of this height.
    ///
    /// # Errors
    ///
    /// [`WordsError::File`] where the file is no network that tract can run at any width.
    pub(super) fn open(file: &'static str, onnx: &[u8], height: usize) -> Result<Self, WordsError> {
        checked(file, || {
            let mut model = parsed(onnx)?;
            let steps = model.symbols.sym("steps");
            let width = steps.to_dim() * WIDTH_STEP_PX;
            let shape = [1.to_dim(), 3.to_dim(), height.to_dim(), width];
            model.set_input_fact(0, f32::fact(shape).into())?;
            Ok(Self { file, model: model.into_typed()?.into_decluttered()?, height, steps })
        })
    }

    /// Plans it for inputs of `width` pixels, rounded up to a multiple of [`WIDTH_STEP_PX`].
    ///
    /// # Errors
    ///
    /// [`WordsError::File`] where tract cannot run it at this width.
    pub(super) fn plan(&self, width: usize) -> Result<TextNetwork, WordsError> {
        checked(self.file, || {
            let steps = width.div_ceil(WIDTH_STEP_PX);
            let model = self.model.set_symbols(&HashMap::from([(self.steps.clone(), steps.to_dim())]))?;
            let plan = runnable(model.into_decluttered()?)?;
            Ok(TextNetwork { plan, height: self.height, width: steps * WIDTH_STEP_PX })
        })
    }
}

impl TextNetwork {
    /// Plans the network of a file for an input of `height x width` pixels.
    ///
    /// # Errors
    ///
    /// [`WordsError::File`] where the file is no network that tract can run.
    pub(super) fn plan(file: &str, onnx: &[u8], height: usize, width: usize) -> Result<Self, WordsError> {
        checked(file, || {
            let mut model = parsed(onnx)?;
            model.set_input_fact(0, f32::fact([1, 3, height, width]).into())?;
            Ok(Self { plan: runnable(model.into_typed()?)?, height, width })
        })
    }

    /// Runs it on values of its input's shape, channels first.
    ///
    /// # Errors
    ///
    /// [`WordsError::Run`] where tract fails.
    pub(super) fn run(&self, values: &[f32]) -> Result<Output, WordsError> {
        let failed = |error: &TractError| WordsError::Run(root(error));
        let input =
            Tensor::from_shape(&[1, 3, self.height, self.width], values).map_err(|error| failed(&error))?;
        let outputs = self.plan.run(tvec!(input.into())).map_err(|error| failed(&error))?;
        let view = outputs[0].to_plain_array_view::<f32>().map_err(|error| failed(&error))?;
        let [.., rows, columns] = *view.shape() else {
            return Err(WordsError::Run(format!("the network gives {:?} values", view.shape())));
        };
        Ok(Output { values: view.iter().copied().collect(), rows, columns })
    }
}

/// What is made of a file's network. The runtime asserts what it was given: a file that it panics at is no network.
fn checked<T>(file: &str, make: impl FnOnce() -> TractResult<T>) -> Result<T, WordsError> {
    match catch_unwind(AssertUnwindSafe(make)) {
        Ok(made) => made.map_err(|error| WordsError::file(file, root(&error))),
        Err(_) => Err(WordsError::file(file, "the runtime cannot make sense of it")),
    }
}

fn parsed(onnx_bytes: &[u8]) -> TractResult<InferenceModel> {
    let reader = onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
    let mut proto = reader.proto_model_for_read(&mut { onnx_bytes })?;
    check_text_network(&proto, onnx_bytes.len())?;
    proto.graph.as_mut().map(unpack_weights).transpose()?;
    reader.model_for_proto_model(&proto)
}

fn runnable(model: TypedModel) -> TractResult<Arc<TypedSimplePlan>> {
    check_flow(&model)?;
    model.into_optimized()?.into_runnable()
}

/// The last link of tract's chain of messages, in one line.
fn root(error: &TractError) -> String {
    error.root_cause().to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
