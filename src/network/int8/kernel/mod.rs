//! Kernels: the loops in which the time is spent, for each instruction set from one source.
//!
//! The only module of the project that may be `unsafe`: it reads and writes by pointers, and calls instructions that a
//! processor may lack. What it does is said by plain loops ([`Convolution::run`]), which each kernel equals to the bit.
#![allow(unsafe_code)]

mod dense;
mod depthwise;
mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
mod panels;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::cell::RefCell;
use std::ops::Range;

use self::dense::Dense;
use self::depthwise::Depthwise;
use super::share::share;
use super::{Convolution, Isa};

/// Plain loops that the compiler is to make vectors of: those of a small closure, or of whatever says them in a function
/// that is `#[inline(always)]`. The processor's vectors are given only to what is compiled into the function that has
/// them, and of a large closure the compiler makes a function of its own.
pub(super) trait Loops {
    /// Runs them.
    fn run(self);
}

impl<F: FnOnce()> Loops for F {
    #[inline(always)]
    fn run(self) {
        self();
    }
}

/// Runs plain loops with the compiler making vectors of what the processor has.
pub(super) fn with_vectors(loops: impl Loops) {
    #[cfg(target_arch = "x86_64")]
    if Isa::Avx2.is_available() {
        // SAFETY: the processor has been asked.
        return unsafe { x86::with_vectors(loops) };
    }
    loops.run();
}

thread_local! {
    /// What the kernels of a thread write down on the way: it grows to what is needed, and stays.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A convolution, packed for an instruction set.
#[derive(Debug)]
pub struct Packed {
    layer: Layer,
    isa: Isa,
    plain: Shape,
}

/// What is told of a layer without its weights.
#[derive(Clone, Copy, Debug)]
struct Shape {
    inputs: usize,
    outputs: usize,
    window: super::Window,
    depthwise: bool,
}

impl Shape {
    /// How many products a byte that comes out is the sum of.
    fn taps(self) -> usize {
        self.window.kernel.iter().product::<usize>() * if self.depthwise { 1 } else { self.inputs }
    }
}

#[derive(Debug)]
enum Layer {
    Plain(Convolution),
    Dense(Dense),
    Depthwise(Depthwise),
}

/// What a kernel works on.
///
/// The pointers lead to whole tensors, channels last: what the fields say is there. Kernels write only the places that
/// they are asked for, so that several threads may share an output.
struct Job<'a, L> {
    layer: &'a L,
    input: *const u8,
    /// Rows and columns of the input.
    size: [usize; 2],
    output: *mut u8,
    /// Columns of the output.
    columns: usize,
    /// Which places of the output a dense layer is asked for, or which rows a depthwise one.
    places: Range<usize>,
    scratch: *mut u8,
}

// SAFETY: see above. Whoever shares a job gives each thread places, and a scratch where it is written to, of its own.
unsafe impl<L: Sync> Sync for Job<'_, L> {}

impl<L> Job<'_, L> {
    /// A part of the work.
    fn part(&self, places: Range<usize>, scratch: *mut u8) -> Self {
        Self { places, scratch, ..*self }
    }
}

/// A layer of fewer multiplications than this is not shared: waking a thread would take as long.
const SHARED: usize = 1 << 20;

impl Packed {
    /// Packs a convolution for an instruction set.
    ///
    /// # Panics
    ///
    /// Where the processor lacks it.
    #[must_use]
    pub fn new(convolution: Convolution, isa: Isa) -> Self {
        assert!(isa.is_available(), "kernels run only where the processor has their instructions");
        let plain = Shape {
            inputs: convolution.inputs,
            outputs: convolution.outputs,
            window: convolution.window,
            depthwise: convolution.depthwise,
        };
        // The channels of a block, and what is taken from each byte where products are of signed ones.
        let shape = match isa {
            Isa::Scalar => None,
            Isa::Avx2 | Isa::AvxVnni | Isa::Avx512Vnni => Some([32, 0]),
            Isa::Neon | Isa::NeonDot => Some([16, 128]),
        };
        let packed = shape.and_then(|shape| {
            if convolution.depthwise {
                Depthwise::pack(&convolution, shape).map(Layer::Depthwise)
            } else {
                Some(Layer::Dense(Dense::pack(&convolution, shape)))
            }
        });
        Self { layer: packed.unwrap_or(Layer::Plain(convolution)), isa, plain }
    }

