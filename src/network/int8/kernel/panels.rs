//! A layer's weights in the order in which the kernels read them.

use super::super::Convolution;
use super::lanes::{Ends, channel};

/// The bytes of a line of the cache: where packed weights begin.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([i8; 64]);

/// A layer's weights, a block of channels after the other, and what becomes of the sums.
#[derive(Debug)]
pub(super) struct Panels {
    weights: Vec<Line>,
    starts: Vec<i32>,
    factors: Vec<f32>,
    shifts: Vec<f32>,
    /// The first channel of each block. The last block may begin within the one before it, so that it is whole.
    pub(super) firsts: Vec<usize>,
    /// The channels of each block: all that a block has, but for layers that have fewer.
    pub(super) count: usize,
    /// The quads of weights per channel.
    quads: usize,
    block: usize,
    ends: (i16, u8, u8),
}

impl Panels {
    /// Packs a layer for blocks of this many channels, of whose bytes `offset` is taken first. `fill` writes the weights of
    /// a channel, quad by quad, over zeros.
    pub(super) fn pack(
        layer: &Convolution,
        [block, offset]: [usize; 2],
        quads: usize,
        fill: impl Fn(usize, &mut [i8]),
    ) -> Self {
        let channels = layer.outputs;
        let count = channels.min(block);
        let firsts: Vec<usize> =
            (0..channels.div_ceil(block)).map(|number| (number * block).min(channels - count)).collect();
        let mut packed = Self {
            weights: vec![Line([0; 64]); (firsts.len() * quads * block * 4).div_ceil(64)],
            starts: vec![0; firsts.len() * block],
            factors: vec![0.0; firsts.len() * block],
            shifts: vec![0.0; firsts.len() * block],
            count,
            quads,
            block,
            ends: (i16::from(layer.requantise.zero), layer.requantise.low, layer.requantise.high),
            firsts,
        };
        let mut filter = vec![0; quads * 4];
        for (number, first) in packed.firsts.iter().enumerate() {
            for place in 0..block {
                let within = channel(place, block);
                if within >= count {
                    continue;
                }
                let (at, channel) = (number * block + place, first + within);
                packed.starts[at] = (offset as i32 - i32::from(layer.zero)) * layer.sum(channel);
                packed.factors[at] = layer.requantise.factors[channel];
                packed.shifts[at] = layer.requantise.shifts[channel];
                fill(channel, &mut filter);
                for (quad, four) in filter.chunks_exact(4).enumerate() {
                    let at = ((number * quads + quad) * block + place) * 4;
                    packed.weights[at / 64].0[at % 64..][..4].copy_from_slice(four);
                }
            }
        }
        packed
    }

    /// The weights of a block.
    pub(super) fn weights(&self, number: usize) -> *const i8 {
        let at = number * self.quads * self.block * 4;
        assert!(number < self.firsts.len(), "there are as many blocks of weights as of channels");
        self.weights.as_ptr().cast::<i8>().wrapping_add(at)
    }

    /// What the sums of a block begin with.
    pub(super) fn starts(&self, number: usize) -> *const i32 {
        self.starts[number * self.block..][..self.block].as_ptr()
    }

    /// What becomes of the sums of a block.
    pub(super) fn ends(&self, number: usize) -> Ends {
        Ends {
            factors: self.factors[number * self.block..][..self.block].as_ptr(),
            shifts: self.shifts[number * self.block..][..self.block].as_ptr(),
            zero: self.ends.0,
            low: self.ends.1,
            high: self.ends.2,
        }
    }
}
