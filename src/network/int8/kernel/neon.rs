//! 64-bit ARM: vectors of 128 bits.
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "each function is a few instructions, under the one contract of `Lanes`"
)]

use std::arch::aarch64::*;
use std::arch::asm;
use std::marker::PhantomData;

use super::lanes::{Ends, Lanes};
use super::{Job, dense, depthwise};

/// Vectors of 128 bits whose quads are multiplied in one of two ways. Bytes are signed: 128 is taken from each.
pub(super) struct Quad<P>(PhantomData<P>);

/// How quads are multiplied. The contract is that of [`Lanes`].
pub(super) trait Product {
    const ROWS: usize;
    type Sums: Copy;
    unsafe fn start(from: int32x4_t) -> Self::Sums;
    unsafe fn dot(sums: Self::Sums, acts: int8x16_t, weights: int8x16_t) -> Self::Sums;
    unsafe fn total(sums: Self::Sums) -> int32x4_t;
}

/// Products of 16 bits, added in pairs: sums lie in two vectors until all are added.
pub(super) struct Pairs;

/// The dot product, which stable Rust has no intrinsic for.
pub(super) struct Dot;

impl Product for Pairs {
    const ROWS: usize = 2;
    type Sums = [int32x4_t; 2];

    #[inline(always)]
    unsafe fn start(from: int32x4_t) -> Self::Sums {
        let none = vdupq_n_s32(0);
        [vzip1q_s32(from, none), vzip2q_s32(from, none)]
    }

    #[inline(always)]
    unsafe fn dot(sums: Self::Sums, acts: int8x16_t, weights: int8x16_t) -> Self::Sums {
        let first = vmull_s8(vget_low_s8(acts), vget_low_s8(weights));
        [vpadalq_s16(sums[0], first), vpadalq_s16(sums[1], vmull_high_s8(acts, weights))]
    }

    #[inline(always)]
    unsafe fn total(sums: Self::Sums) -> int32x4_t {
        vpaddq_s32(sums[0], sums[1])
    }
}

impl Product for Dot {
    const ROWS: usize = 6;
    type Sums = int32x4_t;

    #[inline(always)]
    unsafe fn start(from: int32x4_t) -> int32x4_t {
        from
    }

    #[inline(always)]
    unsafe fn dot(sums: int32x4_t, acts: int8x16_t, weights: int8x16_t) -> int32x4_t {
        let mut sums = sums;
        asm!(
            ".arch_extension dotprod",
            "sdot {sums:v}.4s, {acts:v}.16b, {weights:v}.16b",
            sums = inout(vreg) sums,
            acts = in(vreg) acts,
            weights = in(vreg) weights,
            options(pure, nomem, nostack, preserves_flags),
        );
        sums
    }

    #[inline(always)]
    unsafe fn total(sums: int32x4_t) -> int32x4_t {
        sums
    }
}

impl<P: Product> Lanes for Quad<P> {
    const BLOCK: usize = 16;
    const ROWS: usize = P::ROWS;
    const COLUMNS: usize = 2;
    type Acts = int8x16_t;
    type Weights = int8x16_t;
    type Sums = P::Sums;
    type Bytes = uint8x16_t;

    #[inline(always)]
    unsafe fn start(from: *const i32) -> P::Sums {
        P::start(vld1q_s32(from))
    }

    #[inline(always)]
    unsafe fn splat(quad: *const u8) -> int8x16_t {
        let quads = vreinterpretq_u8_u32(vdupq_n_u32(quad.cast::<u32>().read_unaligned()));
        vreinterpretq_s8_u8(veorq_u8(quads, vdupq_n_u8(0x80)))
    }

    #[inline(always)]
    unsafe fn acts(quads: *const u8) -> int8x16_t {
        vreinterpretq_s8_u8(veorq_u8(vld1q_u8(quads), vdupq_n_u8(0x80)))
    }

    #[inline(always)]
    unsafe fn weights(quads: *const i8) -> int8x16_t {
        vld1q_s8(quads)
    }

    #[inline(always)]
    unsafe fn dot(sums: P::Sums, acts: int8x16_t, weights: int8x16_t) -> P::Sums {
        P::dot(sums, acts, weights)
    }

    #[inline(always)]
    unsafe fn interleave(rows: [*const u8; 4], to: *mut u8) {
        let rows = uint8x16x4_t(vld1q_u8(rows[0]), vld1q_u8(rows[1]), vld1q_u8(rows[2]), vld1q_u8(rows[3]));
        vst4q_u8(to, rows);
    }

    #[inline(always)]
    unsafe fn requantise(sums: [P::Sums; 4], ends: &Ends) -> uint8x16_t {
        let mut rounded = [vdup_n_s16(0); 4];
        for (quarter, rounded) in rounded.iter_mut().enumerate() {
            let factors = vld1q_f32(ends.factors.add(4 * quarter));
            let shifts = vld1q_f32(ends.shifts.add(4 * quarter));
            let values = vfmaq_f32(shifts, vcvtq_f32_s32(P::total(sums[quarter])), factors);
            *rounded = vqmovn_s32(vcvtnq_s32_f32(values));
        }
        let zero = vdupq_n_s16(ends.zero);
        let first = vqmovun_s16(vqaddq_s16(vcombine_s16(rounded[0], rounded[1]), zero));
        let last = vqmovun_s16(vqaddq_s16(vcombine_s16(rounded[2], rounded[3]), zero));
        vminq_u8(vmaxq_u8(vcombine_u8(first, last), vdupq_n_u8(ends.low)), vdupq_n_u8(ends.high))
    }

    #[inline(always)]
    unsafe fn store(bytes: uint8x16_t, to: *mut u8, count: usize) {
        match count {
            16 => vst1q_u8(to, bytes),
            8 => vst1_u8(to, vget_low_u8(bytes)),
            _ => {
                let mut whole = [0_u8; 16];
                vst1q_u8(whole.as_mut_ptr(), bytes);
                whole.as_ptr().copy_to_nonoverlapping(to, count);
            }
        }
    }
}

#[target_feature(enable = "neon")]
pub(super) unsafe fn dense_pairs(job: &Job<'_, dense::Dense>) {
    dense::run::<Quad<Pairs>>(job);
}

#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn dense_dot(job: &Job<'_, dense::Dense>) {
    dense::run::<Quad<Dot>>(job);
}

#[target_feature(enable = "neon")]
pub(super) unsafe fn depthwise_pairs(job: &Job<'_, depthwise::Depthwise>) {
    depthwise::run::<Quad<Pairs>>(job);
}

#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn depthwise_dot(job: &Job<'_, depthwise::Depthwise>) {
    depthwise::run::<Quad<Dot>>(job);
}
