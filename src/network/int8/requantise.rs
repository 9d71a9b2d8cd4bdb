//! How a layer's sums become the bytes of the next tensor.

/// What a layer does with its sums: per channel a factor and a shift, then one zero point and two ends.
///
/// `byte = clamp(round(sum * factor + shift) + zero)`, rounding half to even, as ONNX's `QuantizeLinear` does;
/// the product and the sum are rounded once, together. A `Clip` or a `Relu` before the quantisation is in the ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Requantise {
    pub(super) factors: Vec<f32>,
    pub(super) shifts: Vec<f32>,
    pub(super) zero: u8,
    pub(super) low: u8,
    pub(super) high: u8,
}

impl Requantise {
    /// From a factor and a shift per channel, the zero point, and the lowest and the highest byte.
    #[must_use]
    pub fn new(factors: Vec<f32>, shifts: Vec<f32>, zero: u8, low: u8, high: u8) -> Self {
        Self { factors, shifts, zero, low, high }
    }

    /// The byte that a channel's sum becomes.
    #[must_use]
    pub fn byte(&self, channel: usize, sum: i32) -> u8 {
        let rounded = (sum as f32).mul_add(self.factors[channel], self.shifts[channel]).round_ties_even();
        let byte = (rounded as i32).saturating_add(i32::from(self.zero)).clamp(0, 255) as u8;
        byte.max(self.low).min(self.high)
    }

    /// Whether sums of at most this size, over all channels, stay within what each processor rounds alike.
    pub(super) fn holds(&self, channels: usize, largest: i64) -> bool {
        let within = |(factor, shift): (&f32, &f32)| {
            (largest as f32 * factor.abs() + shift.abs()).is_finite()
                && largest as f32 * factor.abs() + shift.abs() < 1e9
        };
        self.factors.len() == channels
            && self.shifts.len() == channels
            && self.factors.iter().zip(&self.shifts).all(within)
    }
}
