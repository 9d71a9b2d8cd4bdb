//! Convolutions from all channels to all channels: a matrix product of places and filters.
//!
//! A filter's row covers `columns x inputs` bytes that lie one after the other, so no place's bytes are gathered: a
//! place is a pointer, and a filter reads a few runs of quads from it.

use super::super::{Convolution, Window};
use super::Job;
use super::lanes::Lanes;
use super::panels::Panels;

/// The bytes of input that are worked on before the next block of channels: half of a small first-level cache.
const CHUNK: usize = 16 << 10;

/// A dense convolution, packed.
#[derive(Debug)]
pub(crate) struct Dense {
    pub(super) panels: Panels,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) window: Window,
    pub(super) zero: u8,
    /// The quads that a row of a filter reads.
    run: usize,
}

impl Dense {
    /// Packs a layer for blocks of this many channels, of whose bytes `offset` is taken first.
    pub(super) fn pack(layer: &Convolution, shape: [usize; 2]) -> Self {
        let [rows, columns] = layer.window.kernel;
        let run = (columns * layer.inputs).div_ceil(4);
        let reach = columns * layer.inputs;
        let fill = |channel: usize, filter: &mut [i8]| {
            // Runs are filled up to whole quads with weights of 0.
            for (row, run) in filter.chunks_exact_mut(4 * run).enumerate() {
                let from = (channel * rows + row) * reach;
                run[..reach].copy_from_slice(&layer.weights[from..from + reach]);
            }
        };
        Self {
            panels: Panels::pack(layer, shape, rows * run, fill),
            inputs: layer.inputs,
            outputs: layer.outputs,
            window: layer.window,
            zero: layer.zero,
            run,
        }
    }

    /// Whether the input can be read where it lies: no padding, and runs of whole quads.
    pub(super) fn reads_in_place(&self) -> bool {
        self.window.pads == [0; 4] && (self.window.kernel[1] * self.inputs).is_multiple_of(4)
    }
}

/// Convolves a range of places.
///
/// # Safety
///
/// As [`Job`] and [`Lanes`] say: the input holds all that the filters reach (and 3 bytes more where a run does not end
/// with a whole quad), the output all places, and the processor has the instructions of `L`.
#[inline(always)]
pub(super) unsafe fn run<L: Lanes>(job: &Job<'_, Dense>) {
    let layer = job.layer;
    let point = layer.window.kernel == [1, 1] && layer.window.stride == [1, 1];
    let row = job.size[1] * layer.inputs;
    let input = |place: usize| {
        let at = if point {
            place * layer.inputs
        } else {
            let (y, x) = (place / job.columns, place % job.columns);
            y * layer.window.stride[0] * row + x * layer.window.stride[1] * layer.inputs
        };
        job.input.wrapping_add(at)
    };
    let chunk = (CHUNK / layer.inputs).max(L::ROWS);
    let mut first = job.places.start;
    while first < job.places.end {
        let places = chunk.min(job.places.end - first);
        // Tiles of equal height, so that none is left with a place or two.
        let tiles = places.div_ceil(L::ROWS);
        for number in 0..layer.panels.firsts.len() {
            let block = Block::<L>::of(layer, number, row);
            let mut place = first;
            for tile in 0..tiles {
                let rows = places / tiles + usize::from(tile < places % tiles);
                let output = job.output.wrapping_add(place * layer.outputs + layer.panels.firsts[number]);
                // SAFETY: the places of a tile lie within the range, and each is at its place in input and output.
                unsafe {
                    match rows {
                        1 => block.tile([input(place)], output, layer.outputs),
                        2 => block.tile(several::<2>(&input, place), output, layer.outputs),
                        3 => block.tile(several::<3>(&input, place), output, layer.outputs),
                        4 => block.tile(several::<4>(&input, place), output, layer.outputs),
                        5 => block.tile(several::<5>(&input, place), output, layer.outputs),
                        _ => block.tile(several::<6>(&input, place), output, layer.outputs),
                    }
                }
                place += rows;
            }
        }
        first += places;
    }
}

#[inline(always)]
fn several<const N: usize>(input: &impl Fn(usize) -> *const u8, place: usize) -> [*const u8; N] {
    std::array::from_fn(|row| input(place + row))
}

/// A block of channels, and how its filters read.
struct Block<L> {
    weights: *const i8,
    starts: *const i32,
    ends: super::lanes::Ends,
    count: usize,
    runs: usize,
    quads: usize,
    row: usize,
    lanes: std::marker::PhantomData<L>,
}

impl<L: Lanes> Block<L> {
    #[inline(always)]
    fn of(layer: &Dense, number: usize, row: usize) -> Self {
        Self {
            weights: layer.panels.weights(number),
            starts: layer.panels.starts(number),
            ends: layer.panels.ends(number),
            count: layer.panels.count,
            runs: layer.window.kernel[0],
            quads: layer.run,
            row,
            lanes: std::marker::PhantomData,
        }
    }

    /// The bytes of a few places; `step` bytes lie between those of two.
    ///
    /// # Safety
    ///
    /// As [`run`].
    #[inline(always)]
    unsafe fn tile<const N: usize>(&self, places: [*const u8; N], output: *mut u8, step: usize) {
        // SAFETY: a block has weights and starts for each of its channels, and a place all bytes that its runs read.
        unsafe {
            let lanes = L::BLOCK / 4;
            let starts: [L::Sums; 4] =
                std::array::from_fn(|quarter| L::start(self.starts.add(quarter * lanes)));
            let mut sums = [starts; N];
            let mut weights = self.weights;
            for run in 0..self.runs {
                for quad in 0..self.quads {
                    let at = run * self.row + 4 * quad;
                    let filters: [L::Weights; 4] =
                        std::array::from_fn(|quarter| L::weights(weights.add(quarter * L::BLOCK)));
                    weights = weights.add(4 * L::BLOCK);
                    for (sums, place) in sums.iter_mut().zip(places) {
                        let acts = L::splat(place.add(at));
                        for (sums, filters) in sums.iter_mut().zip(filters) {
                            *sums = L::dot(*sums, acts, filters);
                        }
                    }
                }
            }
            for (number, sums) in sums.into_iter().enumerate() {
                L::store(L::requantise(sums, &self.ends), output.add(number * step), self.count);
            }
        }
    }
}
