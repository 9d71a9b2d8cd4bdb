//! `sleevesight evaluate --scenes`: how well sleeves are found, and read where they were found.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use image::{Rgb, RgbImage, imageops};
use imageproc::drawing::draw_line_segment_mut;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use sleevesight::file;
use sleevesight::frame::Frame;
use sleevesight::reader::{Gaze, Reader};
use sleevesight::sleeve::{Likeness, likeness};

use super::read_picture;

/// A mean corner error, in sides, that is good enough.
const CLOSE: f32 = 0.02;

/// An intersection over union that is good enough.
const SAME: f32 = 0.9;

/// What the sheet shows: as many of the worst scenes, and as many that are taken evenly from all.
const SHOWN: usize = 18;

/// The sheet's columns, and the width and height of each of its pictures.
const COLUMNS: u32 = 6;
const TILE: [u32; 2] = [320, 240];

/// A row of `scenes.csv`, as `sleevetrainer scenes` writes it.
#[derive(Deserialize)]
struct Row {
    image_path: PathBuf,
    cover: String,
    label: String,
    x0: Option<f32>,
    y0: Option<f32>,
    x1: Option<f32>,
    y1: Option<f32>,
    x2: Option<f32>,
    y2: Option<f32>,
    x3: Option<f32>,
    y3: Option<f32>,
}

impl Row {
    /// The true corners, where there is a sleeve.
    fn corners(&self) -> Option<[[f32; 2]; 4]> {
        Some([[self.x0?, self.y0?], [self.x1?, self.y1?], [self.x2?, self.y2?], [self.x3?, self.y3?]])
    }
}

/// A scene that was looked at.
struct Seen {
    path: PathBuf,
    truth: Option<[[f32; 2]; 4]>,
    found: Option<[[f32; 2]; 4]>,
    likeness: Option<Likeness>,
}

impl Seen {
    /// Whether its sleeve is held upright, by the corner that comes first in the picture, and whether it is read so;
    /// of sleeves that are found.
    fn upright(&self) -> Option<(bool, bool)> {
        let (truth, found) = (self.truth?, self.found?);
        self.likeness.filter(|likeness| likeness.overlap >= SAME)?;
        let first = (0..4).min_by(|a, b| truth[*a].iter().sum::<f32>().total_cmp(&truth[*b].iter().sum()))?;
        let turned = |turn: usize| std::array::from_fn(|place| truth[(place + turn) % 4]);
        let apart = [0, 1, 2, 3].map(|turn| apart(&found, &turned(turn)));
        let turn = (0..4).min_by(|a, b| apart[*a].total_cmp(&apart[*b]))?;
        Some((first == 0, turn == 0))
    }

    /// How bad it is: the corners' error, or more than any for a sleeve that is not there or was not found.
    fn badness(&self) -> f32 {
        match (self.truth, self.found) {
            (None, None) => 0.0,
            (Some(_), Some(_)) => self.likeness.map_or(1e3, |likeness| likeness.error),
            _ => 1e3,
        }
    }
}

