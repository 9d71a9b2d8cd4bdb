//! `sleevesight stock import`: a table of records, with or without a folder of covers.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use sha2::{Digest, Sha256};
use sleevesight::file;
use sleevesight::picture;
use sleevesight::reader::Reader;
use sleevesight::sleeve::Cover;
use sleevesight::stock::{Details, Entry, EntryCover, Kept, Stock, Table, rows};

use super::{Which, progress};
use crate::commands::complain;

/// The most bytes of a table: a million records.
const LARGEST: u64 = 256 << 20;

#[derive(Args)]
pub(crate) struct ImportArgs {
    /// The table: artist, title, year, genre, shelf, price, note and cover, in any order, of which only the title is
    /// required; or a Discogs export
    #[arg(value_name = "CSV")]
    table: PathBuf,
    /// The folder below which the table's covers lie. Without it, records are added without covers, and recognised by
    /// the words on their sleeves
    #[arg(long, value_name = "DIR")]
    covers: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

/// What became of the rows. The first four add up to the table's rows, but for those that are not for sale.
#[derive(Default)]
struct Counts {
    added: usize,
    changed: usize,
    same: usize,
    bad: usize,
    /// Rows that were kept without the cover that they name.
    missing: usize,
}

pub(crate) fn import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let about = || args.table.display().to_string();
    let table = file::read_at_most(&args.table, LARGEST).with_context(about)?;
    let Table { rows, not_for_sale, encoding } = rows(&table, args.covers.as_deref()).with_context(about)?;
    if let Some(encoding) = encoding {
        complain(&format!(
            "{}: it is read as {encoding}; where letters are wrong, save it as UTF-8",
            about()
        ));
    }
    // Without covers, there is nothing for the network to read.
    let (stock, reader) = if args.covers.is_some() {
        let (stock, reader) = args.which.stock_and_reader(true)?;
        (stock, Some(reader))
    } else {
        (args.which.begun_stock()?, None)
    };
    let progress = progress(rows.len() as u64)?;
    let mut counts = Counts::default();
    let mut import = Import { stock: &stock, reader: reader.as_ref(), met: HashSet::new() };
    for row in progress.wrap_iter(rows.into_iter()) {
        let outcome = match row {
            Ok(entry) => {
                let say = |what: &str| {
                    let sentence = format!("{}, line {}: {what}", about(), entry.line);
                    progress.suspend(|| complain(&sentence));
                };
                if let Some(text) = &entry.odd_year {
                    say(&format!("\"{text}\" is no year; it is kept without its year"));
                }
                if let Some(reason) = missing(&entry.cover) {
                    counts.missing += 1;
                    say(&format!("{reason}; it is kept without its cover"));
                }
                import.take(&entry).map_err(|error| format!("line {}: {error:#}", entry.line))
            }
            Err(bad) => Err(bad.to_string()),
        };
        match outcome {
            Ok(Outcome::Added) => counts.added += 1,
            Ok(Outcome::Changed) => counts.changed += 1,
            Ok(Outcome::Same) => counts.same += 1,
            Err(reason) => {
                counts.bad += 1;
                progress.suspend(|| complain(&format!("{}, {reason}; it is left out", about())));
            }
        }
    }
    progress.finish_and_clear();
    let Counts { added, changed, same, bad, missing } = counts;
    let missing = match missing {
        0 => String::new(),
        1 => ", 1 cover is missing".to_owned(),
        many => format!(", {many} covers are missing"),
    };
    let not_for_sale = match not_for_sale {
        0 => String::new(),
        many => format!(", {many} not for sale"),
    };
    writeln!(
        io::stdout(),
        "{added} added, {changed} changed, {same} as before, {bad} left out{not_for_sale}; {} in stock{missing}",
        stock.len()
    )?;
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What became of a row.
enum Outcome {
    Added,
    Changed,
    Same,
}

/// Why a row has not the cover that it names, if it has not.
fn missing(cover: &EntryCover) -> Option<String> {
    match cover {
        EntryCover::None => None,
        EntryCover::File(path) if path.exists() => None,
        EntryCover::File(path) => Some(format!("there is no {}", path.display())),
        EntryCover::Missing(reason) => Some(reason.clone()),
    }
}

/// An import, row by row.
struct Import<'a> {
    stock: &'a Stock,
    /// What reads covers, where there are any.
    reader: Option<&'a Reader>,
    /// The records that earlier rows have met: rows that are alike are several copies, and meet as many records.
    met: HashSet<i64>,
}

impl Import<'_> {
    /// Takes a row into the stock.
    fn take(&mut self, entry: &Entry) -> anyhow::Result<Outcome> {
        entry.details.check()?;
        let (id, outcome) = match (&entry.cover, self.reader) {
            (EntryCover::File(path), Some(reader)) if path.exists() => {
                let about = || path.display().to_string();
                self.with_cover(&entry.details, path, reader).with_context(about)?
            }
            _ => self.without_cover(&entry.details)?,
        };
        self.met.insert(id);
        Ok(outcome)
    }

    /// A row with a cover is the record with this cover, or becomes the cover of one that has none.
    fn with_cover(&self, details: &Details, path: &Path, reader: &Reader) -> anyhow::Result<(i64, Outcome)> {
        let bytes = file::read(path)?;
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let copies = self.stock.copies(details, &digest)?;
        if let Some(id) = copies.into_iter().find(|id| !self.met.contains(id)) {
            return self.updated(id, details);
        }
        let cover = Cover::centred(&picture::decode(&bytes)?);
        let reading = reader.read_cover(&cover)?;
        let kept = Kept::of_file(&cover, &bytes)?;
        let namesakes = self.stock.namesakes(details)?;
        if let Some((id, _)) = namesakes.into_iter().find(|(id, seen)| !seen && !self.met.contains(id)) {
            self.stock.update(id, details)?;
            self.stock.teach(id, &kept, &reading.embedding)?;
            return Ok((id, Outcome::Changed));
        }
        Ok((self.stock.add(details, &kept, &reading.embedding)?, Outcome::Added))
    }

    /// A row without a cover is a record of this name: one without a cover, or one that has got its cover since.
    fn without_cover(&self, details: &Details) -> anyhow::Result<(i64, Outcome)> {
        let namesakes = self.stock.namesakes(details)?;
        match namesakes.into_iter().find(|(id, _)| !self.met.contains(id)) {
            Some((id, _)) => self.updated(id, details),
            None => Ok((self.stock.add_without_cover(details)?, Outcome::Added)),
        }
    }

    fn updated(&self, id: i64, details: &Details) -> anyhow::Result<(i64, Outcome)> {
        let changed = self.stock.update(id, details)?;
        Ok((id, if changed { Outcome::Changed } else { Outcome::Same }))
    }
}
