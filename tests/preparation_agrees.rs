//! The device prepares a picture as the trainer does, and tract answers as ONNX Runtime does.
//!
//! The pictures in `tests/preparation/` are drawn by `sleevetrainer goldens`, which also wrote beside
//! each how the trainer prepares it and what ONNX Runtime says of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use image::RgbImage;
use serde::Deserialize;
use sleevesight::network::{Bundle, Network, prepare, scale};
use sleevesight::picture;
use sleevesight::sleeve::Cover;

/// Levels of 256 by which a value of a picture without loss may differ, the mean and the most: both resize in
/// two passes and round to 8 bits after each, in fixed point of their own.
const MEAN: f64 = 0.25;
const MOST: u8 = 2;

/// The same for JPEG, whose decoders round and interpolate in their own ways: the mean, and the most.
const JPEG_MEAN: f64 = 0.6;
const JPEG_MOST: u8 = 12;

/// By how much a logit, and a value of the embedding, may differ where the same values go in: both runtimes sum bytes
/// exactly, but where a sum lies half-way between two bytes, the last bit of a scale tells which of them follows.
const SAME_INPUT: [f32; 2] = [0.06, 0.02];

/// By how much a probability may differ from picture to answer, JPEG decoders and all.
const WHOLE_WAY: f32 = 0.02;

#[derive(Deserialize)]
struct Answers {
    bundle: String,
    pictures: BTreeMap<String, Answer>,
}

#[derive(Deserialize)]
struct Answer {
    logits: Vec<f32>,
    embedding: Vec<f32>,
}

fn answers() -> Answers {
    let text = fs::read_to_string(folder().join("answers.json")).expect("the answers are there");
    let answers: Answers = serde_json::from_str(&text).expect("the answers are JSON");
    assert!(answers.pictures.len() >= 12, "there are pictures to hold against each other");
    answers
}

fn folder() -> PathBuf {
    crate::common::root().join("tests/preparation")
}

fn bundle() -> Bundle {
    Bundle::open(&crate::common::root().join("models/default")).expect("the default bundle is whole")
}

fn decoded(path: &Path) -> RgbImage {
    picture::decode(&fs::read(path).expect("the picture is there")).expect("the picture is whole")
}

#[test]
fn the_answers_are_those_of_the_shipped_network() {
    let text = fs::read_to_string(bundle().folder.join("bundle.toml")).expect("bundle.toml is there");
    let hash = format!("sha256 = \"{}\"", answers().bundle);
    assert!(hash.len() > 70 && text.contains(&hash), "a new bundle asks for: sleevetrainer goldens");
}

#[test]
fn every_picture_is_prepared_as_the_trainer_prepares_it() {
    let size = bundle().input.size;
    for name in answers().pictures.keys() {
        let ours = scale(&Cover::centred(&decoded(&folder().join(name))), size);
        let theirs = decoded(&folder().join(format!("{name}.prepared.png")));
        assert_eq!(ours.dimensions(), theirs.dimensions(), "{name}");
        let off: Vec<u8> = ours.as_raw().iter().zip(theirs.as_raw()).map(|(a, b)| a.abs_diff(*b)).collect();
        let most = off.iter().copied().max().unwrap_or(0);
        let mean = off.iter().map(|off| f64::from(*off)).sum::<f64>() / off.len() as f64;
        if name.ends_with(".jpg") {
            assert!(mean <= JPEG_MEAN && most <= JPEG_MOST, "{name} is {mean} levels off, at most {most}");
        } else {
            assert!(mean <= MEAN && most <= MOST, "{name} is {mean} levels off, at most {most}");
        }
    }
}

#[test]
fn tract_answers_as_onnx_runtime_does() {
    let bundle = bundle();
    let network = Network::load(&bundle).expect("the network loads");
    for (name, answer) in answers().pictures {
        // The trainer's own preparation, so that nothing but the runtimes can differ.
        let cover = Cover::centred(&decoded(&folder().join(format!("{name}.prepared.png"))));
        let reading = network.read(&prepare(&cover, &bundle.input)).expect("the network reads");
        assert_eq!(reading.logits.len(), answer.logits.len(), "{name}");
        assert_eq!(reading.embedding.len(), answer.embedding.len(), "{name}");
        for (ours, theirs) in reading.logits.iter().zip(&answer.logits) {
            assert!(
                (ours - theirs).abs() <= SAME_INPUT[0],
                "{name}: {:?} is not {:?}",
                reading.logits,
                answer.logits
            );
        }
        for (ours, theirs) in reading.embedding.iter().zip(&answer.embedding) {
            assert!((ours - theirs).abs() <= SAME_INPUT[1], "{name}: the embeddings differ");
        }
    }
}

#[test]
fn from_file_to_answer_the_two_agree() {
    let bundle = bundle();
    let network = Network::load(&bundle).expect("the network loads");
    let probabilities = |logits: &[f32]| sleevesight::verdict::probabilities(logits, 1.0);
    for (name, answer) in answers().pictures {
        let cover = Cover::centred(&decoded(&folder().join(&name)));
        let reading = network.read(&prepare(&cover, &bundle.input)).expect("the network reads");
        let (ours, theirs) = (probabilities(&reading.logits), probabilities(&answer.logits));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert!((ours - theirs).abs() <= WHOLE_WAY, "{name}: {ours} is not {theirs}");
        }
    }
}

#[test]
fn evidence_averages_to_the_logits_and_the_embedding_has_unit_length() {
    let bundle = bundle();
    let network = Network::load(&bundle).expect("the network loads");
    for path in crate::common::files("tests/sleeves/flat", ".jpg").iter().take(4) {
        let reading =
            network.read(&prepare(&Cover::centred(&decoded(path)), &bundle.input)).expect("it reads");
        let cells = reading.grid * reading.grid;
        assert_eq!(reading.evidence.len(), cells * reading.logits.len());
        for (map, logit) in reading.evidence.chunks(cells).zip(&reading.logits) {
            let mean = map.iter().sum::<f32>() / cells as f32;
            assert!((mean - logit).abs() < 1e-3, "{mean} is not {logit}");
        }
        let length = reading.embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
        assert!((length - 1.0).abs() < 1e-4, "{length}");
    }
}