/// How far corners lie from others in the same order: the sum of squares.
fn apart(one: &[[f32; 2]; 4], other: &[[f32; 2]; 4]) -> f32 {
    one.iter().zip(other).map(|(a, b)| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sum()
}

/// The figures, as `--json` prints them.
#[derive(Serialize)]
pub(crate) struct SceneFigures {
    /// Scenes with a sleeve.
    sleeves: usize,
    /// Of these: the part whose corners are off by less than 2 % of the side, on average.
    close: f64,
    /// The part with an intersection over union of at least 0.9.
    same: f64,
    /// The part in which nothing is found.
    missed: f64,
    /// The median error of those that are found, in sides.
    median_error: Option<f32>,
    /// Of sleeves that are found and held upright: the part that is read upright.
    upright: f64,
    /// The same of those that are held sideways or upside down.
    turned: f64,
    /// Scenes without a sleeve.
    empty: usize,
    /// Of these: the part in which nothing is found.
    none: f64,
    /// Accuracy of the genre through finder and flattener; a sleeve that is not found is read wrong.
    accuracy: f64,
    /// Accuracy on the flat covers of the same scenes.
    accuracy_flat: f64,
    /// The median time to find, in milliseconds.
    find_millis: f64,
}

/// Looks at all scenes of a folder; `covers` holds the flat covers that they were rendered from.
pub(crate) fn measure(
    reader: &Reader,
    covers: &Path,
    scenes: &Path,
    sheet: Option<&Path>,
) -> anyhow::Result<SceneFigures> {
    let table = scenes.join("scenes.csv");
    let about = || format!("{}: no table of scenes; sleevetrainer scenes writes one", table.display());
    let rows: Vec<Row> = csv::Reader::from_path(&table)
        .with_context(about)?
        .deserialize()
        .collect::<Result<_, _>>()
        .with_context(about)?;
    if rows.is_empty() {
        bail!("{} holds no scenes; render some by: sleevetrainer scenes", scenes.display());
    }
    let likeliest = |frame: &Frame, gaze| -> anyhow::Result<_> {
        let sighting = reader.look(frame, gaze)?;
        let genre = sighting.verdict.genres.first().map(|likely| likely.genre.id.clone());
        Ok((genre, sighting))
    };
    let (mut seen, mut millis) = (Vec::new(), Vec::new());
    let (mut right, mut right_flat) = (0, 0);
    let mut flat: BTreeMap<String, Option<String>> = BTreeMap::new();
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} scenes, {eta} to go")?;
    for row in ProgressBar::new(rows.len() as u64).with_style(style).wrap_iter(rows.iter()) {
        let path = scenes.join(&row.image_path);
        let picture = read_picture(&path).with_context(|| path.display().to_string())?;
        let (genre, sighting) = likeliest(&Frame::still(picture, String::new()), Gaze::Live)?;
        let (truth, found) = (row.corners(), sighting.outline.map(|outline| outline.corners));
        if truth.is_some() {
            if !flat.contains_key(&row.cover) {
                let path = covers.join(&row.cover);
                let cover = read_picture(&path).with_context(|| path.display().to_string())?;
                flat.insert(row.cover.clone(), likeliest(&Frame::still(cover, String::new()), Gaze::Flat)?.0);
            }
            right += usize::from(genre.as_ref() == Some(&row.label));
            right_flat += usize::from(flat[&row.cover].as_ref() == Some(&row.label));
        }
        millis.push(sighting.millis.find);
        let likeness = found.zip(truth).and_then(|(found, truth)| likeness(&found, &truth));
        seen.push(Seen { path, truth, found, likeness });
    }
    if let Some(sheet) = sheet {
        draw(&seen, sheet)?;
    }
    millis.sort_by(f64::total_cmp);
    let sleeves = seen.iter().filter(|seen| seen.truth.is_some()).count();
    let mut errors: Vec<f32> = seen.iter().filter_map(|seen| Some(seen.likeness?.error)).collect();
    errors.sort_by(f32::total_cmp);
    let count = |wanted: &dyn Fn(&Seen) -> bool| seen.iter().filter(|seen| wanted(seen)).count();
    let read_upright = |held: bool| {
        let told = seen.iter().filter_map(Seen::upright).filter(|(upright, _)| *upright == held);
        let told: Vec<bool> = told.map(|(_, read)| read).collect();
        part(told.iter().filter(|read| **read).count(), told.len())
    };
    let is = |seen: &Seen, enough: fn(Likeness) -> bool| seen.likeness.is_some_and(enough);
    Ok(SceneFigures {
        sleeves,
        close: part(count(&|seen| is(seen, |likeness| likeness.error < CLOSE)), sleeves),
        same: part(count(&|seen| is(seen, |likeness| likeness.overlap >= SAME)), sleeves),
        missed: part(count(&|seen| seen.truth.is_some() && seen.found.is_none()), sleeves),
        median_error: errors.get(errors.len() / 2).copied(),
        upright: read_upright(true),
        turned: read_upright(false),
        empty: seen.len() - sleeves,
        none: part(count(&|seen| seen.truth.is_none() && seen.found.is_none()), seen.len() - sleeves),
        accuracy: part(right, sleeves),
        accuracy_flat: part(right_flat, sleeves),
        find_millis: millis[millis.len() / 2],
    })
}

