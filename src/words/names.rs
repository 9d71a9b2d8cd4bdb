//! The names that are looked for: artists and record labels, what sources say of them, and the artists' titles.
//!
//! Tables are tab-separated UTF-8, compressed by gzip; `docs/bundle.md` describes them. Names are held in a finite-state
//! index.
//!
//! Source: Gallant, "Index 1,600,000,000 Keys with Automata and Rust" (2015), of the crate `fst`.

use std::io::Read;

use flate2::read::GzDecoder;
use fst::raw::{Fst, Node, Output};
use fst::{Map, MapBuilder};

use super::{WordsError, squashed};

/// The file of artists in the `words` folder.
pub(super) const ARTISTS: &str = "artists.tsv.gz";

/// The file of their albums.
pub(super) const ALBUMS: &str = "albums.tsv.gz";

/// The file of record labels.
pub(super) const LABELS: &str = "labels.tsv.gz";

/// The genres that tables number, from 0; the last stands for all others.
pub(super) const TABLE_GENRES: [&str; 17] = [
    "classical",
    "country",
    "electronic",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "rock",
    "blues",
    "reggae",
    "soul_rnb",
    "folk",
    "punk",
    "latin",
    "world",
    "soundtrack",
    "other",
];

/// The most bytes of a table, uncompressed.
const MAX_TABLE_BYTES: u64 = 1 << 26;

/// The most genres of a name.
const MAX_GENRES: usize = 4;

/// An artist or a record label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    /// As its bearer writes it.
    pub(super) written: Box<str>,
    /// Genres by their number in the tables, and the share of each.
    genres: [(u8, u8); MAX_GENRES],
    /// Independent sources that know it.
    pub(super) sources: u8,
    /// Its albums that the tables know.
    pub(super) albums: u16,
    /// Titles of others that hold it.
    pub(super) common: u16,
    /// Whether lists of metal bands alone know it: most are obscure, and many are ordinary words.
    pub(super) obscure: bool,
    pub(super) is_label: bool,
}

impl Name {
    /// The share of each genre of the tables; they sum to 1.
    pub(super) fn shares(&self) -> [f32; TABLE_GENRES.len()] {
        let mut shares = [0.0; TABLE_GENRES.len()];
        for (genre, share) in self.genres {
            shares[usize::from(genre)] += f32::from(share);
        }
        let sum: f32 = shares.iter().sum();
        shares.map(|share| share / sum.max(1.0))
    }
}

/// An album's title and the year of its release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Title {
    pub(super) written: Box<str>,
    pub(super) year: Option<i32>,
}

/// All names, found by their letters without spaces.
pub(super) struct Names {
    index: Map<Vec<u8>>,
    names: Vec<Name>,
    /// Titles by the artist's place in `names`, in that order.
    titles: Vec<(u32, Title)>,
}

impl Names {
    /// Reads the tables.
    ///
    /// # Errors
    ///
    /// [`WordsError::File`] where one is not what it should be.
    pub(super) fn open(artists: &[u8], albums: &[u8], labels: &[u8]) -> Result<Self, WordsError> {
        let mut names = Vec::new();
        for row in rows(ARTISTS, artists)?.lines() {
            names.push(
                name(row, false)
                    .ok_or_else(|| WordsError::file(ARTISTS, format!("its row {row:?} is none")))?,
            );
        }
        let known = names.len();
        for row in rows(LABELS, labels)?.lines() {
            names.push(
                name(row, true)
                    .ok_or_else(|| WordsError::file(LABELS, format!("its row {row:?} is none")))?,
            );
        }
        let mut titles = Vec::new();
        for row in rows(ALBUMS, albums)?.lines() {
            let title = title(row).filter(|(artist, _)| (*artist as usize) < known);
            titles.push(title.ok_or_else(|| WordsError::file(ALBUMS, format!("its row {row:?} is none")))?);
        }
        titles.sort_by_key(|(artist, _)| *artist);
        Ok(Self { index: index(&names), names, titles })
    }

    /// The name of these letters.
    pub(super) fn exact(&self, letters: &str) -> Option<usize> {
        self.index.get(letters).map(|place| place as usize)
    }

