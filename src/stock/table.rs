//! A table of records: the shop's own CSV, or a Discogs export, row by row.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Position, ReaderBuilder, StringRecord};

use super::Details;
use crate::file;

/// What a column may be headed, in lower case: our own name first, then those of Discogs' exports.
const HEADERS: [(Column, &[&str]); 9] = [
    (Column::Artist, &["artist"]),
    (Column::Title, &["title"]),
    (Column::Year, &["year", "released"]),
    (Column::Genre, &["genre"]),
    (Column::Shelf, &["shelf", "location", "collectionfolder"]),
    (Column::Price, &["price"]),
    (Column::Note, &["note", "collection notes", "comments"]),
    (Column::Cover, &["cover"]),
    (Column::Release, &["release_id"]),
];

/// What stands before a text that is no formula though it begins as one.
const QUOTE: char = '\'';

/// How a cover's file may end that is named by a Discogs release alone.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Artist,
    Title,
    Year,
    Genre,
    Shelf,
    Price,
    Note,
    Cover,
    Release,
}

/// A row that can be used: what it tells, and the file of its cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What it tells of a record.
    pub details: Details,
    /// The cover's file.
    pub cover: EntryCover,
}

/// The cover that a row names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryCover {
    /// The row names none, or covers are not asked for.
    None,
    /// This file. It may be missing.
    File(PathBuf),
    /// The file of this Discogs release, which is in no known format below the folder.
    Missing(String),
}

/// A row that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadRow {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// A table that cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TableError(String);

/// Reads the rows of a table. Columns are known by their headers, in any order and case; others are passed over.
/// Fields are parted by commas, or where the first line has more of them by semicolons or tabs. Where no column tells
/// the cover, `release_id` names its file. Only the title is required. Without a folder of covers, no row has one.
///
/// ```
/// use sleevesight::stock::rows;
///
/// let table = "Title;Cover;Artist\nKind of Blue;blue.jpg;Miles Davis\n";
/// let rows = rows(table.as_bytes(), Some("covers".as_ref()))?;
/// let entry = rows[0].as_ref().expect("a good row");
/// assert_eq!((entry.line, entry.details.artist.as_str()), (2, "Miles Davis"));
/// # Ok::<(), sleevesight::stock::TableError>(())
/// ```
///
/// # Errors
///
/// [`TableError`] where there is no header, or none for the title. What is wrong with a row is told in its place.
pub fn rows(table: &[u8], covers: Option<&Path>) -> Result<Vec<Result<Entry, BadRow>>, TableError> {
    let table = table.strip_prefix("\u{feff}".as_bytes()).unwrap_or(table);
    let mut reader =
        ReaderBuilder::new().has_headers(false).delimiter(delimiter(table)).flexible(true).from_reader(table);
    let mut header = ByteRecord::new();
    let unreadable = |error: &csv::Error| TableError(format!("it is no table ({error}); save it as CSV"));
    if !reader.read_byte_record(&mut header).map_err(|error| unreadable(&error))? {
        return Err(TableError("it is empty; it needs a first line that names its columns".into()));
    }
    let columns = columns(&header)?;
    let mut rows = Vec::new();
    let mut record = ByteRecord::new();
    // Bytes in memory never fail to be read, and a table of any width is taken: only the end ends it.
    while reader.read_byte_record(&mut record).map_err(|error| unreadable(&error))? {
        // The position is where the reader was: before the blank lines that it passed over.
        let line = record.position().map_or(0, Position::line) + blank_lines(table, record.position());
        rows.push(
            row(&columns, &header, &record, covers)
                .map_err(|reason| BadRow { line, reason })
                .map(|(details, cover)| Entry { line, details, cover }),
        );
    }
    Ok(rows)
}

/// Line ends between a row's position and its first letter.
fn blank_lines(table: &[u8], position: Option<&Position>) -> u64 {
    let start = position.map_or(0, |position| position.byte() as usize);
    let blank = table.get(start..).unwrap_or_default().iter().take_while(|byte| b"\r\n".contains(byte));
    blank.filter(|byte| **byte == b'\n').count() as u64
}

