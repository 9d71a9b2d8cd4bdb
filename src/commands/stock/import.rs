//! `sleevesight stock import`: a table of records and a folder of covers.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use sha2::{Digest, Sha256};
use sleevesight::file;
use sleevesight::picture;
use sleevesight::reader::Reader;
use sleevesight::sleeve::Cover;
use sleevesight::stock::{Entry, Kept, Stock, rows};

use super::{Which, progress};
use crate::commands::complain;

/// The most bytes of a table: a million records.
const LARGEST: u64 = 256 << 20;

#[derive(Args)]
pub(crate) struct ImportArgs {
    /// The table: artist, title, year, genre, shelf, price, note and cover, in any order, of which title and cover are
    /// owed; or a Discogs export
    #[arg(value_name = "CSV")]
    table: PathBuf,
    /// The folder below which the table's covers lie
    #[arg(long, value_name = "DIR")]
    covers: PathBuf,
    #[command(flatten)]
    which: Which,
}

/// What became of the rows.
#[derive(Default)]
struct Counts {
    added: usize,
    changed: usize,
    same: usize,
    bad: usize,
}

pub(crate) fn import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let about = || args.table.display().to_string();
    let table = file::read_at_most(&args.table, LARGEST).with_context(about)?;
    let rows = rows(&table, &args.covers).with_context(about)?;
    let (stock, reader) = args.which.stock_and_reader(true)?;
    let progress = progress(rows.len() as u64)?;
    let mut counts = Counts::default();
    // Rows that are alike are several copies, and meet as many records.
    let mut met = HashMap::new();
    for row in progress.wrap_iter(rows.into_iter()) {
        let outcome = match row {
            Ok(entry) => take(&stock, &reader, &entry, &mut met)
                .map_err(|error| format!("line {}: {error:#}", entry.line)),
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
    let Counts { added, changed, same, bad } = counts;
    writeln!(
        io::stdout(),
        "{added} added, {changed} changed, {same} as before, {bad} left out; {} in stock",
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

/// What makes rows alike: artist, title, year, and the cover's digest.
type Key = (String, String, Option<i32>, [u8; 32]);

/// Takes a row into the stock.
fn take(
    stock: &Stock,
    reader: &Reader,
    entry: &Entry,
    met: &mut HashMap<Key, usize>,
) -> anyhow::Result<Outcome> {
    let about = || entry.cover.display().to_string();
    let details = &entry.details;
    let bytes = file::read(&entry.cover).with_context(about)?;
    let digest: [u8; 32] = Sha256::digest(&bytes).into();
    let copy = met.entry((details.artist.clone(), details.title.clone(), details.year, digest)).or_default();
    let known = stock.copies(details, &digest)?.get(*copy).copied();
    *copy += 1;
    if let Some(id) = known {
        return Ok(if stock.update(id, details)? { Outcome::Changed } else { Outcome::Same });
    }
    let cover = Cover::centred(&picture::decode(&bytes).with_context(about)?);
    let reading = reader.read_cover(&cover)?;
    stock.add(details, &Kept::of_file(&cover, &bytes)?, &reading.embedding)?;
    Ok(Outcome::Added)
}
