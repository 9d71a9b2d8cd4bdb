//! The network, run by tract. Only this file and `int8/` name it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

use super::int8::{self, Fusion, Parsed, Scale};
use super::{Bundle, Prepared, Reading};

/// The outputs that every network has, in the order in which they are asked for.
const OUTPUTS: [&str; 3] = ["logits", "embedding", "evidence"];

/// The outputs that are asked for where the bundle tells of them.
const SLEEVE: &str = "sleeve";
const TURNED: &str = "turned";

/// A network ready to read: the graph optimised, its shapes held against the bundle.
pub struct Network {
    plan: Arc<TypedSimplePlan>,
    outputs: Vec<&'static str>,
    size: u32,
    grid: usize,
    fusion: Fusion,
    /// How the bytes that it takes stand for real numbers; `None` where it takes real numbers.
    input: Option<Scale>,
    /// The threads that share its layers; `None` where the caller's does all.
    threads: Option<ThreadPool>,
}

/// Why a network does not load, or does not read.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The file is no network that tract can run.
    #[error("network.onnx cannot be loaded ({0}); export the bundle again")]
    Graph(String),
    /// The network and `bundle.toml` do not belong together.
    #[error("network.onnx: {what} has shape {found}, bundle.toml asks for {wanted}; export the bundle again")]
    Shape {
        /// The input or the output.
        what: String,
        /// The network's shape.
        found: String,
        /// The bundle's.
        wanted: String,
    },
    /// A cover that was prepared for another input size.
    #[error(
        "the cover was prepared for {found} x {found} pixels, the network takes {wanted} x {wanted}; prepare it with the input of the same bundle"
    )]
    Prepared {
        /// The cover's size.
        found: u32,
        /// The network's.
        wanted: u32,
    },
    /// There are no threads to share it.
    #[error("no threads to read with ({0}); set `threads` to 1")]
    Threads(String),
    /// The run itself failed.
    #[error("the network could not read the cover ({0})")]
    Run(String),
}

impl Network {
    /// Loads the network of a bundle and checks its shapes against what the bundle says.
    ///
    /// # Errors
    ///
    /// [`NetworkError::Graph`] for a file that is no network, [`NetworkError::Shape`] where input
    /// size, number of genres with a logit, length of the embedding or evidence maps do not agree.
    pub fn load(bundle: &Bundle) -> Result<Self, NetworkError> {
        // The runtime's assertions are of what it was given by itself: a file that it panics at is no network.
        let planned = catch_unwind(AssertUnwindSafe(|| {
            let network = Self::plan(bundle)?;
            // What cannot read grey cannot read anything: better now than before a customer.
            let grey = vec![127; 3 * (bundle.input.size as usize).pow(2)];
            network.read(&Prepared::new(grey, &bundle.input))?;
            Ok(network)
        }));
        planned.unwrap_or_else(|_| Err(NetworkError::Graph("the runtime cannot make sense of it".into())))
    }

