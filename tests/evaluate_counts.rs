//! `evaluate` counts what `classify` says, cover by cover.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use predicates::prelude::*;
use proptest::prelude::*;
use serde_json::Value;
use sleevesight::network::{Calibration, Family, Genre, Levels, Reading};
use sleevesight::tally::{CalibrationError, Tally, Words};
use sleevesight::verdict::{Judge, Verdict};

/// A folder per genre with drawn sleeves in it; the genre that each is said to be of.
fn covers(folder: &Path) -> Vec<(String, String)> {
    let flat = crate::common::files("tests/sleeves/flat", ".jpg");
    let mut command = crate::common::in_checkout("classify");
    let output =
        command.args(["--json", "--flat", "--no-words"]).args(&flat).output().expect("the program runs");
    let lines = String::from_utf8(output.stdout).expect("the output is text");
    let said = lines.lines().map(|line| {
        let answer: Value = serde_json::from_str(line).expect("an object");
        answer["genres"][0]["genre"].as_str().expect("an id").to_owned()
    });
    let labels = ["jazz", "metal"];
    let mut covers = Vec::new();
    for (place, (path, said)) in flat.iter().zip(said).enumerate() {
        let label = labels[place % 2];
        fs::create_dir_all(folder.join(label)).expect("the temporary folder takes folders");
        let name = path.file_name().expect("a file");
        fs::copy(path, folder.join(label).join(name)).expect("a copy");
        covers.push((format!("{label}/{}", name.to_string_lossy()), said));
    }
    covers
}

fn evaluated(arguments: &[&str], status: i32) -> (Value, String) {
    let mut command = crate::common::in_checkout("evaluate");
    let output =
        command.args(["--json", "--no-words"]).args(arguments).assert().code(status).get_output().clone();
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    (serde_json::from_str(&text(output.stdout)).expect("one object"), text(output.stderr))
}

#[test]
fn a_cover_is_right_where_its_likeliest_genre_is_its_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let covers = covers(folder.path());
    let right = covers.iter().filter(|(path, said)| path.starts_with(&format!("{said}/"))).count();
    let root = folder.path().display().to_string();

    let (figures, _) = evaluated(&[&root], 0);
    assert_eq!(figures["covers"], covers.len());
    let accuracy = figures["accuracy"].as_f64().expect("a number");
    assert!((accuracy - right as f64 / covers.len() as f64).abs() < 1e-9, "{accuracy}");

    // The study's own tables were written on Windows; a source that is told is counted by itself.
    let rows = covers.iter().map(|(path, _)| {
        let (label, name) = path.split_once('/').expect("a folder and a file");
        format!("{label}\\{name},{label},drawn\n")
    });
    let table = folder.path().join("test.csv");
    let broken = "jazz\\gone.jpg,jazz,\nno.jpg,krautrock,\n";
    fs::write(&table, format!("image_path,label,source\n{}{broken}", rows.collect::<String>()))
        .expect("the temporary folder takes files");
    let (by_table, complaints) = evaluated(&[&root, "--csv", &table.display().to_string()], 1);
    assert_eq!(by_table["confusion"], figures["confusion"]);
    assert_eq!(by_table["sources"][0]["source"], "drawn");
    assert_eq!(by_table["sources"][0]["covers"], covers.len());
    assert!(complaints.contains("gone.jpg: there is no such file"), "{complaints}");
    assert!(complaints.contains("krautrock"), "{complaints}");
}

#[test]
fn a_folder_without_covers_is_said() {
    let empty = tempfile::tempdir().expect("a temporary folder");
    crate::common::in_checkout("evaluate")
        .arg(empty.path())
        .assert()
        .code(1)
        .stdout("")
        .stderr(predicate::str::contains("holds no covers; name a folder"));
}

const GENRES: [(&str, &str); 4] =
    [("jazz", "jazz"), ("metal", "loud"), ("pop", "pop_rock"), ("rock", "pop_rock")];

/// What a judge says who says a genre from 0.6 on and a family from 0.8, and nothing of what looks less like a
/// sleeve than 0.
fn verdict(probabilities: [f32; 4], sleeve: f32) -> Verdict {
    let genre = |(id, family): (&str, &str)| Genre {
        id: id.into(),
        family: family.into(),
        en: id.into(),
        ru: id.into(),
        color: "#808080".into(),
        prior: None,
    };
    let family = |id: &str| Family { id: id.into(), en: id.into(), ru: id.into() };
    let judge = Judge::new(
        GENRES.map(|named| genre(named).into()).to_vec(),
        ["jazz", "loud", "pop_rock"].map(|id| family(id).into()).to_vec(),
        Calibration { temperature: 1.0 },
        Levels { genre: 0.6, family: Some(0.8), said: None, right: None },
    )
    .refusing_below(Some(0.0));
    judge.judge(&Reading {
        logits: probabilities.map(f32::ln).to_vec(),
        embedding: vec![1.0],
        evidence: vec![0.0; 4],
        grid: 1,
        sleeve: Some(sleeve),
        turned: None,
    })
}

