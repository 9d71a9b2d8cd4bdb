//! The networks that read text, run by tract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::*;

use super::WordsError;
use crate::network::check_text_network;

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

impl TextNetwork {
    /// Plans the network of a file for an input of `height x width` pixels.
    ///
    /// # Errors
    ///
    /// [`WordsError::File`] where the file is no network that tract can run.
    pub(super) fn plan(file: &str, onnx: &[u8], height: usize, width: usize) -> Result<Self, WordsError> {
        // The runtime asserts what it was given: a file that it panics at is no network.
        let planned = catch_unwind(AssertUnwindSafe(|| optimised(onnx, height, width)));
        match planned {
            Ok(Ok(plan)) => Ok(Self { plan, height, width }),
            Ok(Err(error)) => Err(WordsError::file(file, root(&error))),
            Err(_) => Err(WordsError::file(file, "the runtime cannot make sense of it")),
        }
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

fn optimised(onnx_bytes: &[u8], height: usize, width: usize) -> TractResult<Arc<TypedSimplePlan>> {
    let reader = onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
    let proto = reader.proto_model_for_read(&mut { onnx_bytes })?;
    check_text_network(&proto, onnx_bytes.len())?;
    let mut model = reader.model_for_proto_model(&proto)?;
    model.set_input_fact(0, f32::fact([1, 3, height, width]).into())?;
    model.into_optimized()?.into_runnable()
}

/// The last link of tract's chain of messages, in one line.
fn root(error: &TractError) -> String {
    error.root_cause().to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