/// What parts the fields of the first line.
fn delimiter(table: &[u8]) -> u8 {
    let first = table.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
    // Of two that are there equally often, the last is taken: the comma.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Which columns are where.
fn columns(header: &ByteRecord) -> Result<Vec<Option<Column>>, TableError> {
    let named: Vec<String> =
        header.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect();
    let place = |names: &[&str]| names.iter().find_map(|name| named.iter().position(|known| known == name));
    let mut columns = vec![None; named.len()];
    for (column, names) in HEADERS {
        if let Some(place) = place(names) {
            columns[place] = Some(column);
        }
    }
    if columns.contains(&Some(Column::Title)) {
        return Ok(columns);
    }
    Err(TableError(format!(
        "it has no column `title`; its first line must name the columns, and names {}",
        named.join(", ")
    )))
}

/// What a row tells, or what is wrong with it.
fn row(
    columns: &[Option<Column>],
    header: &ByteRecord,
    record: &ByteRecord,
    covers: Option<&Path>,
) -> Result<(Details, EntryCover), String> {
    if record.len() != header.len() {
        return Err(format!("it has {} fields, the first line names {}", record.len(), header.len()));
    }
    let fields = StringRecord::from_byte_record(record.clone())
        .map_err(|_| "it is not in UTF-8; save the table as UTF-8".to_owned())?;
    let field = |wanted: Column| {
        let place = columns.iter().position(|column| *column == Some(wanted));
        place.and_then(|place| fields.get(place)).unwrap_or_default().trim()
    };
    if field(Column::Title).is_empty() {
        return Err("it has no title".into());
    }
    let text = |column: Column| without_quote(field(column)).to_owned();
    let details = Details {
        artist: text(Column::Artist),
        title: text(Column::Title),
        year: year(field(Column::Year))?,
        genre: text(Column::Genre),
        shelf: text(Column::Shelf),
        price: text(Column::Price),
        note: text(Column::Note),
    };
    let cover = match (covers, field(Column::Cover), field(Column::Release)) {
        (None, ..) | (_, "", "") => EntryCover::None,
        (Some(covers), "", release) => of_release(covers, release),
        (Some(covers), cover, _) => EntryCover::File(below(covers, cover)?),
    };
    Ok((details, cover))
}

/// Whether a program for tables may take a text for a formula, or would if quotes before it were taken away.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches(QUOTE).starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text as a table may show it: no program takes it for a formula.
pub(super) fn no_formula(text: &str) -> Cow<'_, str> {
    if is_formula(text) { format!("{QUOTE}{text}").into() } else { text.into() }
}

/// The text that [`no_formula`] was given.
fn without_quote(text: &str) -> &str {
    text.strip_prefix(QUOTE).filter(|text| is_formula(text)).unwrap_or(text)
}

/// A year, as `1959` or `1959-08-17`; Discogs writes 0 where it knows none.
fn year(text: &str) -> Result<Option<i32>, String> {
    let first = text.split('-').next().unwrap_or_default();
    match first.parse::<i32>() {
        _ if text.is_empty() => Ok(None),
        Ok(0) => Ok(None),
        Ok(year) if (1000..10_000).contains(&year) => Ok(Some(year)),
        _ => Err(format!("\"{text}\" is no year")),
    }
}

/// The file of this name below the covers' folder, where it may be missing.
fn below(covers: &Path, name: &str) -> Result<PathBuf, String> {
    let path = file::below(covers, name)
        .ok_or_else(|| format!("its cover {name} is not below the covers' folder"))?;
    if path.exists() && !file::lies_below(covers, &path) {
        return Err(format!("its cover {name} is a link that leads out of the covers' folder"));
    }
    Ok(path)
}

/// The file that is named by a release's number alone.
fn of_release(covers: &Path, release: &str) -> EntryCover {
    ENDINGS
        .iter()
        .filter_map(|ending| below(covers, &format!("{release}.{ending}")).ok())
        .find(|path| path.is_file())
        .map_or_else(
            || EntryCover::Missing(format!("there is no {release}.jpg, .jpeg, .png or .webp")),
            EntryCover::File,
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_is_a_formula_and_each_is_had_back(text in "['=+@a-]{0,5}|\\PC*") {
            let shown = no_formula(&text);
            prop_assert!(!shown.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(without_quote(&shown), text.as_str());
        }
    }
}