    fn plan(bundle: &Bundle) -> Result<Self, NetworkError> {
        let size = bundle.input.size as usize;
        let genres = bundle.taught();

        let Parsed { mut model, fusion, input } = int8::parse(&bundle.onnx).map_err(|error| graph(&error))?;
        let cover = match input {
            Some(_) => u8::fact([1, size, size, 3]),
            None => f32::fact([1, 3, size, size]),
        };
        if let [outlet] = model.input_outlets().map_err(|error| graph(&error))? {
            let fact = model.outlet_fact(*outlet).map_err(|error| graph(&error))?;
            if let Some(mut shape) = fact.shape.concretize()
                && shape.as_slice() != cover.shape.to_tvec().as_slice()
            {
                if input.is_some() && shape.len() == 4 {
                    // As the file says it.
                    shape[1..].rotate_right(1);
                }
                return Err(disagreement("the input", &format!("{shape:?}"), &[1, 3, size, size]));
            }
        } else {
            return Err(NetworkError::Graph("it must have one input".into()));
        }
        model.set_input_fact(0, cover.into()).map_err(|error| graph(&error))?;
        let mut outputs = OUTPUTS.to_vec();
        outputs.extend(bundle.sleeve.map(|_| SLEEVE));
        outputs.extend(bundle.turned.map(|_| TURNED));
        model.select_outputs_by_name(&outputs).map_err(|error| graph(&error))?;
        let model = model.into_typed().map_err(|error| graph(&error))?;
        int8::check_flow(&model).map_err(|error| graph(&error))?;
        let model = model.into_optimized().map_err(|error| graph(&error))?;

        let mut grid = 0;
        for (slot, name) in outputs.iter().enumerate() {
            let fact = model.output_fact(slot).map_err(|error| graph(&error))?;
            let shape = fact.shape.as_concrete().map(<[usize]>::to_vec).unwrap_or_default();
            let wanted = match *name {
                "logits" => vec![1, genres],
                "embedding" => vec![1, bundle.embedding],
                SLEEVE => vec![1, 1],
                TURNED => vec![1, 4],
                _ => {
                    grid = shape.last().copied().unwrap_or(0);
                    vec![1, genres, grid, grid]
                }
            };
            if shape != wanted || grid == 0 && *name == "evidence" || fact.datum_type != f32::datum_type() {
                return Err(disagreement(&format!("\"{name}\""), &format!("{shape:?}"), &wanted));
            }
        }
        let plan = model.into_runnable().map_err(|error| graph(&error))?;
        Ok(Self { plan, outputs, size: bundle.input.size, grid, fusion, input, threads: None })
    }

    /// The same network, whose large layers in integers are shared between so many threads: the answers are the same to the
    /// bit.
    ///
    /// # Errors
    ///
    /// [`NetworkError::Threads`] where the system gives no threads.
    pub fn with_threads(self, threads: usize) -> Result<Self, NetworkError> {
        let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
        let threads = (threads > 1).then(|| pool(threads)).transpose();
        Ok(Self { threads: threads.map_err(|error| NetworkError::Threads(error.to_string()))?, ..self })
    }

    /// Which layers run in integers, and which of a quantised network do not.
    #[must_use]
    pub fn fusion(&self) -> &Fusion {
        &self.fusion
    }

    /// Reads one prepared cover.
    ///
    /// # Errors
    ///
    /// [`NetworkError::Prepared`] where the cover was prepared for another size,
    /// [`NetworkError::Run`] where tract fails.
    pub fn read(&self, cover: &Prepared) -> Result<Reading, NetworkError> {
        if cover.size != self.size {
            return Err(NetworkError::Prepared { found: cover.size, wanted: self.size });
        }
        let size = cover.size as usize;
        let input = match self.input {
            Some(scale) => Tensor::from_shape(&[1, size, size, 3], &cover.bytes(|real| scale.byte(real))),
            None => Tensor::from_shape(&[1, 3, size, size], &cover.values()),
        };
        let input = input.map_err(|error| run(&error))?;
        let input = tvec!(input.into());
        let outputs = match &self.threads {
            Some(pool) => pool.install(|| self.plan.run(input)),
            None => self.plan.run(input),
        };
        let outputs = outputs.map_err(|error| run(&error))?;
        let values = |slot: usize| -> Result<Vec<f32>, NetworkError> {
            let view = outputs[slot].to_plain_array_view::<f32>().map_err(|error| run(&error))?;
            Ok(view.iter().copied().collect())
        };
        let slot = |wanted: &str| self.outputs.iter().position(|name| *name == wanted);
        let sleeve = slot(SLEEVE).map(values).transpose()?.and_then(|values| values.first().copied());
        let turned = slot(TURNED).map(values).transpose()?.and_then(|values| values.try_into().ok());
        Ok(Reading {
            logits: values(0)?,
            embedding: values(1)?,
            evidence: values(2)?,
            grid: self.grid,
            sleeve,
            turned,
        })
    }
}

fn disagreement(what: &str, found: &str, wanted: &[usize]) -> NetworkError {
    NetworkError::Shape { what: what.into(), found: found.into(), wanted: format!("{wanted:?}") }
}

fn graph(error: &TractError) -> NetworkError {
    NetworkError::Graph(root(error))
}

fn run(error: &TractError) -> NetworkError {
    NetworkError::Run(root(error))
}

/// tract's messages are chains over several lines; the last link names the trouble.
fn root(error: &TractError) -> String {
    error.root_cause().to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
