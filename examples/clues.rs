//! What speaks for each outline that the finder considers? Writes a CSV for scenes that `sleevetrainer scenes` has
//! rendered; `sleevetrainer finder` learns from it.
//!
//! ```text
//! cargo run --release --example clues -- SCENES --closer > clues.csv
//! ```
//!
//! With `--glance`, of the outlines that are considered at first; with `--closer`, of those that are looked at once more.
//!
//! Columns: the scene's picture; its cover, empty where it has no sleeve; the corners' error in sides and the overlap, as
//! `evaluate` counts them; the clues. Where nothing is considered, all but the first two are empty.

use std::error::Error;
use std::io;
use std::path::Path;

use csv::StringRecord;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use sleevesight::picture;
use sleevesight::sleeve::{Finder, clues, likeness};

/// Scenes whose clues are told at the same time, and written before the next ones are.
const AT_ONCE: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of scenes")?;
    let glance = match std::env::args().nth(2).as_deref() {
        Some("--glance") => true,
        Some("--closer") => false,
        _ => return Err("say which outlines: --glance or --closer".into()),
    };
    let folder = Path::new(&folder);
    let finder = Finder::default();
    let scenes =
        csv::Reader::from_path(folder.join("scenes.csv"))?.into_records().collect::<Result<Vec<_>, _>>()?;
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    let names = (0..count(glance)).map(|number| format!("clue{number}"));
    out.write_record(["scene", "cover", "error", "overlap"].map(str::to_owned).into_iter().chain(names))?;
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} scenes, {eta} left")?;
    let progress = ProgressBar::new(scenes.len() as u64).with_style(style);
    for some in scenes.chunks(AT_ONCE) {
        let told: Result<Vec<_>, String> =
            some.par_iter().map(|scene| rows(folder, scene, &finder, glance)).collect();
        for row in told?.into_iter().flatten() {
            out.write_record(row)?;
        }
        progress.inc(some.len() as u64);
    }
    out.flush()?;
    progress.finish();
    Ok(())
}

/// How many clues there are.
fn count(glance: bool) -> usize {
    clues(if glance { 1 } else { 2 })
}

/// The rows of a scene, one for each outline that is considered in it.
fn rows(
    folder: &Path,
    scene: &StringRecord,
    finder: &Finder,
    glance: bool,
) -> Result<Vec<Vec<String>>, String> {
    let path = folder.join(&scene[0]);
    let trouble = |error: &dyn Error| format!("{}: {error}", path.display());
    let frame = std::fs::read(&path).map_err(|error| trouble(&error))?;
    let frame = picture::decode(&frame).map_err(|error| trouble(&error))?;
    let truth: Vec<f32> = scene.iter().skip(3).take(8).filter_map(|value| value.parse().ok()).collect();
    let truth: Option<[[f32; 2]; 4]> = <[f32; 8]>::try_from(truth)
        .ok()
        .map(|all| std::array::from_fn(|place| [all[2 * place], all[2 * place + 1]]));
    let considered = if glance { finder.glance(&frame) } else { finder.consider(&frame) };
    let named =
        |numbers: Vec<String>| [&scene[0], &scene[1]].map(str::to_owned).into_iter().chain(numbers).collect();
    if considered.is_empty() {
        return Ok(vec![named(vec![String::new(); count(glance) + 2])]);
    }
    let outlines = considered.into_iter().map(|one| {
        let likeness = truth.and_then(|truth| likeness(&one.corners, &truth));
        let (error, overlap) = likeness.map_or((9.0, 0.0), |likeness| (likeness.error, likeness.overlap));
        let numbers = [error, overlap].into_iter().chain(one.clues);
        named(numbers.map(|value| format!("{value:.4}")).collect())
    });
    Ok(outlines.collect())
}
