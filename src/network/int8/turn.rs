//! Where bytes, channels last, meet real numbers, channels first.

use super::quantisation::Scale;

/// Real numbers, channels first, become bytes, channels last.
pub(super) fn quantise(scale: Scale, input: &[f32], channels: usize, output: &mut [u8]) {
    for (channel, plane) in input.chunks_exact(input.len() / channels).enumerate() {
        for (value, pixel) in plane.iter().zip(output.chunks_exact_mut(channels)) {
            pixel[channel] = scale.byte(*value);
        }
    }
}

/// Bytes, channels last, become real numbers, channels first.
pub(super) fn dequantise(scale: Scale, input: &[u8], channels: usize, output: &mut [f32]) {
    let table: [f32; 256] = std::array::from_fn(|byte| (byte as f32 - f32::from(scale.zero)) * scale.scale);
    for (channel, plane) in output.chunks_exact_mut(input.len() / channels).enumerate() {
        for (value, pixel) in plane.iter_mut().zip(input.chunks_exact(channels)) {
            *value = table[usize::from(pixel[channel])];
        }
    }
}
