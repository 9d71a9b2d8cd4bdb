//! Where bytes, channels last, meet real numbers, channels first.

use super::kernel::with_vectors;
use super::quantisation::Scale;

/// Places that are turned at once: few enough to stay in the first-level cache.
const PLACES: usize = 256;

/// What a number below 2^22 is added to, so that it is rounded, half to even, and its last bits are the number:
/// 1.5 * 2^23. Every compiler makes vectors of it.
pub(super) const ROUNDER: f32 = 12_582_912.0;

/// Real numbers, channels first, become bytes, channels last.
pub(super) fn quantise(scale: Scale, input: &[f32], channels: usize, output: &mut [u8]) {
    let plane = input.len() / channels;
    let mut turned = [0; PLACES];
    for first in (0..plane).step_by(PLACES) {
        let places = PLACES.min(plane - first);
        let pixels = &mut output[first * channels..][..places * channels];
        for channel in 0..channels {
            let values = &input[channel * plane + first..][..places];
            with_vectors(|| round(scale, values, &mut turned));
            for (pixel, byte) in pixels.chunks_exact_mut(channels).zip(&turned) {
                pixel[channel] = *byte;
            }
        }
    }
}

/// The bytes of a run of values.
#[inline(always)]
fn round(scale: Scale, values: &[f32], bytes: &mut [u8; PLACES]) {
    for (byte, value) in bytes.iter_mut().zip(values) {
        let real = (value / scale.scale).clamp(-1024.0, 1024.0);
        let rounded = (real + ROUNDER).to_bits() as i32 - ROUNDER.to_bits() as i32;
        *byte = (rounded + i32::from(scale.zero)).clamp(0, 255) as u8;
    }
}

/// Bytes, channels last, become real numbers, channels first.
pub(super) fn dequantise(scale: Scale, input: &[u8], channels: usize, output: &mut [f32]) {
    let plane = input.len() / channels;
    let zero = i32::from(scale.zero);
    with_vectors(move || {
        for (channel, plane) in output.chunks_exact_mut(plane).enumerate() {
            for (value, byte) in plane.iter_mut().zip(input[channel..].iter().step_by(channels)) {
                *value = (i32::from(*byte) - zero) as f32 * scale.scale;
            }
        }
    });
}
