//! What the shipped network says of the sleeves that the project draws, whatever it is.
//!
//! The golden file tells it for x86-64. After a new bundle or a better finder it is written anew by
//! `REGENERATE=1 cargo test drawn_sleeves`, and the difference is read before it is committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What float arithmetic on another processor may change, as a probability.
const PROBABILITY: f64 = 0.01;

/// The same, in pixels of a corner.
const PIXELS: f64 = 2.0;

/// What is kept of one line of `classify --json`.
#[derive(Debug, Serialize, Deserialize)]
struct Golden {
    verdict: String,
    genre: Option<String>,
    probabilities: BTreeMap<String, f64>,
    outline: Option<[[f64; 2]; 4]>,
}

fn classified(paths: &[PathBuf], flat: bool) -> Vec<Value> {
    let mut command = crate::common::in_checkout("classify");
    command.arg("--json").args(flat.then_some("--flat")).args(paths);
    let output = command.assert().success().stderr("").get_output().stdout.clone();
    let text = String::from_utf8(output).expect("the output is text");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is an object")).collect()
}

fn golden_of(line: &Value) -> Golden {
    let thousandths = |value: &Value| (value.as_f64().expect("a number") * 1e3).round() / 1e3;
    Golden {
        verdict: line["verdict"].as_str().expect("a verdict").to_owned(),
        genre: line["genre"].as_str().map(ToOwned::to_owned),
        probabilities: line["genres"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| (row["genre"].as_str().expect("an id").to_owned(), thousandths(&row["probability"])))
            .collect(),
        outline: serde_json::from_value(line["outline"].clone()).expect("four corners, or null"),
    }
}

fn compare(folder: &str, flat: bool, golden: &str) {
    let paths = crate::common::files(folder, ".jpg");
    assert!(paths.len() >= 12, "there are at least twelve sleeves");
    let found: BTreeMap<String, Golden> = paths
        .iter()
        .zip(classified(&paths, flat))
        .map(|(path, line)| {
            (path.file_name().expect("a file").to_string_lossy().into_owned(), golden_of(&line))
        })
        .collect();

    let golden = crate::common::root().join("tests/sleeves").join(golden);
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&golden, serde_json::to_string_pretty(&found).expect("it can be written") + "\n")
            .expect("the golden file can be written");
    }
    let wanted: BTreeMap<String, Golden> = read(&golden);
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "the same sleeves");
    for (name, wanted) in &wanted {
        let found = &found[name];
        assert_eq!(found.verdict, wanted.verdict, "{name}");
        assert_eq!(found.genre, wanted.genre, "{name}");
        for (genre, probability) in &wanted.probabilities {
            let off = (found.probabilities[genre] - probability).abs();
            assert!(off <= PROBABILITY, "{name}: {genre} is {off} off");
        }
        assert_eq!(found.outline.is_some(), wanted.outline.is_some(), "{name}");
        for (found, wanted) in found.outline.iter().flatten().zip(wanted.outline.iter().flatten()) {
            let off = (found[0] - wanted[0]).hypot(found[1] - wanted[1]);
            assert!(off <= PIXELS, "{name}: a corner is {off} pixels off");
        }
    }
}

fn read(golden: &Path) -> BTreeMap<String, Golden> {
    let text = fs::read_to_string(golden).expect("the golden file is there; REGENERATE=1 writes it");
    serde_json::from_str(&text).expect("the golden file is JSON")
}

#[test]
fn flat_sleeves_are_read_as_before() {
    compare("tests/sleeves/flat", true, "golden-flat.json");
}

#[test]
fn scenes_are_found_and_read_as_before() {
    compare("tests/sleeves/scenes", false, "golden-scenes.json");
}
