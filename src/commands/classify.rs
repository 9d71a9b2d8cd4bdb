//! `sleevesight classify`: the genre of the sleeve in each picture.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use image::ImageFormat;
use serde::Serialize;
use sleevesight::chart::{bar, per_cent};
use sleevesight::explanation::explanation;
use sleevesight::file;
use sleevesight::frame::Frame;
use sleevesight::network::Reading;
use sleevesight::reader::{Gaze, Reader};
use sleevesight::sighting::{Millis, Sighting};
use sleevesight::sleeve::Cover;
use sleevesight::stock::{By, Candidate, Known, Lookalike, Stock};
use sleevesight::verdict::{Answer, Word};
use sleevesight::words::printable;

use super::stock::{lookalikes, one_of};
use super::{PassesChoice, Setup, StockChoice, complain, read_picture, reading_words};

/// The length of a bar, in characters.
const BAR: usize = 24;

#[derive(Args)]
pub(crate) struct ClassifyArgs {
    /// Pictures: JPEG, PNG or WebP
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The picture is the cover, all of it: look for no sleeve in it
    #[arg(long)]
    flat: bool,
    /// Print one JSON object a line, one per picture, and nothing else
    #[arg(long)]
    json: bool,
    /// Draw why over the cover: what speaks for the likeliest genre (orange) and against it (blue)
    #[arg(long, value_name = "OUT.png")]
    explain: Option<PathBuf>,
    #[command(flatten)]
    words: PassesChoice,
    #[command(flatten)]
    stock: StockChoice,
    #[command(flatten)]
    setup: Setup,
}

pub(crate) fn classify(args: &ClassifyArgs) -> anyhow::Result<ExitCode> {
    if args.explain.is_some() && args.paths.len() > 1 {
        complain("--explain draws one picture; name one at a time");
        return Ok(ExitCode::from(2));
    }
    let config = args.setup.config()?;
    let reader = reading_words(args.setup.reader(&config)?, args.words.passes(&config));
    let reader = match &args.stock.named {
        Some(path) => {
            let stock = Stock::open(path, reader.bundle())?;
            reader.beside(Arc::new(stock))
        }
        None => reader,
    };
    let mut out = io::stdout().lock();
    let mut status = ExitCode::SUCCESS;
    for path in &args.paths {
        let outcome = look(&reader, path, args);
        if outcome.is_err() {
            status = ExitCode::from(1);
        }
        match (outcome, args.json) {
            (Ok(sighting), true) => line(&mut out, &Line::of(&sighting, reader.stock().is_some()))?,
            (Err(error), true) => {
                let source = path.display().to_string();
                line(&mut out, &Failure { source, error: format!("{error:#}") })?;
            }
            (Ok(sighting), false) => print(&mut out, &sighting, args.flat)?,
            (Err(error), false) => complain(&format!("{}: {error:#}", path.display())),
        }
        // A reader at the other end of a pipe gets each answer as it is had.
        out.flush()?;
    }
    Ok(status)
}

fn look(reader: &Reader, path: &Path, args: &ClassifyArgs) -> anyhow::Result<Sighting> {
    let frame = Frame::still(read_picture(path)?, path.display().to_string());
    let (sighting, seen) = reader.examine(&frame, if args.flat { Gaze::Flat } else { Gaze::Still })?;
    if let (Some(out), Some((cover, reading))) = (&args.explain, &seen) {
        draw(out, cover, reading).with_context(|| format!("cannot write {}", out.display()))?;
    }
    Ok(sighting)
}

/// Writes why the likeliest genre was said, as a PNG.
fn draw(out: &Path, cover: &Cover, reading: &Reading) -> anyhow::Result<()> {
    let likeliest = reading.logits.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
    let (genre, _) = likeliest.context("the network has no genres")?;
    let mut png = Vec::new();
    explanation(cover, reading, genre).write_to(&mut io::Cursor::new(&mut png), ImageFormat::Png)?;
    Ok(file::write(out, &png)?)
}

