//! Words that are looked for in a record's texts.

use crate::words::squashed;

/// A text of a record, in the forms in which words are looked for in it.
pub(super) struct Field {
    lower: String,
    squashed: String,
}

impl Field {
    pub(super) fn new(text: &str) -> Self {
        Self { lower: text.to_lowercase(), squashed: squashed(text) }
    }
}

/// A word that is looked for.
pub(super) enum Word {
    /// It has letters or digits: `n'` is found in `N’ Roses`, and `dont` in `Don't`.
    Plain(String),
    /// It has signs alone, as the album `( )` has.
    Signs(String),
}

impl Word {
    pub(super) fn new(word: &str) -> Self {
        let plain = squashed(word);
        if plain.is_empty() { Self::Signs(word.to_lowercase()) } else { Self::Plain(plain) }
    }

    pub(super) fn is_in(&self, field: &Field) -> bool {
        match self {
            Self::Plain(letters) => field.squashed.contains(letters),
            Self::Signs(signs) => field.lower.contains(signs),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(word: &str, text: &str) -> bool {
        Word::new(word).is_in(&Field::new(text))
    }

    #[test]
    fn a_word_is_found_however_it_is_written() {
        for (word, text) in [
            ("Björk", "Bjo\u{308}rk"),
            ("bjork", "Björk"),
            ("ros", "Sigur Rós"),
            ("motley", "Mötley Crüe"),
            ("елка", "Ёлка"),
            ("n'", "Guns N’ Roses"),
            ("dont", "Don’t Look Back"),
            ("don't", "Dont Look Back"),
            ("( )", "( )"),
            ("AC/DC", "ACDC"),
            ("ПЛАСТ", "Пластинка"),
        ] {
            assert!(finds(word, text), "{word} in {text}");
        }
        for (word, text) in [("miles", "Mike Oldfield"), ("&", "Simon and Garfunkel"), ("й", "и")] {
            assert!(!finds(word, text), "{word} in {text}");
        }
    }

    proptest! {
        #[test]
        fn each_word_of_a_text_is_found_in_it(text in "\\PC{0,30}") {
            for word in text.split_whitespace() {
                prop_assert!(finds(word, &text), "{:?} in {:?}", word, text);
            }
        }
    }
}
