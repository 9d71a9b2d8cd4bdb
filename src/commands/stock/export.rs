//! `sleevesight stock export`: a table, and a folder per genre.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use sleevesight::network::{Bundle, Genre};
use sleevesight::stock::{Record, Stock};

use super::{Which, progress};

/// The table beside the folders.
const TABLE: &str = "stock.csv";

/// The folder with a folder per genre.
const COVERS: &str = "covers";

/// The folder of records whose genre is not told, apart from what a trainer may learn from.
const WITHOUT: &str = "without-genre";

/// The most letters of a title in a file's name.
const LETTERS: usize = 40;

#[derive(Args)]
pub(crate) struct ExportArgs {
    /// The folder to write: stock.csv, covers/GENRE, and without-genre. It must not be there yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    which: Which,
}

pub(crate) fn export(args: &ExportArgs) -> anyhow::Result<()> {
    let (stock, bundle) = args.which.stock()?;
    if args.folder.exists() {
        bail!("{} is there already; name a folder that is not", args.folder.display());
    }
    let parent = args.folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let about = || format!("cannot write {}", args.folder.display());
    // It is written beside its place and then renamed, so that it is there as a whole or not at all.
    let beside = tempfile::Builder::new().prefix(".export-").tempdir_in(parent).with_context(about)?;
    write(&stock, &bundle, beside.path()).with_context(about)?;
    fs::rename(beside.path(), &args.folder).with_context(about)?;
    // It has moved: there is nothing left to tidy up.
    let _ = beside.keep();
    File::open(parent).and_then(|parent| parent.sync_all()).with_context(about)?;
    Ok(())
}

/// Writes the table and the covers into a folder.
fn write(stock: &Stock, bundle: &Bundle, folder: &Path) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["artist", "title", "year", "genre", "shelf", "price", "note", "cover"])?;
    let records = stock.search("");
    let progress = progress(records.len() as u64)?;
    for record in progress.wrap_iter(records.iter()) {
        let below = place(record, bundle);
        for (number, cover) in stock.covers(record.id)?.iter().enumerate() {
            let path = folder.join(if number == 0 { below.clone() } else { numbered(&below, number + 1) });
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            synced(&path, cover)?;
        }
        let about = &record.details;
        let year = about.year.map(|year| year.to_string()).unwrap_or_default();
        let cover = below.to_string_lossy();
        table.write_record([
            &*about.artist,
            &about.title,
            &year,
            &about.genre,
            &about.shelf,
            &about.price,
            &about.note,
            &cover,
        ])?;
    }
    progress.finish_and_clear();
    synced(&folder.join(TABLE), &table.into_inner()?)
}

fn synced(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

/// Where a record's cover is written: in the folder of its genre, as the bundle calls it where it knows it.
fn place(record: &Record, bundle: &Bundle) -> PathBuf {
    let name = record.details.genre.trim();
    let genre = Genre::called(&bundle.genres, name).map_or_else(|| plain(name), |genre| genre.id.clone());
    let folder = match genre.as_str() {
        "" => PathBuf::from(WITHOUT),
        genre => Path::new(COVERS).join(genre),
    };
    folder.join(format!("{}-{}.jpg", record.id, plain(&record.details.title)))
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
