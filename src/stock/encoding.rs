//! The bytes of a table as text, in whatever encoding a program has saved it.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Of the bytes at odd or at even places, this share is zero in UTF-16 without a mark.
const MIN_ZERO_SHARE: f64 = 0.3;

/// The text of a table without its byte order mark, and the name of its encoding where that is not UTF-8.
///
/// A mark tells the encoding; else what is UTF-8 is read as such, and what is not is guessed by its letters: a table in
/// Windows-1251 or 1252, as spreadsheets save it.
pub(super) fn decoded(bytes: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
    let encoding = Encoding::for_bom(bytes).map_or_else(|| guessed(bytes), |(marked, _)| marked);
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    (text, (encoding != UTF_8).then(|| encoding.name()))
}

fn guessed(bytes: &[u8]) -> &'static Encoding {
    let zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count() as f64;
    let enough = MIN_ZERO_SHARE * (bytes.len() / 2) as f64;
    if bytes.len() >= 4 && zeros(1) > enough {
        return UTF_16LE;
    }
    if bytes.len() >= 4 && zeros(0) > enough {
        return UTF_16BE;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{WINDOWS_1251, WINDOWS_1252};
    use proptest::prelude::*;

    use super::*;

    const RUSSIAN: &str = "artist,title\nЗемфира,Прости меня моя любовь\nКино,Группа крови\n";
    const FRENCH: &str = "artist,title\nMylène Farmer,Désenchantée\nCéline Dion,D’eux\n";

    #[test]
    fn tables_are_read_as_spreadsheets_save_them() {
        let utf_16 = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        for text in [RUSSIAN, FRENCH, "title\nKind of Blue\n"] {
            let marked = format!("\u{feff}{text}");
            assert_eq!(decoded(text.as_bytes()), (text.into(), None));
            assert_eq!(decoded(marked.as_bytes()), (text.into(), None));
            assert_eq!(decoded(&utf_16(&marked, u16::to_le_bytes)), (text.into(), Some("UTF-16LE")));
            assert_eq!(decoded(&utf_16(&marked, u16::to_be_bytes)), (text.into(), Some("UTF-16BE")));
        }
        for text in [FRENCH, "title\nKind of Blue\n"] {
            assert_eq!(decoded(&utf_16(text, u16::to_le_bytes)), (text.into(), Some("UTF-16LE")));
            assert_eq!(decoded(&utf_16(text, u16::to_be_bytes)), (text.into(), Some("UTF-16BE")));
        }
        let (russian, _, _) = WINDOWS_1251.encode(RUSSIAN);
        assert_eq!(decoded(&russian), (RUSSIAN.into(), Some("windows-1251")));
        let (french, _, _) = WINDOWS_1252.encode(FRENCH);
        assert_eq!(decoded(&french), (FRENCH.into(), Some("windows-1252")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_some_text(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decoded(&bytes);
        }

        #[test]
        fn text_in_utf_8_stays_as_it_is(text in "[^\0\u{feff}]{0,60}") {
            prop_assert_eq!(decoded(text.as_bytes()), (text.as_str().into(), None));
        }
    }
}
