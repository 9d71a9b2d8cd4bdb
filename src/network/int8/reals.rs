//! Depthwise layers of a network in real numbers, channels first: tract spends over half of its time on them.

use super::Window;
use super::kernel::{Loops, with_vectors};

/// Columns that are summed at once, in registers.
const RUN: usize = 16;

/// The filters whose loops are compiled: others stay tract's.
pub(super) const FILTERS: [[usize; 2]; 2] = [[3, 3], [5, 5]];

/// A convolution of each channel with itself, in real numbers, and what is cut off behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reals {
    pub(super) window: Window,
    /// `channels x rows x columns`.
    pub(super) weights: Vec<f32>,
    /// What each channel's sums begin with.
    pub(super) shifts: Vec<f32>,
    /// The lowest and the highest number that comes out.
    pub(super) ends: [f32; 2],
}

impl Reals {
    /// How many channels go in and come out.
    pub(super) fn channels(&self) -> usize {
        self.shifts.len()
    }

    /// Convolves `channels x rows x columns` numbers.
    pub(super) fn run(&self, input: &[f32], size: [usize; 2], output: &mut [f32]) {
        let [rows, columns] = self.window.output(size).expect("the caller has asked for the output's size");
        let area = self.window.kernel[0] * self.window.kernel[1];
        let mut plane = Plane::new(self.window, size, columns);
        let channels = input.chunks_exact(size[0] * size[1]).zip(output.chunks_exact_mut(rows * columns));
        for (channel, (from, to)) in channels.enumerate() {
            plane.fill(from, size[1]);
            let weights = &self.weights[channel * area..][..area];
            let (shift, ends) = (self.shifts[channel], self.ends);
            match self.window.kernel {
                [3, 3] => with_vectors(Filter::<3> { plane: &plane, weights, shift, ends, columns, to }),
                [5, 5] => with_vectors(Filter::<5> { plane: &plane, weights, shift, ends, columns, to }),
                other => unreachable!("a filter of {other:?} is not taken"),
            }
        }
    }
}

/// One channel with its padding around it. Columns that one tap of a filter meets lie side by side: where the stride
/// is 2, even ones apart from odd ones.
struct Plane {
    values: Vec<f32>,
    /// Columns of each part of a row.
    width: usize,
    stride: [usize; 2],
    /// Rows above and columns on the left that are padding.
    pads: [usize; 2],
}

impl Plane {
    /// Padding alone, for pictures of a size out of which so many columns come.
    fn new(Window { kernel, stride, pads }: Window, [rows, columns]: [usize; 2], out: usize) -> Self {
        let [above, left, below, right] = pads;
        // The last run reads beyond what is asked for.
        let width = (left + columns + right)
            .div_ceil(stride[1])
            .max(out.next_multiple_of(RUN) + (kernel[1] - 1) / stride[1]);
        let values = vec![0.0; (above + rows + below) * stride[1] * width];
        Self { values, width, stride, pads: [above, left] }
    }

    /// Copies a channel to within the padding.
    fn fill(&mut self, channel: &[f32], columns: usize) {
        let [above, left] = self.pads;
        let step = self.stride[1];
        let rows = self.values.chunks_exact_mut(step * self.width).skip(above);
        for (row, from) in rows.zip(channel.chunks_exact(columns)) {
            for first in 0..step.min(columns) {
                let at = first + left;
                let part = &mut row[at % step * self.width + at / step..];
                for (value, from) in part.iter_mut().zip(from[first..].iter().step_by(step)) {
                    *value = *from;
                }
            }
        }
    }
}

/// A channel's filter of `SIDE` by `SIDE`, and where it writes.
struct Filter<'a, const SIDE: usize> {
    plane: &'a Plane,
    weights: &'a [f32],
    shift: f32,
    ends: [f32; 2],
    /// Columns of what comes out.
    columns: usize,
    to: &'a mut [f32],
}

impl<const SIDE: usize> Loops for Filter<'_, SIDE> {
    #[inline(always)]
    fn run(self) {
        let Self { plane, weights, shift, ends: [low, high], columns, to } = self;
        let [down, across] = plane.stride;
        let weights: [[f32; SIDE]; SIDE] =
            std::array::from_fn(|row| std::array::from_fn(|column| weights[row * SIDE + column]));
        // Where each column of the filter begins in a row.
        let starts: [usize; SIDE] = std::array::from_fn(|left| left % across * plane.width + left / across);
        let line = across * plane.width;
        for (y, row) in to.chunks_exact_mut(columns).enumerate() {
            let lines: [&[f32]; SIDE] =
                std::array::from_fn(|above| &plane.values[(y * down + above) * line..][..line]);
            for (number, run) in row.chunks_mut(RUN).enumerate() {
                let mut sums = [shift; RUN];
                for (line, weights) in lines.iter().zip(&weights) {
                    for (start, weight) in starts.iter().zip(weights) {
                        let from = &line[start + number * RUN..][..RUN];
                        for (sum, value) in sums.iter_mut().zip(from) {
                            *sum += weight * value;
                        }
                    }
                }
                for (value, sum) in run.iter_mut().zip(sums) {
                    *value = sum.max(low).min(high);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same in plain loops.
    fn plainly(layer: &Reals, input: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
        let Window { kernel, stride, pads } = layer.window;
        let [down, across] = layer.window.output([rows, columns]).expect("the filter fits");
        let mut output = Vec::new();
        for channel in 0..layer.channels() {
            for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
                let mut sum = layer.shifts[channel];
                for (row, column) in (0..kernel[0]).flat_map(|r| (0..kernel[1]).map(move |c| (r, c))) {
                    let above = (y * stride[0] + row).checked_sub(pads[0]).filter(|at| *at < rows);
                    let left = (x * stride[1] + column).checked_sub(pads[1]).filter(|at| *at < columns);
                    if let (Some(above), Some(left)) = (above, left) {
                        let weight = layer.weights[(channel * kernel[0] + row) * kernel[1] + column];
                        sum += weight * input[(channel * rows + above) * columns + left];
                    }
                }
                output.push(sum.clamp(layer.ends[0], layer.ends[1]));
            }
        }
        output
    }

    proptest! {
        #[test]
        fn it_is_what_plain_loops_give(
            kernel in proptest::sample::select(FILTERS.to_vec()),
            stride in (1_usize..=3, 1_usize..=3),
            pads in proptest::array::uniform4(0_usize..=2),
            size in (5_usize..=37, 5_usize..=37),
            channels in 1_usize..=3,
            seed in any::<u64>(),
        ) {
            let mut lots = fastrand::Rng::with_seed(seed);
            let mut draw = |count: usize| (0..count).map(|_| lots.f32() - 0.5).collect::<Vec<_>>();
            let window = Window { kernel, stride: stride.into(), pads };
            let layer = Reals {
                window,
                weights: draw(channels * kernel[0] * kernel[1]),
                shifts: draw(channels),
                ends: [-0.4, 0.6],
            };
            let input = draw(channels * size.0 * size.1);
            let wanted = plainly(&layer, &input, size.into());
            let mut output = vec![f32::NAN; wanted.len()];
            layer.run(&input, size.into(), &mut output);
            for (ours, wanted) in output.iter().zip(&wanted) {
                prop_assert!((ours - wanted).abs() < 1e-5, "{} for {}", ours, wanted);
            }
        }
    }
}
