//! What the kernels ask of a processor's vectors.
//!
//! Bytes are multiplied in *quads*: four bytes of one output channel that lie one after the other, so that one
//! instruction multiplies them and adds the products to that channel's sum. A *block* is as many channels as a vector
//! has bytes; its sums take four vectors. Packing bytes works within 128 bits, so the order of channels in the four is
//! that of [`channel`], and what is packed comes out in its natural order.

/// Vectors of one instruction set.
///
/// # Safety
///
/// Each function may be called only where the processor has the instruction set, and with pointers to as many bytes
/// as it says. All are inlined into functions that have the instruction set switched on (`super::x86`, `super::neon`).
pub(super) trait Lanes {
    /// The channels of a block: the bytes of a vector.
    const BLOCK: usize;
    /// Places that a dense kernel works on at once, at most 6: what fits into the registers.
    const ROWS: usize;
    /// Places that a depthwise kernel works on at once, at most 4.
    const COLUMNS: usize;
    /// Quads of bytes, ready to be multiplied.
    type Acts: Copy;
    /// Quads of weights, ready to be multiplied.
    type Weights: Copy;
    /// Sums of a quarter of a block.
    type Sums: Copy;
    /// The bytes of a block.
    type Bytes: Copy;

    /// Sums that begin with these, a quarter of a block.
    unsafe fn start(from: *const i32) -> Self::Sums;
    /// One quad, for all channels alike.
    unsafe fn splat(quad: *const u8) -> Self::Acts;
    /// A quad per channel of a quarter of a block.
    unsafe fn acts(quads: *const u8) -> Self::Acts;
    /// A quad of weights per channel of a quarter of a block.
    unsafe fn weights(quads: *const i8) -> Self::Weights;
    /// The sums with the quads' products added.
    unsafe fn dot(sums: Self::Sums, acts: Self::Acts, weights: Self::Weights) -> Self::Sums;
    /// Writes the quads of a block, four blocks long, from four rows of its bytes.
    unsafe fn interleave(rows: [*const u8; 4], to: *mut u8);
    /// The bytes that a block's sums become.
    unsafe fn requantise(sums: [Self::Sums; 4], ends: &Ends) -> Self::Bytes;
    /// Writes the first bytes of a block, all or fewer.
    unsafe fn store(bytes: Self::Bytes, to: *mut u8, count: usize);
}

/// How a block's sums become bytes: see [`crate::network::int8::Requantise`].
pub(super) struct Ends {
    /// A factor per channel, in the order of [`channel`].
    pub(super) factors: *const f32,
    /// A shift per channel, in the same order.
    pub(super) shifts: *const f32,
    /// The zero point.
    pub(super) zero: i16,
    /// The lowest byte.
    pub(super) low: u8,
    /// The highest byte.
    pub(super) high: u8,
}

/// The channel, within a block, at a place of its sums.
pub(super) fn channel(place: usize, block: usize) -> usize {
    let (lanes, quarter) = (block / 4, place / (block / 4));
    let lane = place % lanes;
    16 * (lane / 4) + 4 * quarter + lane % 4
}
