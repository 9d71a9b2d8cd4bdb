//! Words that cannot be read are told in a sentence, and the picture decides alone.

use std::fs;
use std::path::Path;

use predicates::prelude::predicate;
use serde_json::Value;
use sleevesight::reader::Reader;
use sleevesight::verdict::Caution;
use sleevesight::words::PASSES;

use crate::common::{copied_bundle, copied_bundle_with_words, in_checkout, sleevesight};

const SLEEVE: &str = "tests/sleeves/flat/jazz-trumpet.jpg";

/// What is done to the folder `words/`, and what is said of it.
type Harm = (fn(&Path), &'static str);

const HARMS: [Harm; 4] = [
    (
        |words| fs::write(words.join("detector.onnx"), b"damaged").expect("written"),
        "detector.onnx is damaged",
    ),
    (|words| fs::remove_file(words.join("recogniser.onnx")).expect("gone"), "recogniser.onnx is missing"),
    (
        |words| {
            let path = words.join("words.toml");
            let text = fs::read_to_string(&path).expect("text").replace("format = 1", "format = 9");
            fs::write(path, text).expect("written");
        },
        "words.toml is of format 9",
    ),
    (|words| fs::remove_file(words.join("fusion.toml")).expect("gone"), "fusion.toml is missing"),
];

fn said(bundle: &Path, args: &[&str]) -> (Value, String) {
    let bundle = bundle.display().to_string();
    let line = ["classify", "--json", "--flat", "--passes", "1", "--bundle", &bundle, SLEEVE];
    let output = sleevesight().args(line).args(args).assert().success().get_output().clone();
    let json = serde_json::from_slice(&output.stdout).expect("a line of JSON");
    (json, String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn harm_to_what_reads_words_is_one_sentence_and_the_picture_decides() {
    let output =
        in_checkout("classify").args(["--json", "--flat", "--no-words", SLEEVE]).output().expect("it runs");
    let by_picture: Value = serde_json::from_slice(&output.stdout).expect("a line of JSON");
    for (harm, sentence) in HARMS {
        let bundle = copied_bundle_with_words();
        harm(&bundle.path().join("words"));
        let (json, stderr) = said(bundle.path(), &[]);
        assert!(stderr.contains(sentence) && stderr.contains("the picture alone decides"), "{stderr}");
        assert_eq!(stderr.trim().lines().count(), 1, "{stderr}");
        for key in ["verdict", "genre", "genres", "words", "artist"] {
            assert_eq!(json[key], by_picture[key], "{key}");
        }
        let reader =
            Reader::open(bundle.path(), Caution::Normal).expect("the bundle opens").with_words(PASSES);
        assert!(reader.words_trouble().is_some() && reader.max_passes() == 0);
    }
}

#[test]
fn a_bundle_without_words_is_no_trouble() {
    let bundle = copied_bundle();
    let (json, stderr) = said(bundle.path(), &[]);
    assert_eq!((&json["words"], stderr.as_str()), (&serde_json::json!([]), ""));
    let reader = Reader::open(bundle.path(), Caution::Normal).expect("the bundle opens").with_words(PASSES);
    assert!(reader.words_trouble().is_none() && reader.max_passes() == 0);
}

#[test]
fn evaluate_and_a_station_that_is_asked_once_say_so_as_well() {
    let bundle = copied_bundle_with_words();
    HARMS[0].0(&bundle.path().join("words"));
    let covers = tempfile::tempdir().expect("a temporary folder");
    for folder in [covers.path().to_owned(), covers.path().join("jazz")] {
        fs::create_dir_all(&folder).expect("a folder");
    }
    fs::copy(SLEEVE, covers.path().join("jazz/a.jpg")).expect("a copy");
    let source = format!("stills:{}", covers.path().join("jazz").display());
    let covers = covers.path().display().to_string();
    for line in [vec!["evaluate", &covers], vec!["run", "--once", "--source", &source]] {
        sleevesight()
            .args(line)
            .arg("--bundle")
            .arg(bundle.path())
            .assert()
            .success()
            .stderr(predicate::str::contains("detector.onnx is damaged").count(1));
    }
}

#[test]
fn the_doctor_says_what_is_wrong_with_them() {
    let bundle = copied_bundle_with_words();
    HARMS[0].0(&bundle.path().join("words"));
    let config = bundle.path().join("config.toml");
    fs::write(&config, "source = 'stills:tests/sleeves/scenes'").expect("written");
    sleevesight()
        .args(["doctor", "--language", "en", "--config"])
        .arg(&config)
        .arg("--bundle")
        .arg(bundle.path())
        .assert()
        .stdout(predicate::str::contains("WRONG   words on sleeves"));
}
