//! All of a stock as files: a table, and the covers in a folder per genre.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Record, Stock, StockError, table};
use crate::file;
use crate::network::Genre;

/// The table beside the folders.
const TABLE: &str = "stock.csv";

/// The folder with a folder per genre.
const COVERS: &str = "covers";

/// The folder of records whose genre is not told, apart from what a trainer may learn from.
const WITHOUT: &str = "without-genre";

/// The most letters of a title in a file's name.
const LETTERS: usize = 40;

/// A file of an export: where it lies, and what is in it.
pub type ExportedFile = (PathBuf, Vec<u8>);

/// All of a stock as files, in the form that the trainer and an import read: `stock.csv`, `covers/GENRE/…`, and
/// `without-genre/…`.
pub struct Export<'a> {
    stock: &'a Stock,
    genres: &'a [Arc<Genre>],
    records: Vec<Arc<Record>>,
    /// The records that have a cover.
    covered: HashSet<i64>,
}

impl<'a> Export<'a> {
    /// What the stock has now; genres that the bundle knows are called as it calls them.
    ///
    /// # Errors
    ///
    /// [`StockError`] where the stock cannot be read.
    pub fn of(stock: &'a Stock, genres: &'a [Arc<Genre>]) -> Result<Self, StockError> {
        let records = stock.search("");
        Ok(Self { stock, genres, records, covered: stock.with_covers()? })
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The table, which names each record's first cover; the field is empty for a record without a picture. A text that
    /// a program for tables would take for a formula begins with `'`, which an import takes away.
    #[must_use]
    pub fn table(&self) -> ExportedFile {
        // Excel takes a table for UTF-8 where it begins with this mark.
        let mut written = csv::Writer::from_writer(Vec::from("\u{feff}"));
        let head = ["artist", "title", "year", "genre", "shelf", "price", "note", "cover"];
        let in_memory = "a table in memory can be written";
        written.write_record(head).expect(in_memory);
        for record in &self.records {
            let about = &record.details;
            let year = about.year.map(|year| year.to_string()).unwrap_or_default();
            let below = self.covered.contains(&record.id).then(|| self.place(record));
            let cover = below.as_deref().map(Path::to_string_lossy).unwrap_or_default();
            let texts =
                [&about.artist, &about.title, &year, &about.genre, &about.shelf, &about.price, &about.note];
            let row = texts.into_iter().map(|text| table::no_formula(text)).chain([cover]);
            written.write_record(row.map(Cow::into_owned)).expect(in_memory);
        }
        (TABLE.into(), written.into_inner().expect(in_memory))
    }

    /// The covers of one record after the other; a record may have several.
    ///
    /// # Errors
    ///
    /// [`StockError`] where the stock cannot be read, or a record has gone meanwhile.
    pub fn covers(&self) -> impl Iterator<Item = Result<Vec<ExportedFile>, StockError>> {
        self.records.iter().map(|record| {
            let below = self.place(record);
            let named = |(number, cover)| {
                (if number == 0 { below.clone() } else { numbered(&below, number + 1) }, cover)
            };
            Ok(self.stock.covers(record.id)?.into_iter().enumerate().map(named).collect())
        })
    }

    /// Where a record's cover lies: in the folder of its genre, as the bundle calls it where it knows it.
    fn place(&self, record: &Record) -> PathBuf {
        let name = record.details.genre.trim();
        let genre = Genre::called(self.genres, name).map_or_else(|| plain(name), |genre| genre.id.clone());
        let folder = file::below(Path::new(COVERS), &genre).unwrap_or_else(|| WITHOUT.into());
        folder.join(format!("{}-{}.jpg", record.id, plain(&record.details.title)))
    }
}

fn numbered(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-{number}.jpg"))
}

/// A text as a file's name: letters and digits in lower case, and one dash for all between them.
fn plain(text: &str) -> String {
    let letters: String = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
        .collect();
    let name = letters.split_whitespace().collect::<Vec<_>>().join("-");
    name.chars().take(LETTERS).collect()
}
