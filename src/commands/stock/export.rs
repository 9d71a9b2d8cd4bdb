//! `sleevesight stock export`: a table, and a folder per genre.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use sleevesight::network::Bundle;
use sleevesight::stock::{Export, Stock};

use super::{Which, progress};

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

/// Writes the covers and then the table into a folder.
fn write(stock: &Stock, bundle: &Bundle, folder: &Path) -> anyhow::Result<()> {
    let export = Export::of(stock, &bundle.genres)?;
    let progress = progress(export.len() as u64)?;
    for covers in progress.wrap_iter(export.covers()) {
        for (below, cover) in covers? {
            let path = folder.join(below);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            synced(&path, &cover)?;
        }
    }
    progress.finish_and_clear();
    let (below, table) = export.table();
    synced(&folder.join(below), &table)
}

fn synced(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
