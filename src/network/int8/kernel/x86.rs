//! x86-64: vectors of 256 bits.
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "each function is a few instructions, under the one contract of `Lanes`"
)]

use std::arch::x86_64::*;
use std::marker::PhantomData;

use super::lanes::{Ends, Lanes};
use super::{Job, Loops, dense, depthwise};

/// Vectors of 256 bits whose quads are multiplied in one of three ways.
pub(super) struct Ymm<P>(PhantomData<P>);

/// How quads are multiplied. The contract is that of [`Lanes`].
pub(super) trait Product {
    const ROWS: usize;
    const COLUMNS: usize;
    type Acts: Copy;
    type Weights: Copy;
    unsafe fn acts(quads: __m256i) -> Self::Acts;
    unsafe fn weights(quads: __m256i) -> Self::Weights;
    unsafe fn dot(sums: __m256i, acts: Self::Acts, weights: Self::Weights) -> __m256i;
}

/// AVX2 has no exact product of bytes (`vpmaddubsw` saturates): even and odd bytes are made 16 bits wide.
pub(super) struct Wide;

/// AVX-VNNI.
pub(super) struct Vnni;

/// AVX-512 VNNI: the same, and twice the registers.
pub(super) struct Vnni512;

impl Product for Wide {
    const ROWS: usize = 2;
    const COLUMNS: usize = 2;
    type Acts = [__m256i; 2];
    type Weights = [__m256i; 2];

    #[inline(always)]
    unsafe fn acts(quads: __m256i) -> Self::Acts {
        [_mm256_and_si256(quads, _mm256_set1_epi16(0xff)), _mm256_srli_epi16::<8>(quads)]
    }

    #[inline(always)]
    unsafe fn weights(quads: __m256i) -> Self::Weights {
        [_mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(quads)), _mm256_srai_epi16::<8>(quads)]
    }

    #[inline(always)]
    unsafe fn dot(sums: __m256i, acts: Self::Acts, weights: Self::Weights) -> __m256i {
        let even = _mm256_madd_epi16(acts[0], weights[0]);
        let odd = _mm256_madd_epi16(acts[1], weights[1]);
        _mm256_add_epi32(sums, _mm256_add_epi32(even, odd))
    }
}

impl Product for Vnni {
    const ROWS: usize = 2;
    const COLUMNS: usize = 2;
    type Acts = __m256i;
    type Weights = __m256i;

    #[inline(always)]
    unsafe fn acts(quads: __m256i) -> __m256i {
        quads
    }

    #[inline(always)]
    unsafe fn weights(quads: __m256i) -> __m256i {
        quads
    }

    #[inline(always)]
    unsafe fn dot(sums: __m256i, acts: __m256i, weights: __m256i) -> __m256i {
        _mm256_dpbusd_avx_epi32(sums, acts, weights)
    }
}

impl Product for Vnni512 {
    const ROWS: usize = 6;
    const COLUMNS: usize = 4;
    type Acts = __m256i;
    type Weights = __m256i;

    #[inline(always)]
    unsafe fn acts(quads: __m256i) -> __m256i {
        quads
    }

    #[inline(always)]
    unsafe fn weights(quads: __m256i) -> __m256i {
        quads
    }

    #[inline(always)]
    unsafe fn dot(sums: __m256i, acts: __m256i, weights: __m256i) -> __m256i {
        _mm256_dpbusd_epi32(sums, acts, weights)
    }
}

impl<P: Product> Lanes for Ymm<P> {
    const BLOCK: usize = 32;
    const ROWS: usize = P::ROWS;
    const COLUMNS: usize = P::COLUMNS;
    type Acts = P::Acts;
    type Weights = P::Weights;
    type Sums = __m256i;
    type Bytes = __m256i;

    #[inline(always)]
    unsafe fn start(from: *const i32) -> __m256i {
        _mm256_loadu_si256(from.cast())
    }

    #[inline(always)]
    unsafe fn splat(quad: *const u8) -> P::Acts {
        P::acts(_mm256_set1_epi32(quad.cast::<i32>().read_unaligned()))
    }

    #[inline(always)]
    unsafe fn acts(quads: *const u8) -> P::Acts {
        P::acts(_mm256_loadu_si256(quads.cast()))
    }

