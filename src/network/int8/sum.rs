//! The sum of two tensors of bytes.

use super::kernel::with_vectors;
use super::quantisation::Scale;
use super::turn::ROUNDER;

/// The sum of two tensors of bytes, each with a scale of its own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sum {
    factors: [f32; 2],
    shift: f32,
    zero: i32,
    ends: [u8; 2],
}

impl Sum {
    pub(super) fn new(from: [Scale; 2], to: Scale, ends: [u8; 2]) -> Self {
        let factors = from.map(|from| from.scale / to.scale);
        let shift = -(f32::from(from[0].zero) * factors[0] + f32::from(from[1].zero) * factors[1]);
        Self { factors, shift, zero: i32::from(to.zero), ends }
    }

    /// Adds byte by byte.
    pub(super) fn run(&self, a: &[u8], b: &[u8], output: &mut [u8]) {
        let [first, second] = self.factors;
        let [low, high] = self.ends.map(i32::from);
        let (shift, zero) = (self.shift, self.zero);
        with_vectors(move || {
            for ((a, b), sum) in a.iter().zip(b).zip(output) {
                let real = f32::from(*a) * first + f32::from(*b) * second + shift;
                let rounded =
                    (real.clamp(-1024.0, 1024.0) + ROUNDER).to_bits() as i32 - ROUNDER.to_bits() as i32;
                *sum = (rounded + zero).clamp(low, high) as u8;
            }
        });
    }
}