/// One line of `--json` for a picture that was read. Stable: keys are added, none changes.
#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    #[serde(flatten)]
    answer: Answer,
    outline: Option<[[f32; 2]; 4]>,
    millis: Millis,
    /// Only where there is a stock.
    #[serde(flatten)]
    stock: Option<StockAnswer<'a>>,
}

#[derive(Serialize)]
struct StockAnswer<'a> {
    record: Option<&'a Known>,
    candidates: &'a [Candidate],
    lookalikes: &'a [Lookalike],
}

/// One line of `--json` for a picture that could not be read.
#[derive(Serialize)]
struct Failure {
    source: String,
    error: String,
}

impl<'a> Line<'a> {
    fn of(sighting: &'a Sighting, has_stock: bool) -> Self {
        let verdict = &sighting.verdict;
        let Millis { find, flatten, read, words } = sighting.millis;
        let micros = |millis: f64| (millis * 1e3).round() / 1e3;
        Self {
            source: &sighting.name,
            answer: Answer::of(verdict, sighting.cover),
            outline: sighting.outline.map(|outline| outline.corners.map(|corner| corner.map(tenths))),
            millis: Millis {
                find: micros(find),
                flatten: micros(flatten),
                read: micros(read),
                words: micros(words),
            },
            stock: has_stock.then(|| StockAnswer {
                record: verdict.word.record(),
                candidates: &verdict.candidates,
                lookalikes: &verdict.lookalikes,
            }),
        }
    }
}

/// A tenth of a pixel is more than the finder can promise.
fn tenths(pixels: f32) -> f32 {
    (pixels * 10.0).round() / 10.0
}

fn line(out: &mut impl Write, line: &impl Serialize) -> anyhow::Result<()> {
    writeln!(out, "{}", serde_json::to_string(line)?)?;
    Ok(())
}

/// What a person reads: what is said, how the sleeve was found, and a bar per genre.
fn print(out: &mut impl Write, sighting: &Sighting, flat: bool) -> io::Result<()> {
    let verdict = &sighting.verdict;
    let said = match &verdict.word {
        Word::Record(recognition) => recognition.known.record.details.line(&recognition.genre.genre.en),
        Word::Genre(likely) => format!("{}, {}", likely.genre.en, per_cent(likely.probability)),
        Word::Family(likely) => format!("{}, {}", likely.family.en, per_cent(likely.probability)),
        Word::Nothing => "no sleeve".to_owned(),
        _ => {
            let likely: Vec<&str> =
                verdict.genres.iter().take(3).map(|likely| likely.genre.en.as_str()).collect();
            format!("unsure; perhaps {}", likely.join(", "))
        }
    };
    writeln!(out, "{}", printable(&format!("{}: {said}", sighting.name)))?;
    if let Word::Record(recognition) = &verdict.word {
        let by = match recognition.known.by {
            By::Cover => "its cover",
            By::Words => "its words",
            By::Both => "its cover and its words",
        };
        writeln!(out, "  in stock, known by {by}")?;
    }
    if !verdict.words.is_empty() {
        let read: Vec<String> = verdict.words.iter().map(|line| printable(&line.text)).collect();
        writeln!(out, "  read: {}", read.join(" / "))?;
    }
    if let Some(named) = verdict.named() {
        writeln!(out, "  it says {named}")?;
    }
    match sighting.outline {
        Some(outline) => {
            let corners = outline.corners.map(|[x, y]| format!("({x:.0}, {y:.0})")).join(" ");
            writeln!(out, "  a sleeve at {corners}")?;
        }
        None if flat => {}
        None => writeln!(out, "  no sleeve found: this is what its centred square looks like")?,
    }
    let widest = verdict.genres.iter().map(|likely| likely.genre.en.chars().count()).max().unwrap_or(0);
    for likely in &verdict.genres {
        let (bar, rest) = bar(likely.probability, BAR);
        writeln!(out, "  {:widest$}  {bar}{rest} {:>5}", likely.genre.en, per_cent(likely.probability))?;
    }
    if !verdict.candidates.is_empty() {
        one_of(out, &verdict.candidates)?;
    }
    if !verdict.lookalikes.is_empty() {
        writeln!(out, "  looks like")?;
        lookalikes(out, &verdict.lookalikes)?;
    }
    writeln!(out)
}