/// A part of a whole, 0 where there is no whole.
fn part(some: usize, all: usize) -> f64 {
    some as f64 / all.max(1) as f64
}

/// Prints the figures for people.
pub(crate) fn print(out: &mut impl Write, figures: &SceneFigures) -> io::Result<()> {
    let per_cent = |part: f64| format!("{:.1} %", 100.0 * part);
    writeln!(out, "{} scenes with a sleeve, {} without", figures.sleeves, figures.empty)?;
    writeln!(out)?;
    for (name, figure) in [
        ("corners off by less than 2 % of the side", per_cent(figures.close)),
        ("intersection over union at least 0.9", per_cent(figures.same)),
        ("a sleeve that is there is not found", per_cent(figures.missed)),
        (
            "median error, of the side",
            figures.median_error.map_or("-".into(), |error| per_cent(error.into())),
        ),
        ("read upright, of those held upright", per_cent(figures.upright)),
        ("read upright, of those held otherwise", per_cent(figures.turned)),
        ("nothing is found where no sleeve is", per_cent(figures.none)),
        ("genre right, through finder and flattener", per_cent(figures.accuracy)),
        ("genre right, flat covers", per_cent(figures.accuracy_flat)),
        ("milliseconds to find, in the middle", format!("{:.1}", figures.find_millis)),
    ] {
        writeln!(out, "{name:42} {figure:>8}")?;
    }
    Ok(())
}

/// Draws the worst scenes, and as many others, with what is true (green) and what was found (red).
fn draw(seen: &[Seen], sheet: &Path) -> anyhow::Result<()> {
    let mut worst: Vec<&Seen> = seen.iter().collect();
    worst.sort_by(|a, b| b.badness().total_cmp(&a.badness()));
    worst.truncate(SHOWN);
    let others = seen.iter().step_by(seen.len().div_ceil(SHOWN));
    let shown: Vec<&Seen> = worst.into_iter().chain(others).collect();
    let rows = (shown.len() as u32).div_ceil(COLUMNS);
    let mut all = RgbImage::new(COLUMNS * TILE[0], rows * TILE[1]);
    for (place, scene) in (0_u32..).zip(shown) {
        let picture = read_picture(&scene.path)?;
        let scale = (TILE[0] as f32 / picture.width() as f32).min(TILE[1] as f32 / picture.height() as f32);
        let size = [picture.width(), picture.height()].map(|side| ((side as f32 * scale) as u32).max(1));
        let mut small = imageops::resize(&picture, size[0], size[1], imageops::FilterType::Triangle);
        for (corners, colour) in [(scene.truth, Rgb([0, 220, 0])), (scene.found, Rgb([255, 0, 0]))] {
            let corners = corners.map(|corners| corners.map(|[x, y]| (x * scale, y * scale)));
            for (corners, place) in
                corners.iter().flat_map(|corners| (0..4).map(move |place| (corners, place)))
            {
                draw_line_segment_mut(&mut small, corners[place], corners[(place + 1) % 4], colour);
            }
        }
        let (left, top) = (place % COLUMNS * TILE[0], place / COLUMNS * TILE[1]);
        imageops::replace(&mut all, &small, i64::from(left), i64::from(top));
    }
    let mut png = Vec::new();
    all.write_to(&mut io::Cursor::new(&mut png), image::ImageFormat::Png)?;
    file::write(sheet, &png).with_context(|| format!("cannot write {}", sheet.display()))
}
