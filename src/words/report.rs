//! What speaks for each name that is found, for whoever fits how sure a match is.

use super::matching::matches;
use super::names::Names;
use super::{Line, WordsError};

/// Finds names in covers' lines.
///
/// The example `word_matches` writes what it finds; `sleevetrainer words fit` fits the confidence of names to it.
pub struct Matcher {
    names: Names,
}

/// A name that was found in a cover's lines.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchReport {
    /// As the table writes it.
    pub name: String,
    /// Its letters as they were read, folded, without spaces.
    pub read: String,
    /// What speaks for it and against it; `trainer/src/sleevetrainer/words/confidence.py` names them.
    pub features: Vec<f32>,
    /// The share of each genre of the tables; they sum to 1.
    pub shares: Vec<f32>,
    /// The pass and the place there of each line that names it.
    pub lines: Vec<(usize, usize)>,
    /// A title of the artist that stands on the cover as well.
    pub title: Option<String>,
    /// Whether it is a record label.
    pub is_label: bool,
}

impl Matcher {
    /// A matcher of the names in the bytes of `artists.tsv.gz`, `albums.tsv.gz` and `labels.tsv.gz`.
    ///
    /// # Errors
    ///
    /// [`WordsError::File`] where one is not what it should be.
    pub fn open(artists: &[u8], albums: &[u8], labels: &[u8]) -> Result<Self, WordsError> {
        Ok(Self { names: Names::open(artists, albums, labels)? })
    }

    /// The names in what several passes have read of one cover, those of most letters first.
    #[must_use]
    pub fn matches(&self, passes: &[Vec<Line>]) -> Vec<MatchReport> {
        let found = matches(&self.names, passes).into_iter().map(|found| {
            let name = self.names.get(found.name);
            MatchReport {
                name: name.written.to_string(),
                read: found.letters,
                features: found.features.to_vec(),
                shares: name.shares().to_vec(),
                lines: found.lines.into_iter().collect(),
                title: found.title.map(|title| title.written.to_string()),
                is_label: name.is_label,
            }
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn table(text: &str) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        out.write_all(text.as_bytes()).expect("memory takes all");
        out.finish().expect("memory takes all")
    }

    #[test]
    fn a_name_is_told_with_its_lines_its_shares_and_its_title() {
        let artists = table("Miles Davis\t4:80,7:20\t3\t1\t0\t0\n");
        let albums = table("0\tKind of Blue\t1959\n");
        let matcher = Matcher::open(&artists, &albums, &table("")).expect("tables");
        let line = |text: &str, top: f32| Line {
            text: text.into(),
            confidence: 0.95,
            corners: [[0.1, top], [0.9, top], [0.9, top + 0.1], [0.1, top + 0.1]],
        };
        let passes = [vec![line("MILES DAVIS", 0.1), line("Kind of Blue", 0.8)], vec![]];
        let found = matcher.matches(&passes);
        let [found] = found.as_slice() else { panic!("one name: {found:?}") };
        assert_eq!((found.name.as_str(), found.read.as_str()), ("Miles Davis", "milesdavis"));
        assert_eq!(found.lines, [(0, 0)]);
        assert_eq!(found.title.as_deref(), Some("Kind of Blue"));
        assert!((found.shares[4] - 0.8).abs() < 1e-6 && (found.shares[7] - 0.2).abs() < 1e-6);
        // Of two passes, one has read it.
        assert!((found.features[15] - 0.5).abs() < 1e-6 && !found.is_label);
        assert!(matcher.matches(&[vec![line("nobody at all", 0.1)]]).is_empty());
    }
}