    /// The channels that go in.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.plain.inputs
    }

    /// The channels that come out.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.plain.outputs
    }

    /// How many products a byte that comes out is the sum of.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.plain.taps()
    }

    /// The rows and columns that come out, where that many go in.
    #[must_use]
    pub fn output(&self, size: [usize; 2]) -> Option<[usize; 2]> {
        self.plain.window.output(size)
    }

    /// Convolves `rows x columns x channels` bytes.
    ///
    /// # Panics
    ///
    /// Where the lengths of input and output are not those of such a picture.
    pub fn run(&self, input: &[u8], size: [usize; 2], output: &mut [u8]) {
        let [rows, columns] = self.output(size).expect("the filter is no larger than the picture");
        assert_eq!(input.len(), size[0] * size[1] * self.plain.inputs, "the input is not of its size");
        assert_eq!(output.len(), rows * columns * self.plain.outputs, "the output is not of its size");
        let shared = rows * columns * self.outputs() * self.plain.taps() >= SHARED;
        match &self.layer {
            Layer::Plain(convolution) => convolution.run(input, size, output),
            Layer::Dense(layer) => {
                let mut job = |input: *const u8, size| Job {
                    layer,
                    input,
                    size,
                    output: output.as_mut_ptr(),
                    columns,
                    places: 0..rows * columns,
                    scratch: std::ptr::null_mut(),
                };
                let run = |job: &Job<'_, Dense>| {
                    share(rows * columns, shared, |places| self.dense(&job.part(places, job.scratch)));
                };
                if layer.reads_in_place() {
                    run(&job(input.as_ptr(), size));
                } else {
                    SCRATCH.with_borrow_mut(|scratch| {
                        let size = padded(layer, input, size, scratch);
                        run(&job(scratch.as_ptr(), size));
                    });
                }
            }
            Layer::Depthwise(layer) => {
                let job = Job {
                    layer,
                    input: input.as_ptr(),
                    size,
                    output: output.as_mut_ptr(),
                    columns,
                    places: 0..rows,
                    scratch: std::ptr::null_mut(),
                };
                let needed = layer.scratch(columns, 32);
                share(rows, shared, |places| {
                    SCRATCH.with_borrow_mut(|scratch| {
                        if scratch.len() < needed {
                            scratch.resize(needed, 0);
                        }
                        self.depthwise(&job.part(places, scratch.as_mut_ptr()));
                    });
                });
            }
        }
    }

    fn dense(&self, job: &Job<'_, Dense>) {
        // SAFETY: `new` has seen that the processor has these instructions; `run` that input and output are as long as
        // the job says; `padded` leaves room for the last run.
        unsafe {
            match self.isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => x86::dense_wide(job),
                #[cfg(target_arch = "x86_64")]
                Isa::AvxVnni => x86::dense_vnni(job),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512Vnni => x86::dense_vnni512(job),
                #[cfg(target_arch = "aarch64")]
                Isa::Neon => neon::dense_pairs(job),
                #[cfg(target_arch = "aarch64")]
                Isa::NeonDot => neon::dense_dot(job),
                _ => unreachable!("layers are packed only for instructions that the processor has"),
            }
        }
    }

    fn depthwise(&self, job: &Job<'_, Depthwise>) {
        // SAFETY: `new` has seen that the processor has these instructions; `run` that input and output are as long as
        // the job says, and that the scratch has room for a row.
        unsafe {
            match self.isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => x86::depthwise_wide(job),
                #[cfg(target_arch = "x86_64")]
                Isa::AvxVnni => x86::depthwise_vnni(job),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512Vnni => x86::depthwise_vnni512(job),
                #[cfg(target_arch = "aarch64")]
                Isa::Neon => neon::depthwise_pairs(job),
                #[cfg(target_arch = "aarch64")]
                Isa::NeonDot => neon::depthwise_dot(job),
                _ => unreachable!("layers are packed only for instructions that the processor has"),
            }
        }
    }
}

/// Copies a picture into the scratch with its padding around it, and gives its size there.
fn padded(layer: &Dense, input: &[u8], size: [usize; 2], scratch: &mut Vec<u8>) -> [usize; 2] {
    let [above, left, below, right] = layer.window.pads;
    let [rows, columns] = [size[0] + above + below, size[1] + left + right];
    let (row, inner) = (columns * layer.inputs, size[1] * layer.inputs);
    scratch.clear();
    // The last run of quads may end 3 bytes behind the last place.
    scratch.resize(rows * row + 3, layer.zero);
    for (number, from) in input.chunks_exact(inner).enumerate() {
        let at = (number + above) * row + left * layer.inputs;
        scratch[at..at + inner].copy_from_slice(from);
    }
    [rows, columns]
}
