//! A convolution of bytes, and the plain loops that say what it is.

use super::Requantise;

/// How far a convolution reaches: rows first, then columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows and columns of a filter.
    pub kernel: [usize; 2],
    /// Rows and columns from one place to the next.
    pub stride: [usize; 2],
    /// Rows above, columns on the left, rows below, columns on the right, all of the input's zero point.
    pub pads: [usize; 4],
}

impl Window {
    /// A filter of one place.
    pub const POINT: Self = Self { kernel: [1, 1], stride: [1, 1], pads: [0, 0, 0, 0] };

    /// The rows and columns that come out, where that many go in; `None` where the filter is larger than all of it,
    /// or nothing goes in.
    #[must_use]
    pub fn output(&self, input: [usize; 2]) -> Option<[usize; 2]> {
        let side = |axis: usize| {
            if input[axis] == 0 {
                return None;
            }
            let room =
                (input[axis] + self.pads[axis] + self.pads[axis + 2]).checked_sub(self.kernel[axis])?;
            Some(room / self.stride[axis] + 1)
        };
        Some([side(0)?, side(1)?])
    }
}

/// A convolution of bytes, channels last, before it is packed for a processor.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) depthwise: bool,
    pub(super) window: Window,
    pub(super) weights: Vec<i8>,
    pub(super) zero: u8,
    pub(super) requantise: Requantise,
}

/// A convolution whose parts do not belong together, or whose sums could overflow.
#[derive(Debug, thiserror::Error)]
#[error("a convolution of bytes cannot be had: {0}")]
pub struct Unfit(&'static str);

impl Convolution {
    /// A convolution from all channels to all channels.
    ///
    /// `weights` are `outputs x rows x columns x inputs`, with zero point 0; `zero` is the input's zero point.
    ///
    /// # Errors
    ///
    /// [`Unfit`] where lengths do not agree, or where sums could leave the range in which all processors agree.
    pub fn dense(
        [inputs, outputs]: [usize; 2],
        window: Window,
        weights: Vec<i8>,
        zero: u8,
        requantise: Requantise,
    ) -> Result<Self, Unfit> {
        Self { inputs, outputs, depthwise: false, window, weights, zero, requantise }.checked()
    }

    /// A convolution of each channel with itself.
    ///
    /// `weights` are `channels x rows x columns`, with zero point 0; `zero` is the input's zero point.
    ///
    /// # Errors
    ///
    /// [`Unfit`] where lengths do not agree, or where sums could leave the range in which all processors agree.
    pub fn depthwise(
        channels: usize,
        window: Window,
        weights: Vec<i8>,
        zero: u8,
        requantise: Requantise,
    ) -> Result<Self, Unfit> {
        let (inputs, outputs) = (channels, channels);
        Self { inputs, outputs, depthwise: true, window, weights, zero, requantise }.checked()
    }

    fn checked(self) -> Result<Self, Unfit> {
        let reach = self.reach();
        if self.inputs == 0 || self.outputs == 0 || reach == 0 || self.window.stride.contains(&0) {
            return Err(Unfit("it has no channels, no filter or no stride"));
        }
        if self.weights.len() != self.outputs * reach {
            return Err(Unfit("its weights do not fit its channels"));
        }
        // NEON's products of two pairs of bytes stay in 16 bits only without it.
        if self.weights.contains(&i8::MIN) {
            return Err(Unfit("a weight is -128, and the range of weights is -127 to 127"));
        }
        // Sums begin with the zero point's part, which is as large as the products' at most.
        let largest = reach as i64 * 255 * 127 * 2;
        if largest > i64::from(i32::MAX) || !self.requantise.holds(self.outputs, largest) {
            return Err(Unfit("its sums could overflow"));
        }
        Ok(self)
    }

    /// The weights of one filter.
    fn reach(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1] * if self.depthwise { 1 } else { self.inputs }
    }

    /// The sum of a channel's weights.
    pub(super) fn sum(&self, channel: usize) -> i32 {
        let reach = self.reach();
        self.weights[channel * reach..][..reach].iter().map(|weight| i32::from(*weight)).sum()
    }

    /// The weight of an output channel at a row and a column of the filter for an input channel (0 in a depthwise one).
    pub(super) fn weight(&self, output: usize, [row, column]: [usize; 2], input: usize) -> i8 {
        let depth = if self.depthwise { 1 } else { self.inputs };
        let place = (output * self.window.kernel[0] + row) * self.window.kernel[1] + column;
        self.weights[place * depth + input]
    }

    /// Convolves `rows x columns x inputs` bytes in plain loops: what every kernel must equal.
    pub(super) fn run(&self, input: &[u8], size: [usize; 2], output: &mut [u8]) {
        let [_, columns] = self.window.output(size).expect("the caller has asked for the output's size");
        for (place, pixel) in output.chunks_exact_mut(self.outputs).enumerate() {
            let [y, x] = [place / columns, place % columns];
            for (channel, byte) in pixel.iter_mut().enumerate() {
                *byte = self.requantise.byte(channel, self.at(input, size, [y, x], channel));
            }
        }
    }

    /// The sum of one channel at one place.
    fn at(&self, input: &[u8], [rows, columns]: [usize; 2], [y, x]: [usize; 2], channel: usize) -> i32 {
        let Window { kernel, stride, pads } = self.window;
        let from = if self.depthwise { channel..channel + 1 } else { 0..self.inputs };
        let mut sum = 0;
        for row in 0..kernel[0] {
            let Some(above) = (y * stride[0] + row).checked_sub(pads[0]).filter(|at| *at < rows) else {
                continue;
            };
            for column in 0..kernel[1] {
                let Some(left) = (x * stride[1] + column).checked_sub(pads[1]).filter(|at| *at < columns)
                else {
                    continue;
                };
                let pixel = &input[(above * columns + left) * self.inputs..][from.clone()];
                for (depth, value) in pixel.iter().enumerate() {
                    let weight = i32::from(self.weight(channel, [row, column], depth));
                    sum += (i32::from(*value) - i32::from(self.zero)) * weight;
                }
            }
        }
        sum
    }
}
