//! `sleevesight stock`: the shop's own records.

mod export;
mod import;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use sleevesight::file;
use sleevesight::frame::Frame;
use sleevesight::network::{Bundle, Reading};
use sleevesight::picture;
use sleevesight::reader::{Gaze, Reader};
use sleevesight::sleeve::Cover;
use sleevesight::stock::{Candidate, Details, Findings, Kept, Known, Lookalike, Record, Stock};
use sleevesight::words::printable;

use super::{Setup, StockChoice, complain};

#[derive(Subcommand)]
pub(crate) enum StockCommand {
    /// Add the records of a table, or of a Discogs export, with or without their covers. It may be repeated.
    Import(import::ImportArgs),
    /// Add one record.
    Add(AddArgs),
    /// Show another picture of a record's cover to the stock, so that it is known by that, too.
    Teach(TeachArgs),
    /// Print the records, or those with all words of a text.
    List(ListArgs),
    /// Say which record a picture shows, and which look most like it.
    Find(FindArgs),
    /// Correct a record's genre.
    Correct(CorrectArgs),
    /// Take records out of the stock.
    Remove(RemoveArgs),
    /// Write the records as a table, and their covers as a folder per genre, from which the trainer can learn.
    Export(export::ExportArgs),
    /// Read all covers again, after the model was changed.
    Renew(Which),
}

/// Which stock, read by which bundle.
#[derive(Args)]
pub(crate) struct Which {
    #[command(flatten)]
    stock: StockChoice,
    #[command(flatten)]
    setup: Setup,
}

#[derive(Args)]
pub(crate) struct AddArgs {
    /// A picture of the cover. Without one, the record is recognised by the words on its sleeve
    #[arg(value_name = "IMAGE")]
    image: Option<PathBuf>,
    /// What the record is called
    #[arg(long)]
    title: String,
    /// Who made it
    #[arg(long, default_value = "")]
    artist: String,
    /// When it came out
    #[arg(long)]
    year: Option<i32>,
    /// Its genre, in your own words
    #[arg(long, default_value = "")]
    genre: String,
    /// Where it stands
    #[arg(long, default_value = "")]
    shelf: String,
    /// What it costs
    #[arg(long, default_value = "")]
    price: String,
    /// Anything else
    #[arg(long, default_value = "")]
    note: String,
    /// The picture is the cover, all of it: look for no sleeve in it
    #[arg(long)]
    flat: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
pub(crate) struct TeachArgs {
    /// The record's number
    id: i64,
    /// A picture of its cover
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// The picture is the cover, all of it: look for no sleeve in it
    #[arg(long)]
    flat: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
pub(crate) struct ListArgs {
    /// Only records with all of its words in artist, title, genre, shelf or note
    #[arg(value_name = "TEXT", default_value = "")]
    text: String,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
pub(crate) struct FindArgs {
    /// A picture of a sleeve
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// The picture is the cover, all of it: look for no sleeve in it
    #[arg(long)]
    flat: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
pub(crate) struct CorrectArgs {
    /// The record's number
    id: i64,
    /// Its genre
    genre: String,
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
pub(crate) struct RemoveArgs {
    /// The records' numbers
    #[arg(required = true, value_name = "ID")]
    ids: Vec<i64>,
    #[command(flatten)]
    which: Which,
}

impl Which {
    /// The stock alone, for what needs no network.
    fn stock(&self) -> anyhow::Result<(Stock, Bundle)> {
        let config = self.setup.config()?;
        let (path, bundle) = (self.stock.path(&config)?, self.setup.bundle(&config)?);
        Ok((Stock::open(&path, &bundle)?, bundle))
    }

    /// The stock alone, begun where there is none.
    fn begun_stock(&self) -> anyhow::Result<Stock> {
        let config = self.setup.config()?;
        let (path, bundle) = (self.stock.path(&config)?, self.setup.bundle(&config)?);
        Ok(Stock::open_or_create(&path, &bundle)?)
    }

