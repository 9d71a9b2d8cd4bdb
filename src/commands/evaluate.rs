//! `sleevesight evaluate`: the trainer's figures, on the device's own path.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use sleevesight::frame::Frame;
use sleevesight::reader::{Gaze, Reader};
use sleevesight::tally::{CalibrationError, Coverage, Figures, Tally, Words};

use super::{PassesChoice, Setup, complain, read_picture, reading_words, scenes};

#[derive(Args)]
pub(crate) struct EvaluateArgs {
    /// The covers: a folder per genre
    #[arg(value_name = "DIR")]
    covers: PathBuf,
    /// Only the covers of this table: `image_path` (below DIR), label and, where it has one, source
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Measure the finder, too: scenes of these covers, and their scenes.csv, as sleevetrainer scenes writes them
    #[arg(long, value_name = "DIR", conflicts_with = "csv")]
    scenes: Option<PathBuf>,
    /// Draw the worst of the scenes, and some others, with what is true and what was found
    #[arg(long, value_name = "PNG", requires = "scenes")]
    sheet: Option<PathBuf>,
    /// Print the figures as one JSON object and nothing else
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    words: PassesChoice,
    #[command(flatten)]
    setup: Setup,
}

/// A cover whose genre is known: a row of the trainer's tables.
#[derive(Deserialize)]
struct Labelled {
    #[serde(rename = "image_path")]
    path: PathBuf,
    label: String,
    source: Option<String>,
}

pub(crate) fn evaluate(args: &EvaluateArgs) -> anyhow::Result<ExitCode> {
    let config = args.setup.config()?;
    let reader = reading_words(args.setup.reader(&config)?, args.words.passes(&config));
    if let Some(folder) = &args.scenes {
        let figures = scenes::measure(&reader, &args.covers, folder, args.sheet.as_deref())?;
        let mut out = io::stdout().lock();
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&figures)?)?;
        } else {
            scenes::print(&mut out, &figures)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let covers = match &args.csv {
        Some(table) => listed(table)?,
        None => folders(&args.covers)?,
    };
    if covers.is_empty() {
        bail!("{} holds no covers; name a folder with a folder per genre in it", args.covers.display());
    }
    let (figures, unread) = measure(&reader, &args.covers, &covers)?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&figures)?)?;
    } else {
        print(&mut out, &reader, &figures)?;
    }
    Ok(if unread == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Reads every cover; what cannot be read, or is of a genre that the bundle does not know, is said.
fn measure(reader: &Reader, folder: &Path, covers: &[Labelled]) -> anyhow::Result<(Figures, u32)> {
    let genres: Vec<String> = reader.bundle().genres.iter().map(|genre| genre.id.clone()).collect();
    let mut tally = Tally::new(genres);
    let mut unread = 0;
    let mut unknown: Vec<&str> = Vec::new();

    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} covers, {eta} to go")?;
    let progress = ProgressBar::new(covers.len() as u64).with_style(style);
    for cover in progress.wrap_iter(covers.iter()) {
        let Some(truth) = tally.place(&cover.label) else {
            if !unknown.contains(&cover.label.as_str()) {
                unknown.push(&cover.label);
            }
            continue;
        };
        let path = folder.join(&cover.path);
        let picture = match read_picture(&path) {
            Ok(picture) => picture,
            Err(error) => {
                progress.suspend(|| complain(&format!("{}: {error}", path.display())));
                unread += 1;
                continue;
            }
        };
        let sighting = reader.look(&Frame::still(picture, path.display().to_string()), Gaze::Flat)?;
        tally.count(truth, &sighting.verdict, cover.source.as_deref());
    }
    progress.finish_and_clear();

    if !unknown.is_empty() {
        complain(&format!("left out, for the bundle does not know them: {}", unknown.join(", ")));
    }
    let figures = tally.figures();
    if figures.covers == 0 {
        bail!(
            "no cover of the bundle's genres could be read in {}; name the folder that the paths begin in",
            folder.display()
        );
    }
    Ok((figures, unread))
}

/// The covers of a table.
fn listed(table: &Path) -> anyhow::Result<Vec<Labelled>> {
    let about = || format!("{}: not a table of covers", table.display());
    let mut reader = csv::Reader::from_path(table).with_context(about)?;
    let mut covers = Vec::new();
    for row in reader.deserialize() {
        let mut cover: Labelled = row.with_context(about)?;
        // The study's own tables were written on Windows.
        cover.path = cover.path.to_string_lossy().replace('\\', "/").into();
        cover.source = cover.source.filter(|source| !source.is_empty());
        covers.push(cover);
    }
    Ok(covers)
}

/// The files of a folder per genre, in the order of their names; hidden ones are passed over.
fn folders(covers: &Path) -> anyhow::Result<Vec<Labelled>> {
    let mut found = Vec::new();
    for genre in visible(covers)? {
        if !genre.is_dir() {
            continue;
        }
        let label = genre.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for path in visible(&genre)? {
            if path.is_file() {
                found.push(Labelled {
                    path: path.strip_prefix(covers)?.to_owned(),
                    label: label.clone(),
                    source: None,
                });
            }
        }
    }
    Ok(found)
}

fn visible(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let about = || format!("cannot list {}; name a folder with a folder per genre in it", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(about)? {
        let entry = entry.with_context(about)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn print(out: &mut impl Write, reader: &Reader, figures: &Figures) -> io::Result<()> {
    writeln!(out, "bundle {}, {} covers", reader.bundle().name, figures.covers)?;
    writeln!(out)?;
    for (name, figure) in [
        ("accuracy", figures.accuracy),
        ("balanced accuracy", figures.balanced_accuracy),
        ("macro F1", figures.macro_f1),
        ("top-3 accuracy", figures.top3),
        ("family accuracy", figures.family_accuracy),
    ] {
        writeln!(out, "{name:18} {figure:.3}")?;
    }
    for (name, error) in
        [("calibration error", figures.calibration_error), ("of families", figures.family_calibration_error)]
    {
        let CalibrationError { value, low, high } = error;
        writeln!(out, "{name:18} {value:.3} ({low:.3} to {high:.3})")?;
    }
    writeln!(out)?;
    for Coverage { covered, right } in &figures.coverage {
        writeln!(out, "the surest {:>3.0} %   {:.3} right", 100.0 * covered, right)?;
    }
    let Words { genre, genre_right, family, family_right, unsure, nothing } = figures.words;
    writeln!(
        out,
        "said aloud: a genre {genre} times, right {genre_right}; a family {family} times, right {family_right}; unsure {unsure}; no sleeve {nothing}"
    )?;
    writeln!(out)?;
    writeln!(
        out,
        "{:12} {:>6} {:>9} {:>6} {:>6}   said to be",
        "genre", "covers", "precision", "recall", "F1"
    )?;
    for (genre, row) in figures.genres.iter().zip(&figures.confusion) {
        let said: String = row.iter().map(|count| format!("{count:5}")).collect();
        writeln!(
            out,
            "{:12} {:>6} {:>9.3} {:>6.3} {:>6.3}  {said}",
            genre.genre, genre.covers, genre.precision, genre.recall, genre.f1
        )?;
    }
    if !figures.sources.is_empty() {
        writeln!(out)?;
        writeln!(out, "{:40} {:>6} {:>9}", "source", "covers", "accuracy")?;
        for source in &figures.sources {
            writeln!(out, "{:40} {:>6} {:>9.3}", source.source, source.covers, source.accuracy)?;
        }
    }
    Ok(())
}