fn tally() -> Tally {
    Tally::new(GENRES.map(|(id, _)| id.to_owned()).to_vec())
}

#[test]
fn figures_are_those_that_one_works_out_by_hand() {
    let mut tally = tally();
    // Jazz: two of three right. Metal: one of one. Pop: none, but once among the first three. Rock: no cover.
    tally.count(0, &verdict([0.7, 0.15, 0.1, 0.05], 1.0), Some("a"));
    tally.count(0, &verdict([0.5, 0.3, 0.15, 0.05], 1.0), Some("b"));
    tally.count(0, &verdict([0.05, 0.65, 0.15, 0.15], 1.0), Some("a"));
    tally.count(1, &verdict([0.3, 0.55, 0.1, 0.05], -1.0), None);
    tally.count(2, &verdict([0.05, 0.05, 0.4, 0.5], 1.0), Some("a"));
    let figures = tally.figures();
    let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
    near(figures.accuracy, 3.0 / 5.0);
    near(figures.balanced_accuracy, (2.0 / 3.0 + 1.0 + 0.0) / 3.0);
    near(figures.top3, 4.0 / 5.0);
    near(figures.genres[0].f1, 4.0 / 5.0);
    near(figures.genres[1].precision, 1.0 / 2.0);
    near(figures.macro_f1, (4.0 / 5.0 + 2.0 / 3.0 + 0.0) / 3.0);
    assert_eq!(figures.confusion, [[2, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]);
    let sources: Vec<(&str, u32)> =
        figures.sources.iter().map(|source| (source.source.as_str(), source.covers)).collect();
    assert_eq!(sources, [("a", 3), ("b", 1)]);
    near(figures.sources[0].accuracy, 1.0 / 3.0);

    // Pop was taken for rock, which stands on one shelf with it; and it was sure enough of the shelf.
    near(figures.family_accuracy, 4.0 / 5.0);
    let words = Words { genre: 2, genre_right: 1, family: 1, family_right: 1, unsure: 1, nothing: 1 };
    assert_eq!(figures.words, words);
    // A quarter, a half and three quarters of five are one, three and four, rounded.
    let right: Vec<f64> = figures.coverage.iter().map(|coverage| coverage.right).collect();
    assert_eq!(right, [1.0, 2.0 / 3.0, 3.0 / 4.0, 3.0 / 5.0]);
}

proptest! {
    /// Words that are right as often as they are said to be have no error but by chance; words that are off
    /// by a fixed amount have about that.
    #[test]
    fn the_calibration_error_is_what_words_are_off_by(seed: u64, boast in 0.0_f32..0.3) {
        let mut random = fastrand::Rng::with_seed(seed);
        let said: Vec<(f32, bool)> = (0..2000)
            .map(|_| {
                let likely = 0.1 + 0.6 * random.f32();
                (likely + boast, random.f32() < likely)
            })
            .collect();
        let error = CalibrationError::of(&said);
        prop_assert!((error.value - f64::from(boast)).abs() < 0.05, "{error:?}");
        prop_assert!(error.low <= error.value && error.value <= error.high);
    }
}

#[test]
fn scenes_are_held_against_their_truth() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenes = crate::common::root().join("tests/sleeves/scenes");
    let text = fs::read_to_string(scenes.join("corners.json")).expect("the corners are there");
    let truth: BTreeMap<String, Option<[[f32; 2]; 4]>> = serde_json::from_str(&text).expect("corners");
    let mut table = String::from("image_path,cover,label,x0,y0,x1,y1,x2,y2,x3,y3\n");
    for (name, corners) in &truth {
        let path = scenes.join(name);
        let cells = corners.as_ref().map_or(format!(",{}", ",".repeat(8)), |corners| {
            let numbers: Vec<String> = corners.iter().flatten().map(ToString::to_string).collect();
            format!("{name},jazz,{}", numbers.join(","))
        });
        table += &format!("{},{cells}\n", path.display());
    }
    fs::write(folder.path().join("scenes.csv"), table).expect("the temporary folder takes files");
    let sheet = folder.path().join("sheet.png");
    let arguments = ["tests/sleeves/flat", "--scenes", &folder.path().display().to_string()];
    let (figures, _) = evaluated(&[&arguments[..], &["--sheet", &sheet.display().to_string()]].concat(), 0);
    let with = truth.values().flatten().count();
    assert_eq!(figures["sleeves"], with);
    assert_eq!(figures["empty"], truth.len() - with);
    let [close, same] = ["close", "same"].map(|name| figures[name].as_f64().expect("a number"));
    assert!(close > 0.5 && close <= same, "{close} of {same}");
    assert!(sleevesight::picture::decode(&fs::read(&sheet).expect("the sheet is there")).is_ok());
}
