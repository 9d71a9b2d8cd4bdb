//! The device reads the words on sleeves as the trainer does.
//!
//! `sleevetrainer goldens` writes `tests/words/lines.json`: what ONNX Runtime reads by the networks that ship of six
//! drawn sleeves, by each pass. The device's runtime and its scaling of pictures are others, so that a few values differ.

use std::collections::BTreeMap;
use std::fs;

use image::{RgbImage, imageops};
use serde::Deserialize;
use sleevesight::network::Bundle;
use sleevesight::picture;
use sleevesight::sleeve::Cover;
use sleevesight::words::{Line, PASSES, WordReader, WordsFolder};

use crate::common::root;

/// A line that was read as surely as this by one must be read by the other.
const SURE: f32 = 0.8;

/// The share of such lines whose text may differ.
const MAX_DIFFERENT: f32 = 0.05;

/// How far a corner may be off, as a fraction of the cover's side.
const CORNER: f32 = 0.015;

/// How far a confidence may be off.
const CONFIDENCE: f32 = 0.05;

/// The most lines of one pass.
const MAX_LINES: usize = 8;

#[derive(Deserialize)]
struct Golden {
    text: String,
    confidence: f32,
    corners: [[f32; 2]; 4],
}

#[derive(Deserialize)]
struct Goldens {
    detector: String,
    recogniser: String,
    sleeves: BTreeMap<String, Vec<Vec<Golden>>>,
}

pub(crate) fn word_reader() -> WordReader {
    let bundle = Bundle::open(&root().join("models/default")).expect("the shipped bundle");
    let files =
        WordsFolder::open(&bundle.folder, &bundle.sha256).expect("they are whole").expect("they are there");
    let fusion = files.fusion().expect("it was fitted");
    WordReader::open(files.list(), fusion, |name| files.file(name)).expect("they can be used")
}

fn cover(name: &str) -> Cover {
    let path = root().join("tests/sleeves/flat").join(name).with_extension("jpg");
    Cover::centred(&picture::decode(&fs::read(path).expect("the sleeve is there")).expect("a picture"))
}

fn corners_off(one: &[[f32; 2]; 4], other: &[[f32; 2]; 4]) -> f32 {
    let off = |(a, b): (&[f32; 2], &[f32; 2])| (a[0] - b[0]).abs().max((a[1] - b[1]).abs());
    one.iter().zip(other).map(off).fold(0.0, f32::max)
}

/// Tolerances: at most 5 % of the lines that one of both reads with a confidence of 0.8 or more are missing at the
/// other or have another text; equal lines are within 0.015 of the side at each corner, and 0.05 of each confidence.
#[test]
fn the_device_reads_the_lines_that_the_trainer_reads() {
    let text = fs::read_to_string(root().join("tests/words/lines.json")).expect("the lines are there");
    let goldens: Goldens = serde_json::from_str(&text).expect("the lines are JSON");
    let files = WordsFolder::open_unfused(&root().join("models/default")).expect("whole").expect("there");
    for (name, sha256) in [("detector.onnx", &goldens.detector), ("recogniser.onnx", &goldens.recogniser)] {
        assert!(files.list().contains(sha256.as_str()), "{name} is another one: run `sleevetrainer goldens`");
    }
    let reader = word_reader();
    let (mut sure, mut different) = (0, Vec::new());
    for (name, passes) in &goldens.sleeves {
        assert_eq!(passes.len(), PASSES, "{name}");
        // Under emulation, one pass takes longer than all of them elsewhere.
        let passes = if crate::common::is_emulated() { &passes[..1] } else { passes };
        for (pass, wanted) in passes.iter().enumerate() {
            let found = reader.read(&cover(name), pass).expect("the networks run");
            for wanted in wanted.iter().filter(|line| line.confidence >= SURE) {
                sure += 1;
                let same = |line: &&Line| {
                    line.text == wanted.text
                        && corners_off(&line.corners, &wanted.corners) <= CORNER
                        && (line.confidence - wanted.confidence).abs() <= CONFIDENCE
                };
                if !found.iter().any(|line| same(&line)) {
                    let (text, confidence) = (&wanted.text, wanted.confidence);
                    different
                        .push(format!("{name}, pass {pass}: not {text:?} ({confidence}), but {found:?}"));
                }
            }
            for line in found.iter().filter(|line| line.confidence >= SURE) {
                if !wanted.iter().any(|wanted| corners_off(&line.corners, &wanted.corners) <= CORNER) {
                    different.push(format!("{name}, pass {pass}: {line:?} is read by the device alone"));
                }
            }
        }
    }
    assert!(sure > 10, "there are lines: {sure}");
    let share = different.len() as f32 / sure as f32;
    assert!(share <= MAX_DIFFERENT, "{share} of {sure}: {different:#?}");
}

/// A page like a newspaper's: a drawn sleeve's line of text, over and over.
fn newspaper() -> Cover {
    let sleeve = cover("punk-halftone");
    let text = fs::read_to_string(root().join("tests/words/lines.json")).expect("the lines are there");
    let goldens: Goldens = serde_json::from_str(&text).expect("the lines are JSON");
    let line = &goldens.sleeves["punk-halftone"][0][1];
    let [left, top] = line.corners[0].map(|value| (value * sleeve.side() as f32) as u32);
    let [right, bottom] = line.corners[2].map(|value| (value * sleeve.side() as f32) as u32);
    let line = imageops::crop_imm(sleeve.picture(), left, top, right - left, bottom - top).to_image();
    let line = imageops::resize(&line, 230, 24, imageops::FilterType::Triangle);
    let mut page = RgbImage::from_pixel(512, 512, *line.get_pixel(0, 0));
    for row in 0..16 {
        for column in 0..2 {
            imageops::replace(&mut page, &line, 12 + 256 * column, 4 + 32 * row);
        }
    }
    Cover::centred(&page)
}

#[test]
fn a_page_full_of_text_costs_no_more_than_eight_lines_a_pass() {
    let (reader, page) = (word_reader(), newspaper());
    let passes = if crate::common::is_emulated() { 1 } else { PASSES };
    let read: Vec<Vec<Line>> =
        (0..passes).map(|pass| reader.read(&page, pass).expect("it is read")).collect();
    assert!(read.iter().all(|lines| lines.len() <= MAX_LINES), "{read:?}");
    assert_eq!(read[0].len(), MAX_LINES, "there is text: {:?}", read[0]);
    let lines = reader.weigh(&read).lines.len();
    assert!(lines <= MAX_LINES * passes, "{lines}");
}
