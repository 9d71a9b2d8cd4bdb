//! What the shipped network says of the sleeves that the project draws, whatever it is.
//!
//! First the picture alone, then with the words on the sleeve; of these, what was read as well. Under emulation,
//! words are left to `tests/words_agree.rs`. The golden file tells it for x86-64. After a new bundle or a better finder it is written anew by
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
    with_words: WithWords,
}

/// What is kept of the same with words.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct WithWords {
    verdict: String,
    genre: Option<String>,
    artist: Option<String>,
    /// The lines that were surely read, in reading order.
    lines: Vec<String>,
}

/// Lines that were read less surely may be others on another processor.
const SURELY_READ: f64 = 0.9;

fn classified(paths: &[PathBuf], flat: bool, words: bool) -> Vec<Value> {
    let mut command = crate::common::in_checkout("classify");
    command.arg("--json").args((!words).then_some("--no-words")).args(flat.then_some("--flat")).args(paths);
    let output = command.assert().success().stderr("").get_output().stdout.clone();
    let text = String::from_utf8(output).expect("the output is text");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is an object")).collect()
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(ToOwned::to_owned)
}

fn with_words(line: &Value) -> WithWords {
    let surely = |line: &&Value| line["confidence"].as_f64() >= Some(SURELY_READ);
    let lines = line["words"].as_array().expect("a list").iter().filter(surely);
    WithWords {
        verdict: text_of(&line["verdict"]).expect("a verdict"),
        genre: text_of(&line["genre"]),
        artist: text_of(&line["artist"]["name"]),
        lines: lines.map(|line| text_of(&line["text"]).expect("a text")).collect(),
    }
}

fn golden_of(line: &Value, with_words: WithWords) -> Golden {
    let thousandths = |value: &Value| (value.as_f64().expect("a number") * 1e3).round() / 1e3;
    Golden {
        verdict: text_of(&line["verdict"]).expect("a verdict"),
        genre: text_of(&line["genre"]),
        probabilities: line["genres"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| (row["genre"].as_str().expect("an id").to_owned(), thousandths(&row["probability"])))
            .collect(),
        outline: serde_json::from_value(line["outline"].clone()).expect("four corners, or null"),
        with_words,
    }
}

fn compare(folder: &str, flat: bool, golden: &str) {
    let paths = crate::common::files(folder, ".jpg");
    assert!(paths.len() >= 12, "there are at least twelve sleeves");
    let name = |path: &PathBuf| path.file_name().expect("a file").to_string_lossy().into_owned();
    let golden = crate::common::root().join("tests/sleeves").join(golden);
    let read_words: Vec<WithWords> = if crate::common::is_emulated() {
        let mut kept = read(&golden);
        let kept =
            paths.iter().map(|path| kept.remove(&name(path)).expect("the golden file has this sleeve"));
        kept.map(|golden| golden.with_words).collect()
    } else {
        classified(&paths, flat, true).iter().map(with_words).collect()
    };
    let found: BTreeMap<String, Golden> = paths
        .iter()
        .zip(classified(&paths, flat, false))
        .zip(read_words)
        .map(|((path, line), with_words)| (name(path), golden_of(&line, with_words)))
        .collect();

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
        assert_eq!(found.with_words, wanted.with_words, "{name}");
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