    #[inline(always)]
    unsafe fn weights(quads: *const i8) -> P::Weights {
        P::weights(_mm256_loadu_si256(quads.cast()))
    }

    #[inline(always)]
    unsafe fn dot(sums: __m256i, acts: P::Acts, weights: P::Weights) -> __m256i {
        P::dot(sums, acts, weights)
    }

    #[inline(always)]
    unsafe fn interleave(rows: [*const u8; 4], to: *mut u8) {
        let [a, b, c, d] = rows.map(|row| unsafe {
            // SAFETY: the caller's pointers lead to a block of bytes each.
            _mm256_loadu_si256(row.cast())
        });
        let (ab, cd) = (_mm256_unpacklo_epi8(a, b), _mm256_unpacklo_epi8(c, d));
        let to = to.cast::<__m256i>();
        _mm256_storeu_si256(to, _mm256_unpacklo_epi16(ab, cd));
        _mm256_storeu_si256(to.add(1), _mm256_unpackhi_epi16(ab, cd));
        let (ab, cd) = (_mm256_unpackhi_epi8(a, b), _mm256_unpackhi_epi8(c, d));
        _mm256_storeu_si256(to.add(2), _mm256_unpacklo_epi16(ab, cd));
        _mm256_storeu_si256(to.add(3), _mm256_unpackhi_epi16(ab, cd));
    }

    #[inline(always)]
    unsafe fn requantise(sums: [__m256i; 4], ends: &Ends) -> __m256i {
        let mut rounded = sums;
        for (quarter, sums) in rounded.iter_mut().enumerate() {
            let factors = _mm256_loadu_ps(ends.factors.add(8 * quarter));
            let shifts = _mm256_loadu_ps(ends.shifts.add(8 * quarter));
            // Rounds half to even: nobody changes the mode that a thread begins with.
            *sums = _mm256_cvtps_epi32(_mm256_fmadd_ps(_mm256_cvtepi32_ps(*sums), factors, shifts));
        }
        let zero = _mm256_set1_epi16(ends.zero);
        let first = _mm256_adds_epi16(_mm256_packs_epi32(rounded[0], rounded[1]), zero);
        let last = _mm256_adds_epi16(_mm256_packs_epi32(rounded[2], rounded[3]), zero);
        let bytes = _mm256_packus_epi16(first, last);
        let bytes = _mm256_max_epu8(bytes, _mm256_set1_epi8(ends.low.cast_signed()));
        _mm256_min_epu8(bytes, _mm256_set1_epi8(ends.high.cast_signed()))
    }

    #[inline(always)]
    unsafe fn store(bytes: __m256i, to: *mut u8, count: usize) {
        if count == 32 {
            _mm256_storeu_si256(to.cast(), bytes);
        } else if count.is_multiple_of(4) {
            let places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            let mask = _mm256_cmpgt_epi32(_mm256_set1_epi32((count / 4) as i32), places);
            _mm256_maskstore_epi32(to.cast(), mask, bytes);
        } else {
            let mut whole = [0_u8; 32];
            _mm256_storeu_si256(whole.as_mut_ptr().cast(), bytes);
            whole.as_ptr().copy_to_nonoverlapping(to, count);
        }
    }
}

#[target_feature(enable = "avx2")]
pub(super) unsafe fn with_vectors(loops: impl Loops) {
    loops.run();
}

#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn dense_wide(job: &Job<'_, dense::Dense>) {
    dense::run::<Ymm<Wide>>(job);
}

#[target_feature(enable = "avx2,fma,avxvnni")]
pub(super) unsafe fn dense_vnni(job: &Job<'_, dense::Dense>) {
    dense::run::<Ymm<Vnni>>(job);
}

#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) unsafe fn dense_vnni512(job: &Job<'_, dense::Dense>) {
    dense::run::<Ymm<Vnni512>>(job);
}

#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn depthwise_wide(job: &Job<'_, depthwise::Depthwise>) {
    depthwise::run::<Ymm<Wide>>(job);
}

#[target_feature(enable = "avx2,fma,avxvnni")]
pub(super) unsafe fn depthwise_vnni(job: &Job<'_, depthwise::Depthwise>) {
    depthwise::run::<Ymm<Vnni>>(job);
}

#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) unsafe fn depthwise_vnni512(job: &Job<'_, depthwise::Depthwise>) {
    depthwise::run::<Ymm<Vnni512>>(job);
}
