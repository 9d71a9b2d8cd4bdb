//! What a JPEG file is made of, as far as one must know before a decoder is asked.
//!
//! Source: ITU-T T.81, annex B (markers and segments); Microsoft, "`OpenDML` AVI File Format Extensions", 1996
//! (motion JPEG without Huffman tables).

use std::borrow::Cow;

/// Start of image, end of image, start of scan, define Huffman tables.
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const DHT: u8 = 0xC4;

/// Start of frame, progressive.
const SOF2: u8 = 0xC2;

/// The segment that marks a frame of motion JPEG: a decoder takes the standard tables where it finds none.
const AVI1: [u8; 9] = [0xFF, 0xE0, 0, 7, b'A', b'V', b'I', b'1', 0];

/// Whether bytes begin as a JPEG does.
fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, SOI])
}

/// Whether a JPEG ends before its picture does: decoders show the rest of such a picture in grey, as if it
/// were whole. Bytes that are no JPEG are none that is cut short.
pub(crate) fn is_cut_short(bytes: &[u8]) -> bool {
    // In the data of a scan, 0xFF is followed by 0 or by a restart marker, so the marker of the end is one.
    is_jpeg(bytes)
        && segments(bytes)
            .find(|segment| segment.marker == SOS)
            .is_none_or(|scan| !bytes[scan.start..].windows(2).any(|pair| pair == [0xFF, EOI]))
}

/// Whether a decoder keeps all of a JPEG's coefficients until the last scan.
pub(crate) fn is_progressive(bytes: &[u8]) -> bool {
    segments(bytes).any(|segment| segment.marker == SOF2)
}

/// How many scans a JPEG has; those of the pictures in its head are counted, too.
pub(crate) fn scans(bytes: &[u8]) -> usize {
    bytes.windows(2).filter(|pair| *pair == [0xFF, SOS]).count()
}

/// A frame of motion JPEG with its Huffman tables: webcams leave them out where they are the standard ones.
pub(crate) fn with_tables(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut head = segments(bytes).take_while(|segment| segment.marker != SOS);
    if !is_jpeg(bytes) || head.any(|segment| segment.marker == DHT) {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned([&bytes[..2], &AVI1, &bytes[2..]].concat())
}

/// A segment before the first scan's data.
struct Segment {
    marker: u8,
    /// Where it starts: the place of its marker.
    start: usize,
}

/// The segments up to the first scan, or up to where there are none any more.
fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment> {
    let mut place = Some(2);
    std::iter::from_fn(move || {
        let mut start = place?;
        // Any number of 0xFF may stand before a marker.
        while bytes.get(start) == Some(&0xFF) && bytes.get(start + 1) == Some(&0xFF) {
            start += 1;
        }
        let (Some(0xFF), Some(&marker)) = (bytes.get(start), bytes.get(start + 1)) else { return None };
        let length = bytes.get(start + 2..start + 4)?;
        let next = start + 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
        place = (marker != SOS).then_some(next);
        Some(Segment { marker, start })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tables, a scan of a few bytes, and the end.
    const WHOLE: [u8; 19] = [0xFF, SOI, 0xFF, DHT, 0, 3, 9, 0xFF, SOS, 0, 2, 1, 2, 0xFF, 0, 3, 0xFF, EOI, 7];

    #[test]
    fn a_jpeg_ends_with_its_marker_whatever_lies_behind_it() {
        assert!(!is_cut_short(&WHOLE));
        for length in 2..WHOLE.len() - 1 {
            assert!(is_cut_short(&WHOLE[..length]), "{length}");
        }
        assert!(!is_cut_short(b"no JPEG"));
    }

    #[test]
    fn tables_are_marked_as_missing_only_where_they_are() {
        assert!(matches!(with_tables(&WHOLE), Cow::Borrowed(_)));
        let without = [&WHOLE[..2], &WHOLE[7..]].concat();
        assert_eq!(with_tables(&without).len(), without.len() + AVI1.len());
        assert!(matches!(with_tables(b"no JPEG"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let bytes = [&[0xFF, SOI, 0xFF][..], &bytes].concat();
            let _ = (is_cut_short(&bytes), with_tables(&bytes));
        }
    }
}
