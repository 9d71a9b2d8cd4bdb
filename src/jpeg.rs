//! What a JPEG file is made of, as far as one must know before a decoder is asked.
//!
//! Source: ITU-T T.81, annex B (markers and segments); Microsoft, "`OpenDML` AVI File Format Extensions", 1996
//! (motion JPEG without Huffman tables).

mod blocks;
mod huffman;
mod standard;

use std::borrow::Cow;

use blocks::Blocks;

/// Start of image, end of image, start of scan, define Huffman tables.
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const DHT: u8 = 0xC4;

/// Starts of frames with Huffman codes: baseline, extended sequential, progressive.
const SOF0: u8 = 0xC0;
const SOF1: u8 = 0xC1;
const SOF2: u8 = 0xC2;

/// The segment that marks a frame of motion JPEG: a decoder takes the standard tables where it finds none.
const AVI1: [u8; 9] = [0xFF, 0xE0, 0, 7, b'A', b'V', b'I', b'1', 0];

/// Whether bytes begin as a JPEG does.
fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, SOI])
}

/// Whether a JPEG lacks a part of its picture: decoders show that part in grey, as if it were whole. Bytes that are no
/// JPEG lack nothing.
pub(crate) fn is_cut_short(bytes: &[u8]) -> bool {
    is_jpeg(bytes)
        && match blocks::blocks(bytes) {
            Blocks::Whole => false,
            Blocks::Missing => true,
            Blocks::Unknown => !has_end(bytes),
        }
}

/// Whether an end marker follows the first scan. In a scan's data, 0xFF is followed by 0 or by a restart marker.
fn has_end(bytes: &[u8]) -> bool {
    let scan = segments(bytes, 2).find(|segment| segment.marker == SOS);
    scan.is_some_and(|scan| bytes[scan.end..].windows(2).any(|pair| pair == [0xFF, EOI]))
}

/// The name of a JPEG's compression, where it is one of those that hardly any program reads.
pub(crate) fn unsupported(bytes: &[u8]) -> Option<&'static str> {
    let mut segments = segments(bytes, 2).filter(|_| is_jpeg(bytes));
    let frame = segments.find(|segment| starts_frame(segment.marker))?;
    match frame.marker {
        0xC3 | 0xCB => Some("lossless"),
        0xC5..=0xC7 => Some("hierarchical"),
        0xC9..=0xCF => Some("arithmetic"),
        _ => (frame.content.first() == Some(&12)).then_some("12-bit"),
    }
}

/// Whether a marker starts a frame, of any compression. Of the same numbers, one defines Huffman tables, one is reserved,
/// and one sets up arithmetic coding.
fn starts_frame(marker: u8) -> bool {
    matches!(marker, SOF0..=0xCF) && !matches!(marker, DHT | 0xC8 | 0xCC)
}

/// Whether a decoder keeps all of a JPEG's coefficients until the last scan.
pub(crate) fn is_progressive(bytes: &[u8]) -> bool {
    segments(bytes, 2).any(|segment| segment.marker == SOF2)
}

/// How many scans a JPEG has; those of the pictures in its head are counted, too.
pub(crate) fn scans(bytes: &[u8]) -> usize {
    bytes.windows(2).filter(|pair| *pair == [0xFF, SOS]).count()
}

/// Stray bytes before a JPEG's start that are passed over, at most.
const MAX_STRAY_BYTES: usize = 512;

/// Bytes from the start of a JPEG on; all of them where none starts nearby.
pub(crate) fn from_start(bytes: &[u8]) -> &[u8] {
    let near = &bytes[..bytes.len().min(MAX_STRAY_BYTES)];
    &bytes[near.windows(3).position(|bytes| bytes == [0xFF, SOI, 0xFF]).unwrap_or(0)..]
}

/// A frame of motion JPEG with its Huffman tables: webcams leave them out where they are the standard ones.
pub(crate) fn with_tables(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bytes = from_start(bytes);
    let mut head = segments(bytes, 2).take_while(|segment| segment.marker != SOS);
    if !is_jpeg(bytes) || head.any(|segment| segment.marker == DHT) {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned([&bytes[..2], &AVI1, &bytes[2..]].concat())
}

/// A segment: a marker and what it says.
struct Segment<'a> {
    marker: u8,
    content: &'a [u8],
    /// Where it ends.
    end: usize,
}

/// The segments from a place on up to the next scan's data, or up to where there are none any more.
fn segments(bytes: &[u8], start: usize) -> impl Iterator<Item = Segment<'_>> {
    let mut place = Some(start);
    std::iter::from_fn(move || {
        // Stray bytes may stand before a marker, and any number of 0xFF.
        let at = place?;
        let mut pairs = bytes.get(at..)?.windows(2);
        let stray = pairs.position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF))?;
        let start = at + stray;
        let marker = bytes[start + 1];
        if marker == EOI {
            place = None;
            return None;
        }
        let length = bytes.get(start + 2..start + 4)?;
        let end = start + 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
        let content = bytes.get(start + 4..end)?;
        place = (marker != SOS).then_some(end);
        Some(Segment { marker, content, end })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tables, a progressive frame, a scan of a few bytes, and the end.
    const WHOLE: [u8; 25] = [
        0xFF, SOI, 0xFF, DHT, 0, 3, 9, 0xFF, 0xC2, 0, 4, 8, 0, 0xFF, SOS, 0, 2, 1, 2, 0xFF, 0, 3, 0xFF, EOI,
        7,
    ];

    #[test]
    fn what_is_not_walked_through_ends_with_its_marker_whatever_lies_behind_it() {
        assert!(!is_cut_short(&WHOLE));
        for length in 2..WHOLE.len() - 1 {
            assert!(is_cut_short(&WHOLE[..length]), "{length}");
        }
        assert!(!is_cut_short(b"no JPEG"));
    }

    #[test]
    fn stray_bytes_between_segments_are_passed_over() {
        let stray = [&WHOLE[..7], &[0, 9, 0xFF, 0, 7], &WHOLE[7..]].concat();
        let markers = |bytes: &[u8]| segments(bytes, 2).map(|segment| segment.marker).collect::<Vec<_>>();
        assert_eq!(markers(&stray), markers(&WHOLE));
    }

    #[test]
    fn rare_kinds_have_names() {
        let of = |marker: u8, bits: u8| unsupported(&[0xFF, SOI, 0xFF, marker, 0, 3, bits]);
        let rare = [of(0xC1, 12), of(0xC3, 8), of(0xC9, 8), of(0xCA, 8), of(0xC5, 8)];
        assert_eq!(
            rare.map(Option::unwrap_or_default),
            ["12-bit", "lossless", "arithmetic", "arithmetic", "hierarchical"]
        );
        assert_eq!([of(0xC0, 8), of(0xC2, 8), of(DHT, 12)], [None; 3]);
    }

    #[test]
    fn tables_are_marked_as_missing_only_where_they_are() {
        assert!(matches!(with_tables(&WHOLE), Cow::Borrowed(_)));
        let without = [&WHOLE[..2], &WHOLE[7..]].concat();
        assert_eq!(with_tables(&without).len(), without.len() + AVI1.len());
        assert!(matches!(with_tables(b"no JPEG"), Cow::Borrowed(_)));
        assert_eq!(*with_tables(&[b"stray", &WHOLE[..]].concat()), WHOLE);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let bytes = [&[0xFF, SOI, 0xFF][..], &bytes].concat();
            let _ = (is_cut_short(&bytes), with_tables(&bytes));
        }
    }
}