    /// The names that differ from these letters by one edit, but are not these: a letter that is another, one too many
    /// or too few, or two neighbours that are exchanged. At most `most`.
    pub(super) fn with_one_edit(&self, letters: &str, most: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let (fst, letters) = (self.index.as_fst(), letters.as_bytes());
        let (mut node, mut output) = (fst.root(), Output::zero());
        for place in 0..=letters.len() {
            let rest = &letters[place..];
            let mut end = |node: Node<'_>, output: Output, rest: &[u8]| {
                if let Some(name) = follow(fst, node, output, rest).and_then(|(node, output)| {
                    node.is_final().then(|| output.cat(node.final_output()).value() as usize)
                }) && !found.contains(&name)
                {
                    found.push(name);
                }
            };
            for step in node.transitions() {
                let (next, so_far) = (fst.node(step.addr), output.cat(step.out));
                end(next, so_far, rest);
                if rest.first().is_some_and(|letter| *letter != step.inp) {
                    end(next, so_far, &rest[1..]);
                }
            }
            if let [first, second, others @ ..] = rest {
                end(node, output, &rest[1..]);
                if first != second
                    && let Some((next, so_far)) = follow(fst, node, output, &[*second, *first])
                {
                    end(next, so_far, others);
                }
            } else if !rest.is_empty() {
                end(node, output, &[]);
            }
            if found.len() >= most {
                break;
            }
            let Some((next, so_far)) = rest.first().and_then(|letter| follow(fst, node, output, &[*letter]))
            else {
                break;
            };
            (node, output) = (next, so_far);
        }
        let exact = std::str::from_utf8(letters).ok().and_then(|letters| self.exact(letters));
        found.retain(|name| Some(*name) != exact);
        found.truncate(most);
        found
    }

    pub(super) fn get(&self, place: usize) -> &Name {
        &self.names[place]
    }

    /// The titles of an artist.
    pub(super) fn titles(&self, artist: usize) -> impl Iterator<Item = &Title> {
        let artist = artist as u32;
        let first = self.titles.partition_point(|(of, _)| *of < artist);
        self.titles[first..].iter().take_while(move |(of, _)| *of == artist).map(|(_, title)| title)
    }
}

/// Where these letters lead from a node.
fn follow<'f>(
    fst: &'f Fst<Vec<u8>>,
    mut node: Node<'f>,
    mut output: Output,
    letters: &[u8],
) -> Option<(Node<'f>, Output)> {
    for letter in letters {
        let step = node.transition(node.find_input(*letter)?);
        output = output.cat(step.out);
        node = fst.node(step.addr);
    }
    Some((node, output))
}

/// Names by their letters; of names with the same letters, the one that most sources know. A leading "The" may be left out.
fn index(names: &[Name]) -> Map<Vec<u8>> {
    let mut keys: Vec<(String, usize)> = Vec::with_capacity(names.len() + names.len() / 8);
    for (place, name) in names.iter().enumerate() {
        let letters = squashed(&name.written);
        if name.written.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("the ")) && letters.len() > 6
        {
            keys.push((letters[3..].to_owned(), place));
        }
        keys.push((letters, place));
    }
    let weight = |place: usize| (names[place].sources, names[place].albums);
    keys.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| weight(*y).cmp(&weight(*x))));
    keys.dedup_by(|(later, _), (earlier, _)| later == earlier);
    let mut builder = MapBuilder::memory();
    for (letters, place) in keys {
        builder.insert(letters, place as u64).expect("keys are in order, and each is there once");
    }
    builder.into_map()
}

/// A table's text.
fn rows(file: &str, compressed: &[u8]) -> Result<String, WordsError> {
    let mut text = String::new();
    let read = GzDecoder::new(compressed).take(MAX_TABLE_BYTES).read_to_string(&mut text);
    match read {
        Ok(bytes) if (bytes as u64) < MAX_TABLE_BYTES => Ok(text),
        Ok(_) => Err(WordsError::file(file, "it is too large")),
        Err(error) => Err(WordsError::file(file, format!("it cannot be read ({error})"))),
    }
}

/// A row `name, genres, sources, albums, common, obscure`; genres as `4:80,7:20`.
fn name(row: &str, is_label: bool) -> Option<Name> {
    let mut fields = row.split('\t');
    let written =
        fields.next().filter(|written| !written.is_empty() && !written.chars().any(char::is_control))?;
    let mut genres = [(0, 0); MAX_GENRES];
    let mut places = genres.iter_mut();
    for part in fields.next()?.split(',') {
        let (genre, share) = part.split_once(':')?;
        let genre: u8 = genre.parse().ok().filter(|genre| usize::from(*genre) < TABLE_GENRES.len())?;
        *places.next()? = (genre, share.parse().ok().filter(|share| *share <= 100)?);
    }
    let mut count = || fields.next()?.parse::<u16>().ok();
    let (sources, albums, common, obscure) = (count()?, count()?, count()?, count()?);
    let sources = u8::try_from(sources).ok()?;
    Some(Name { written: written.into(), genres, sources, albums, common, obscure: obscure == 1, is_label })
}

/// A row `place of the artist, title, year`; the year may be empty.
fn title(row: &str) -> Option<(u32, Title)> {
    let mut fields = row.split('\t');
    let artist = fields.next()?.parse().ok()?;
    let written = fields.next().filter(|title| !title.is_empty() && !title.chars().any(char::is_control))?;
    let year = match fields.next()? {
        "" => None,
        year => Some(year.parse().ok()?),
    };
    Some((artist, Title { written: written.into(), year }))
}