    /// The stock, begun where there is none, and what reads covers for it.
    fn stock_and_reader(&self, may_begin: bool) -> anyhow::Result<(Stock, Reader)> {
        let config = self.setup.config()?;
        let path = self.stock.path(&config)?;
        let reader = self.setup.reader(&config)?;
        let open = if may_begin { Stock::open_or_create } else { Stock::open };
        Ok((open(&path, reader.bundle())?, reader))
    }
}

pub(crate) fn stock(command: &StockCommand) -> anyhow::Result<ExitCode> {
    match command {
        StockCommand::Import(args) => return import::import(args),
        StockCommand::Add(args) => add(args)?,
        StockCommand::Teach(args) => teach(args)?,
        StockCommand::List(args) => list(args)?,
        StockCommand::Find(args) => find(args)?,
        StockCommand::Correct(args) => args.which.stock()?.0.correct(args.id, &args.genre)?,
        StockCommand::Remove(args) => remove(args)?,
        StockCommand::Export(args) => export::export(args)?,
        StockCommand::Renew(which) => renew(which)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn add(args: &AddArgs) -> anyhow::Result<()> {
    let details = Details {
        artist: args.artist.clone(),
        title: args.title.clone(),
        year: args.year,
        genre: args.genre.clone(),
        shelf: args.shelf.clone(),
        price: args.price.clone(),
        note: args.note.clone(),
    };
    let id = match &args.image {
        Some(image) => {
            let (stock, reader) = args.which.stock_and_reader(true)?;
            let Views { first, whole } = views(&reader, image, args.flat)?;
            let id = stock.add(&details, &first.0, &first.1.embedding)?;
            show_whole(&stock, id, image, whole.as_ref())?;
            id
        }
        None => args.which.begun_stock()?.add_without_cover(&details)?,
    };
    writeln!(io::stdout(), "{}", told(&Record { id, details }))?;
    Ok(())
}

fn teach(args: &TeachArgs) -> anyhow::Result<()> {
    let (stock, reader) = args.which.stock_and_reader(false)?;
    let Views { first, whole } = views(&reader, &args.image, args.flat)?;
    stock.teach(args.id, &first.0, &first.1.embedding)?;
    show_whole(&stock, args.id, &args.image, whole.as_ref())
}

/// Adds the whole of a picture to a record that has the sleeve in it, and says so.
fn show_whole(stock: &Stock, id: i64, image: &Path, whole: Option<&View>) -> anyhow::Result<()> {
    let Some((kept, reading)) = whole else { return Ok(()) };
    stock.teach(id, kept, &reading.embedding)?;
    complain(&format!(
        "{}: a sleeve was found in a part of it; #{id} is known by that part and by the whole picture; if the picture is \
         the cover, add it by --flat",
        image.display()
    ));
    Ok(())
}

fn list(args: &ListArgs) -> anyhow::Result<()> {
    let (stock, _) = args.which.stock()?;
    let mut out = io::stdout().lock();
    for record in stock.search(&args.text) {
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&*record)?)?;
        } else {
            writeln!(out, "{}", told(&record))?;
        }
    }
    Ok(())
}

/// One line of `--json`.
#[derive(Serialize)]
struct Answer<'a> {
    source: String,
    record: Option<&'a Known>,
    candidates: &'a [Candidate],
    lookalikes: &'a [Lookalike],
}

fn find(args: &FindArgs) -> anyhow::Result<()> {
    let (stock, reader) = args.which.stock_and_reader(false)?;
    let (_, reading) = views(&reader, &args.image, args.flat)?.first;
    let Findings { known, candidates, lookalikes: alike, .. } = stock.recognise(&reading.embedding, &[]);
    let mut out = io::stdout().lock();
    if args.json {
        let source = args.image.display().to_string();
        let answer = Answer { source, record: known.as_ref(), candidates: &candidates, lookalikes: &alike };
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        return Ok(());
    }
    match &known {
        Some(known) => {
            writeln!(out, "{}", told(&known.record))?;
            for other in &known.also {
                writeln!(out, "or {}", told(&other.record))?;
            }
        }
        None if candidates.is_empty() => writeln!(out, "not in stock")?,
        None => one_of(&mut out, &candidates)?,
    }
    writeln!(out, "looks like")?;
    Ok(lookalikes(&mut out, &alike)?)
}

/// A line for each candidate.
pub(crate) fn one_of(out: &mut impl Write, candidates: &[Candidate]) -> io::Result<()> {
    writeln!(out, "  one of")?;
    for Candidate(record) in candidates {
        let year = record.details.year.map(|year| format!(" · {year}")).unwrap_or_default();
        writeln!(out, "    {}{year}", told(record))?;
    }
    Ok(())
}

/// A line for each look-alike.
pub(crate) fn lookalikes(out: &mut impl Write, lookalikes: &[Lookalike]) -> io::Result<()> {
    for Lookalike { record, similarity } in lookalikes {
        writeln!(out, "  {:>5.1} %  {}", 100.0 * similarity, told(record))?;
    }
    Ok(())
}

/// A record in one line, without what would change a terminal's state.
fn told(record: &Record) -> String {
    let line = format!("#{} {}", record.id, record.details.line(&record.details.genre));
    printable(&line.replace(char::is_control, " "))
}

fn remove(args: &RemoveArgs) -> anyhow::Result<()> {
    let (stock, _) = args.which.stock()?;
    for id in &args.ids {
        stock.remove(*id)?;
    }
    Ok(())
}

fn renew(which: &Which) -> anyhow::Result<()> {
    let config = which.setup.config()?;
    read_anew(&which.stock.path(&config)?, &which.setup.reader(&config)?)
}

/// Has all covers of a stock read anew that another network has read.
pub(super) fn read_anew(path: &Path, reader: &Reader) -> anyhow::Result<()> {
    let progress = progress(0)?;
    let read = |cover: &Cover| {
        reader.read_cover(cover).map(|reading| reading.embedding).map_err(|error| error.to_string())
    };
    Stock::renew(path, reader.bundle(), read, |done, all| {
        progress.set_length(all as u64);
        progress.set_position(done as u64);
    })?;
    progress.finish_and_clear();
    Ok(())
}

/// What is kept of a cover, and what the network says of it.
type View = (Kept, Reading);

/// The covers that one picture may show.
struct Views {
    /// The sleeve in it, or all of it where none was found.
    first: View,
    /// The whole picture, where a sleeve was found in a part of it and it is as square as a cover: it may be a cover with
    /// a picture in a frame.
    whole: Option<View>,
}

/// The longer side of what may be a scanned cover is at most so many times the shorter one.
const MAX_COVER_ASPECT: f32 = 1.15;

/// A sleeve that fills this share of a picture is all of it.
const MIN_WHOLE_SHARE: f32 = 0.9;

fn views(reader: &Reader, path: &Path, flat: bool) -> anyhow::Result<Views> {
    let read = || -> anyhow::Result<_> {
        let bytes = file::read(path)?;
        let frame = Frame::still(picture::decode(&bytes)?, path.display().to_string());
        let look = |gaze| -> anyhow::Result<_> {
            let (sighting, seen) = reader.examine(&frame, gaze)?;
            let Some((cover, reading)) = seen else { bail!("there is no sleeve in it") };
            let kept = if gaze == Gaze::Flat { Kept::of_file(&cover, &bytes)? } else { Kept::of(&cover)? };
            Ok((sighting.outline, (kept, reading)))
        };
        if flat {
            return Ok(Views { first: look(Gaze::Flat)?.1, whole: None });
        }
        let (outline, first) = look(Gaze::Still)?;
        let (width, height) = (frame.picture.width() as f32, frame.picture.height() as f32);
        let is_square = width.max(height) <= MAX_COVER_ASPECT * width.min(height);
        let is_part = outline.is_some_and(|outline| outline.area() < MIN_WHOLE_SHARE * width * height);
        let whole = if is_square && is_part { Some(look(Gaze::Flat)?.1) } else { None };
        Ok(Views { first, whole })
    };
    read().with_context(|| path.display().to_string())
}

/// A bar for covers.
fn progress(all: u64) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} covers, {eta} to go")?;
    Ok(ProgressBar::new(all).with_style(style))
}
