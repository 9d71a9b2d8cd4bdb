//! Text reduced to what matching compares.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds a text: lower case, accents removed, `ё` as `е`, all else than letters and digits as single spaces.
///
/// Letters of any script stay. `й` keeps its breve: it is a letter of its own.
///
/// ```
/// use sleevesight::words::folded;
///
/// assert_eq!(folded("  Sigur Rós: ( )"), "sigur ros");
/// assert_eq!(folded("Земфира & Ёлка"), "земфира елка");
/// ```
#[must_use]
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        push_plain(&mut folded, text.chars().map(|letter| letter.to_ascii_lowercase()));
        return folded;
    }
    // `й` is kept whole: taken apart, it would become `и`.
    let plain = text.chars().flat_map(char::to_lowercase).nfc().flat_map(|letter| {
        let kept = (letter == 'й').then_some(letter);
        let parts = (letter != 'й').then(|| letter.nfkd().filter(|part| !is_combining_mark(*part)));
        kept.into_iter().chain(parts.into_iter().flatten())
    });
    push_plain(&mut folded, plain.flat_map(char::to_lowercase));
    folded
}

/// Adds letters and digits, and a single space for what parts them.
fn push_plain(folded: &mut String, letters: impl Iterator<Item = char>) {
    for letter in letters {
        if letter.is_alphanumeric() {
            folded.push(letter);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
}

/// A text folded and without spaces, as names are matched.
///
/// ```
/// use sleevesight::words::squashed;
///
/// assert_eq!(squashed("Miles Davis"), "milesdavis");
/// ```
#[must_use]
pub fn squashed(text: &str) -> String {
    let mut letters = folded(text);
    letters.retain(|letter| letter != ' ');
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The trainer's tests read the same file.
    const PAIRS: &str = include_str!("../../tests/words/fold.json");

    #[test]
    fn texts_are_folded_as_the_trainer_folds_them() {
        let pairs: Vec<(String, String)> = serde_json::from_str(PAIRS).expect("pairs of texts");
        assert!(pairs.len() > 20);
        for (text, wanted) in pairs {
            assert_eq!(folded(&text), wanted, "{text:?}");
        }
    }
}
