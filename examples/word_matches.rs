//! Which names stand on covers, and what speaks for each? Reads what `sleevetrainer words read` has read and writes JSON
//! lines; `sleevetrainer words fit` learns from them.
//!
//! ```text
//! cargo run --release --example word_matches -- RUN/words < RUN/words/read.jsonl > RUN/words/matches.jsonl
//! ```
//!
//! The folder holds `artists.tsv.gz`, `albums.tsv.gz` and `labels.tsv.gz`. A line of the input is a pass over a cover:
//! `path`, `pass`, `lines`, each with `text`, `confidence` and `corners`. A line of the output is a cover: `path`, and
//! `matches`, each with `name`, `read`, `features`, `shares`, `lines`, `title` and `is_label`. Of each cover, the passes
//! count that were made from the first on, up to one that is missing.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde_json::{Value, json};
use sleevesight::words::{Line, MatchReport, Matcher};

/// Covers that are matched at the same time, and written before the next ones are.
const AT_ONCE: usize = 256;

/// The lines of a cover by the pass.
type Passes = BTreeMap<u64, Vec<Line>>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of the tables")?;
    let table = |name: &str| {
        let path = Path::new(&folder).join(name);
        std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let matcher =
        Matcher::open(&table("artists.tsv.gz")?, &table("albums.tsv.gz")?, &table("labels.tsv.gz")?)?;
    let covers = read(io::stdin().lock())?;
    let covers: Vec<(String, Passes)> = covers.into_iter().collect();
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} covers, {eta} left")?;
    let progress = ProgressBar::new(covers.len() as u64).with_style(style);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for some in covers.chunks(AT_ONCE) {
        let found: Vec<Value> = some.par_iter().map(|(path, passes)| row(&matcher, path, passes)).collect();
        for row in found {
            writeln!(out, "{row}")?;
        }
        progress.inc(some.len() as u64);
    }
    out.flush()?;
    progress.finish();
    Ok(())
}

/// The passes over each cover.
fn read(input: impl BufRead) -> Result<BTreeMap<String, Passes>, Box<dyn Error>> {
    let mut covers: BTreeMap<String, Passes> = BTreeMap::new();
    for (number, text) in input.lines().enumerate() {
        let text = text?;
        let pass = serde_json::from_str(&text).ok().and_then(|value| pass(&value));
        let (path, pass, lines) =
            pass.ok_or_else(|| format!("line {} is no pass over a cover", number + 1))?;
        covers.entry(path).or_default().insert(pass, lines);
    }
    Ok(covers)
}

/// A pass over a cover.
fn pass(row: &Value) -> Option<(String, u64, Vec<Line>)> {
    let lines: Option<Vec<Line>> = row["lines"].as_array()?.iter().map(line).collect();
    Some((row["path"].as_str()?.to_owned(), row["pass"].as_u64()?, lines?))
}

fn line(row: &Value) -> Option<Line> {
    let mut corners = [[0.0; 2]; 4];
    for (place, corner) in corners.iter_mut().enumerate() {
        for (axis, value) in corner.iter_mut().enumerate() {
            *value = row["corners"][place][axis].as_f64()? as f32;
        }
    }
    let text = row["text"].as_str()?.to_owned();
    Some(Line { text, confidence: row["confidence"].as_f64()? as f32, corners })
}

/// What is written of a cover.
fn row(matcher: &Matcher, path: &str, passes: &Passes) -> Value {
    let whole: Vec<Vec<Line>> = (0..).map_while(|pass| passes.get(&pass).cloned()).collect();
    let found: Vec<Value> = matcher.matches(&whole).into_iter().map(described).collect();
    json!({"path": path, "matches": found})
}

fn described(found: MatchReport) -> Value {
    let MatchReport { name, read, features, shares, lines, title, is_label } = found;
    json!({
        "name": name,
        "read": read,
        "features": features,
        "shares": shares,
        "lines": lines,
        "title": title,
        "is_label": is_label,
    })
}
