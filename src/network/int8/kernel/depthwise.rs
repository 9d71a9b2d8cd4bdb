//! Convolutions of each channel with itself.
//!
//! Four bytes of a channel that a filter covers are interleaved to a quad, so that one product covers them all: four
//! rows of a column, or, of a row that is left over, four columns. The columns of a row of output are interleaved once
//! and read by each place that they belong to.

use super::super::{Convolution, Window};
use super::Job;
use super::lanes::Lanes;
use super::panels::Panels;

/// A depthwise convolution, packed.
#[derive(Debug)]
pub(crate) struct Depthwise {
    pub(super) panels: Panels,
    pub(super) channels: usize,
    pub(super) window: Window,
    taps: Taps,
    /// What lies around the input: a place of its zero point.
    around: Vec<u8>,
}

/// How a filter is cut into quads.
#[derive(Clone, Copy, Debug)]
struct Taps {
    /// Columns of the filter.
    columns: usize,
    /// Quads of a column that cover four rows, or fewer.
    upright: usize,
    /// Whether a row is left over, covered by quads of four columns.
    lying: bool,
}

impl Taps {
    fn of([rows, columns]: [usize; 2]) -> Self {
        let lying = rows % 4 == 1;
        Self { columns, upright: if lying { rows / 4 } else { rows.div_ceil(4) }, lying }
    }

    /// Quads that are interleaved for each column of the input.
    #[inline(always)]
    fn slots(self) -> usize {
        self.upright + usize::from(self.lying)
    }

    /// Quads that a filter has.
    #[inline(always)]
    fn count(self) -> usize {
        self.columns * self.upright + if self.lying { self.columns.div_ceil(4) } else { 0 }
    }

    /// Where a filter's quad lies among the interleaved ones: the slot, counted from those of its first column.
    #[inline(always)]
    fn slot(self, tap: usize) -> usize {
        match tap.checked_sub(self.columns * self.upright) {
            None => tap / self.upright * self.slots() + tap % self.upright,
            Some(lying) => 4 * lying * self.slots() + self.upright,
        }
    }

    /// The row and the column of the filter that a byte of a quad stands for.
    fn place(self, tap: usize, byte: usize) -> [usize; 2] {
        match tap.checked_sub(self.columns * self.upright) {
            None => [4 * (tap % self.upright) + byte, tap / self.upright],
            Some(lying) => [4 * self.upright, 4 * lying + byte],
        }
    }
}

impl Depthwise {
    /// Packs a layer for blocks of this many channels, of whose bytes `offset` is taken first; `None` where it has
    /// fewer channels than a block.
    pub(super) fn pack(layer: &Convolution, [block, offset]: [usize; 2]) -> Option<Self> {
        let [rows, columns] = layer.window.kernel;
        let taps = Taps::of([rows, columns]);
        let fill = |channel: usize, filter: &mut [i8]| {
            for (byte, weight) in filter.iter_mut().enumerate() {
                let [row, column] = taps.place(byte / 4, byte % 4);
                if row < rows && column < columns {
                    *weight = layer.weight(channel, [row, column], 0);
                }
            }
        };
        (layer.outputs >= block).then(|| Self {
            panels: Panels::pack(layer, [block, offset], taps.count(), fill),
            channels: layer.outputs,
            window: layer.window,
            taps,
            around: vec![layer.zero; layer.outputs],
        })
    }

    /// The bytes that a row's quads take, in blocks of this many channels.
    pub(super) fn scratch(&self, columns: usize, block: usize) -> usize {
        self.across(columns) * self.taps.slots() * 4 * block
    }

    /// The columns of the input, and around it, that a row of so many places covers.
    fn across(&self, columns: usize) -> usize {
        (columns - 1) * self.window.stride[1] + self.window.kernel[1]
    }
}

/// Convolves a range of rows of places.
///
/// # Safety
///
/// As [`Job`] and [`Lanes`] say: the input holds `size` places and the output all that come out, `scratch` as many
/// bytes as [`Depthwise::scratch`] says, and the processor has the instructions of `L`.
#[inline(always)]
pub(super) unsafe fn run<L: Lanes>(job: &Job<'_, Depthwise>) {
    let layer = job.layer;
    // Block by block, so that the rows that the next row reads again are in the first-level cache still.
    for (number, first) in layer.panels.firsts.iter().copied().enumerate() {
        for y in job.places.clone() {
            // SAFETY: as the caller promises; what a row reads was interleaved for it.
            unsafe {
                interleave::<L>(job, y, first);
                row::<L>(job, y, number);
            }
        }
    }
}

