//! A table of records: the shop's own CSV, or a Discogs export, row by row.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::Details;
use super::covers::Covers;
use super::encoding::decoded;
use super::fields::{Fields, Records};
use super::year::year;
use crate::file;
use crate::words::printable;

/// What a column may be headed, in lower case: our own name first, then those of Discogs' exports.
const HEADERS: [(Column, &[&str]); 10] = [
    (Column::Artist, &["artist"]),
    (Column::Title, &["title"]),
    (Column::Year, &["year", "released"]),
    (Column::Genre, &["genre"]),
    (Column::Shelf, &["shelf", "location", "collectionfolder"]),
    (Column::Price, &["price"]),
    (Column::Note, &["note", "collection notes", "comments"]),
    (Column::Cover, &["cover"]),
    (Column::Release, &["release_id"]),
    (Column::Status, &["status"]),
];

/// What an inventory says of a listing that is not on a shelf, in lower case.
///
/// Source: Discogs, "Inventory Export", column `status`.
const NOT_FOR_SALE: [&str; 6] = ["sold", "draft", "expired", "violation", "suspended", "deleted"];

/// What may part the fields of a table.
const SEPARATORS: [char; 4] = ['|', '\t', ';', ','];

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
    Status,
}

/// A table that was read.
#[derive(Debug)]
pub struct Table {
    /// Its rows, in their order; lines without a letter are none.
    pub rows: Vec<Result<Entry, BadRow>>,
    /// How many rows tell of listings that are not for sale: sold ones, drafts and the like. They are none of `rows`.
    pub not_for_sale: usize,
    /// The name of its encoding, where that is not UTF-8.
    pub encoding: Option<&'static str>,
}

/// A row that can be used: what it tells, and the file of its cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What it tells of a record.
    pub details: Details,
    /// What stands in place of its year, where that is no year.
    pub odd_year: Option<String>,
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

/// Reads the rows of a table. Columns are known by their headers, in any order and case; others are passed over. Fields
/// are parted by what the first line has most of: commas, semicolons, tabs or bars; fields that a row lacks are empty.
/// Where no column tells the cover, `release_id` names its file. Only the title is required. Without a folder of covers,
/// no row has one. The text may be in UTF-8, UTF-16 or one of the encodings of Windows.
///
/// ```
/// use sleevesight::stock::rows;
///
/// let table = "Title;Cover;Artist\nKind of Blue;blue.jpg;Miles Davis\n";
/// let table = rows(table.as_bytes(), Some("covers".as_ref()))?;
/// let entry = table.rows[0].as_ref().expect("a good row");
/// assert_eq!((entry.line, entry.details.artist.as_str()), (2, "Miles Davis"));
/// # Ok::<(), sleevesight::stock::TableError>(())
/// ```
///
/// # Errors
///
/// [`TableError`] where there is no header, or none for the title. What is wrong with a row is told in its place.
pub fn rows(table: &[u8], covers: Option<&Path>) -> Result<Table, TableError> {
    let (text, encoding) = decoded(table);
    let (text, separator) = separated(&text);
    let mut records = Records::new(text, separator);
    let Some(Fields { fields: header, .. }) = records.next() else {
        return Err(TableError("it is empty; it needs a first line that names its columns".into()));
    };
    let columns = columns(&header)?;
    let covers = covers.map(Covers::new);
    let mut table = Table { rows: Vec::new(), not_for_sale: 0, encoding };
    for Fields { line, fields } in records {
        if field(&columns, &fields, Column::Status)
            .is_some_and(|status| NOT_FOR_SALE.contains(&status.to_lowercase().as_str()))
        {
            table.not_for_sale += 1;
            continue;
        }
        let row = row(&columns, &fields, covers.as_ref()).map_err(|reason| BadRow { line, reason });
        table.rows.push(row.map(|row| Entry { line, ..row }));
    }
    Ok(table)
}

/// A table and what parts its fields: what Excel's line `sep=;` says, or what the first line has most of.
fn separated(table: &str) -> (&str, char) {
    let (first, rest) = table.split_once('\n').unwrap_or((table, ""));
    if let Some(said) = first.trim_end().strip_prefix("sep=").and_then(|said| said.chars().next()) {
        return (rest, said);
    }
    // Of two that are there equally often, the last is taken: the comma.
    let separator = SEPARATORS.into_iter().max_by_key(|separator| first.matches(*separator).count());
    (table, separator.unwrap_or(','))
}

/// What stands in a column, without spaces around it; `None` where the row has no such field.
fn field<'a>(columns: &[Option<Column>], fields: &'a [String], wanted: Column) -> Option<&'a str> {
    let place = columns.iter().position(|column| *column == Some(wanted))?;
    fields.get(place).map(|field| field.trim())
}

/// Which columns are where.
fn columns(header: &[String]) -> Result<Vec<Option<Column>>, TableError> {
    let named: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
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
        printable(&named.join(", "))
    )))
}

/// What a row tells, or what is wrong with it.
fn row(columns: &[Option<Column>], fields: &[String], covers: Option<&Covers<'_>>) -> Result<Entry, String> {
    let more = fields.get(columns.len()..).unwrap_or_default();
    if more.iter().any(|field| !field.trim().is_empty()) {
        return Err(format!("it has {} fields, the first line names {}", fields.len(), columns.len()));
    }
    let field = |wanted: Column| field(columns, fields, wanted).unwrap_or_default();
    if field(Column::Title).is_empty() {
        return Err("it has no title".into());
    }
    let of_year = field(Column::Year);
    let found = year(of_year);
    let text = |column: Column| without_quote(field(column)).to_owned();
    let details = Details {
        artist: text(Column::Artist),
        title: text(Column::Title),
        year: found,
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
    let is_odd = found.is_none() && !matches!(of_year, "" | "0");
    Ok(Entry { line: 0, details, odd_year: is_odd.then(|| of_year.to_owned()), cover })
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

/// The file of this name below the covers' folder, where it may be missing.
fn below(covers: &Covers<'_>, name: &str) -> Result<PathBuf, String> {
    let (covers, name) = (covers.folder(), &covers.written(name));
    let path = file::below(covers, name)
        .ok_or_else(|| format!("its cover {name} is not below the covers' folder"))?;
    if path.exists() && !file::lies_below(covers, &path) {
        return Err(format!("its cover {name} is a link that leads out of the covers' folder"));
    }
    Ok(path)
}

/// The file that is named by a release's number alone.
fn of_release(covers: &Covers<'_>, release: &str) -> EntryCover {
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