/// Interleaves what a row of places covers, for a block of channels.
///
/// # Safety
///
/// As [`run`]; `y` is a row of the output, `first` the first channel of a block.
#[inline(always)]
unsafe fn interleave<L: Lanes>(job: &Job<'_, Depthwise>, y: usize, first: usize) {
    let layer = job.layer;
    let Window { kernel, stride, pads } = layer.window;
    let around = layer.around[first..].as_ptr();
    let across = layer.across(job.columns);
    let inside = pads[1].min(across)..(pads[1] + job.size[1]).min(across);
    let (quad, step) = (4 * L::BLOCK, layer.taps.slots() * 4 * L::BLOCK);
    // Where a row of the filter lies in the input: `None` above it and below, and beyond the filter.
    let begin = |row: usize| {
        let at =
            (y * stride[0] + row).checked_sub(pads[0]).filter(|at| *at < job.size[0] && row < kernel[0])?;
        Some(job.input.wrapping_add(at * job.size[1] * layer.channels + first))
    };
    // SAFETY: each pointer leads to the bytes of a block, inside the input or around it: a block ends at the last
    // channel at most. The scratch has room for each column.
    unsafe {
        for group in 0..layer.taps.upright {
            let to = job.scratch.add(group * quad);
            for x in (0..inside.start).chain(inside.end..across) {
                L::interleave([around; 4], to.add(x * step));
            }
            let rows: [_; 4] = std::array::from_fn(|row| begin(4 * group + row));
            let steps = rows.map(|row| if row.is_some() { layer.channels } else { 0 });
            let mut places = rows.map(|row| row.unwrap_or(around));
            for x in inside.clone() {
                L::interleave(places, to.add(x * step));
                for (place, step) in places.iter_mut().zip(steps) {
                    *place = place.wrapping_add(step);
                }
            }
        }
        if layer.taps.lying {
            let row = begin(4 * layer.taps.upright);
            let to = job.scratch.add(layer.taps.upright * quad);
            for x in 0..across {
                let places: [_; 4] = std::array::from_fn(|column| match row {
                    Some(row) if inside.contains(&(x + column)) => {
                        row.wrapping_add((x + column - pads[1]) * layer.channels)
                    }
                    _ => around,
                });
                L::interleave(places, to.add(x * step));
            }
        }
    }
}

/// A row of places of a block, from what was interleaved.
///
/// # Safety
///
/// As [`run`].
#[inline(always)]
unsafe fn row<L: Lanes>(job: &Job<'_, Depthwise>, y: usize, number: usize) {
    let layer = job.layer;
    let step = layer.window.stride[1] * layer.taps.slots() * 4 * L::BLOCK;
    let mut x = 0;
    while x < job.columns {
        let quads = job.scratch.wrapping_add(x * step).cast_const();
        let output = (y * job.columns + x) * layer.channels + layer.panels.firsts[number];
        let output = job.output.wrapping_add(output);
        // SAFETY: the columns that these places read were interleaved; the places lie within the row.
        unsafe {
            match L::COLUMNS.min(job.columns - x) {
                4 => tile::<L, 4>(layer, number, quads, step, output),
                3 => tile::<L, 3>(layer, number, quads, step, output),
                2 => tile::<L, 2>(layer, number, quads, step, output),
                _ => tile::<L, 1>(layer, number, quads, step, output),
            }
        }
        x += L::COLUMNS;
    }
}

/// The bytes of a few places of a row, whose quads lie `step` bytes apart.
///
/// # Safety
///
/// As [`run`].
#[inline(always)]
unsafe fn tile<L: Lanes, const N: usize>(
    layer: &Depthwise,
    number: usize,
    quads: *const u8,
    step: usize,
    output: *mut u8,
) {
    let (panels, taps) = (&layer.panels, layer.taps);
    let (starts, weights, ends) = (panels.starts(number), panels.weights(number), panels.ends(number));
    // SAFETY: a block has weights and starts for each of its channels, and each place quads for each tap.
    unsafe {
        let lanes = L::BLOCK / 4;
        let starts: [L::Sums; 4] = std::array::from_fn(|quarter| L::start(starts.add(quarter * lanes)));
        let mut sums = [starts; N];
        for tap in 0..taps.count() {
            let quads = quads.add(4 * taps.slot(tap) * L::BLOCK);
            for quarter in 0..4 {
                let filter = L::weights(weights.add((4 * tap + quarter) * L::BLOCK));
                for (place, sums) in sums.iter_mut().enumerate() {
                    let acts = L::acts(quads.add(place * step + quarter * L::BLOCK));
                    sums[quarter] = L::dot(sums[quarter], acts, filter);
                }
            }
        }
        for (place, sums) in sums.into_iter().enumerate() {
            L::store(L::requantise(sums, &ends), output.add(place * layer.channels), panels.count);
        }
    }
}
