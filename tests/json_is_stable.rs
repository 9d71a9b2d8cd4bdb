//! `classify --json` prints nothing but one object a line, of a form that other programs may count on.

use image::{Rgb, RgbImage};
use imageproc::drawing::draw_polygon_mut;
use imageproc::point::Point;
use proptest::prelude::*;
use serde_json::{Value, json};
use sleevesight::sleeve::{Cover, Outline, flatten};
use sleevesight::verdict::{Answer, Verdict, Word};
use sleevesight::words::{Album, Artist, Line, WordEvidence};

const KEYS: [&str; 12] = [
    "source",
    "verdict",
    "genre",
    "family",
    "probability",
    "genres",
    "families",
    "words",
    "artist",
    "album",
    "outline",
    "millis",
];

/// The keys of an object in the order in which they stand in a line.
fn keys_in_order(line: &str) -> Vec<&'static str> {
    let keys = KEYS;
    let mut found: Vec<(usize, &str)> =
        keys.iter().filter_map(|key| line.find(&format!("\"{key}\":")).map(|place| (place, *key))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, key)| key).collect()
}

fn lines(args: &[&str]) -> Vec<String> {
    let output =
        crate::common::sleevesight().args(args).assert().success().stderr("").get_output().stdout.clone();
    String::from_utf8(output).expect("the output is text").lines().map(ToOwned::to_owned).collect()
}

const SCENE: &str = "tests/sleeves/scenes/ambient-dunes.jpg";
const EMPTY: &str = "tests/sleeves/scenes/empty-wall.jpg";

#[test]
fn every_key_is_there_and_says_what_it_may() {
    let lines = lines(&["classify", "--json", "--passes", "1", SCENE, EMPTY, SCENE]);
    assert_eq!(lines.len(), 3, "one line an argument");
    assert_eq!(keys_in_order(&lines[0]), KEYS);
    for (line, source) in lines.iter().zip([SCENE, EMPTY, SCENE]) {
        let answer: Value = serde_json::from_str(line).expect("an object");
        assert_eq!(answer["source"], source);
        let verdict = answer["verdict"].as_str().expect("a verdict");
        assert!(["record", "genre", "family", "unsure", "nothing"].contains(&verdict), "{verdict}");
        assert_eq!(answer["genre"].is_string(), ["record", "genre"].contains(&verdict));
        assert_eq!(answer["family"].is_string(), ["record", "genre", "family"].contains(&verdict));
        assert_eq!(answer["probability"].is_number(), answer["family"].is_string());
        for (list, id) in [("genres", "genre"), ("families", "family")] {
            let rows = answer[list].as_array().expect("a list");
            let probabilities: Vec<f64> =
                rows.iter().map(|row| row["probability"].as_f64().expect("a number")).collect();
            assert!(rows.iter().all(|row| row[id].is_string()));
            assert!(probabilities.is_sorted_by(|a, b| a >= b), "highest first: {probabilities:?}");
            assert!(
                (probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-4,
                "they sum to 1: {probabilities:?}"
            );
        }
        for line in answer["words"].as_array().expect("a list") {
            assert!(line["text"].is_string() && line["confidence"].is_number());
            let corners = line["box"].as_array().expect("four corners");
            assert!(
                corners.len() == 4
                    && corners.iter().all(|corner| corner[0].is_number() && corner[1].is_number())
            );
        }
        assert!(answer["artist"].is_null() || answer["artist"]["name"].is_string());
        assert!(answer["album"].is_null() || answer["album"]["title"].is_string());
        for stage in ["find", "flatten", "read", "words"] {
            assert!(answer["millis"][stage].as_f64().is_some_and(|millis| millis >= 0.0));
        }
    }
}

#[test]
fn beside_a_stock_a_line_has_record_candidates_and_lookalikes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (stock, table) = (folder.path().join("stock.db"), folder.path().join("table.csv"));
    std::fs::write(&table, "artist,title\nThe Ranges,Peaks\n").expect("written");
    let mut import = crate::common::sleevesight();
    import.args([
        "stock",
        "import",
        "--config",
        "packaging/config.toml",
        "--bundle",
        "models/default",
        "--stock",
    ]);
    import
        .args([&stock, &table])
        .assert()
        .success()
        .stdout("1 added, 0 changed, 0 as before, 0 left out; 1 in stock\n");
    let stock = stock.display().to_string();
    let flat = "tests/sleeves/flat/ambient-dunes.jpg";
    let lines = lines(&["classify", "--json", "--no-words", "--flat", flat, "--stock", &stock]);
    let answer: Value = serde_json::from_str(&lines[0]).expect("an object");
    for (key, value) in
        [("record", Value::Null), ("candidates", Value::Array(vec![])), ("lookalikes", Value::Array(vec![]))]
    {
        assert_eq!(answer.get(key), Some(&value), "{key}");
    }
}

#[test]
fn the_outline_is_there_where_a_sleeve_is_and_null_where_none_is() {
    let lines = lines(&["classify", "--json", "--no-words", SCENE, EMPTY]);
    let answers: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let corners = answers[0]["outline"].as_array().expect("four corners");
    assert_eq!(corners.len(), 4);
    assert!(answers[1]["outline"].is_null());
}

#[test]
fn a_flat_cover_has_no_outline() {
    let lines =
        lines(&["classify", "--json", "--no-words", "--flat", "tests/sleeves/flat/ambient-dunes.jpg"]);
    let answer: Value = serde_json::from_str(&lines[0]).expect("an object");
    assert!(answer["outline"].is_null());
    assert_eq!(
        answer["millis"]["find"].as_f64().map(|millis| millis < 1.0),
        Some(true),
        "nothing was looked for"
    );
}

#[test]
fn without_words_none_are_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wordless = folder.path().join("wordless.toml");
    std::fs::write(&wordless, "words = false\n").expect("the temporary folder takes files");
    for options in [&["--no-words"][..], &["--config", wordless.to_str().expect("a name")]] {
        let args = [&["classify", "--json", "--bundle", "models/default", SCENE], options].concat();
        let answer: Value = serde_json::from_str(&lines(&args)[0]).expect("an object");
        assert_eq!(answer["words"], json!([]));
        assert_eq!((&answer["artist"], &answer["album"]), (&Value::Null, &Value::Null));
        assert_eq!(answer["millis"]["words"], 0.0);
        assert_eq!(answer["genres"].as_array().map(Vec::len), Some(16), "all genres are told nevertheless");
    }
}

#[test]
fn passes_are_one_to_five() {
    for (passes, is_right) in [("1", true), ("5", true), ("0", false), ("6", false)] {
        let outcome =
            crate::common::sleevesight().args(["classify", "--passes", passes, "no-such-file.jpg"]).assert();
        if is_right {
            outcome.code(1)
        } else {
            outcome.code(2)
        };
    }
    crate::common::sleevesight().args(["classify", "--no-words", "--passes", "1", EMPTY]).assert().code(2);
}

/// What a verdict with these words answers, of a cover with these corners.
fn told(line: &Line, cover: [[f32; 2]; 4]) -> Value {
    let evidence = WordEvidence {
        lines: vec![line.clone()],
        artist: Some(Artist { name: line.text.clone(), confidence: 0.93, lines: vec![0] }),
        album: Some(Album { artist: line.text.clone(), title: line.text.clone(), year: Some(1959) }),
        ..WordEvidence::default()
    };
    let verdict = Verdict::new(Word::Unsure, vec![], vec![]).with_words(&evidence);
    serde_json::to_value(Answer::of(&verdict, Some(cover))).expect("it can be written")
}

const CORNERS: [[f32; 2]; 4] = [[0.25, 0.5], [0.75, 0.5], [0.75, 0.75], [0.25, 0.75]];

#[test]
fn words_are_told_with_their_places_in_the_picture() {
    let line = Line { text: "MILES DAVIS".into(), confidence: 0.97, corners: CORNERS };
    let cover = Cover::centred_corners(&RgbImage::new(400, 200));
    let answer = told(&line, cover);
    assert_eq!(answer["words"][0]["text"], "MILES DAVIS");
    assert_eq!(
        answer["words"][0]["box"],
        json!([[149.5, 99.5], [249.5, 99.5], [249.5, 149.5], [149.5, 149.5]])
    );
    assert_eq!(answer["artist"]["name"], "MILES DAVIS");
    assert!((answer["artist"]["confidence"].as_f64().expect("a number") - 0.93).abs() < 1e-6);
    assert_eq!(answer["artist"].as_object().map(serde_json::Map::len), Some(2));
    assert_eq!(answer["album"], json!({ "artist": "MILES DAVIS", "title": "MILES DAVIS", "year": 1959 }));
    // The same sleeve, a quarter turned: the box turns with it.
    let [a, b, c, d] = cover;
    let turned = told(&line, [b, c, d, a]);
    assert_eq!(turned["words"][0]["box"][0], json!([199.5, 49.5]));
}

#[test]
fn a_box_follows_the_perspective_as_the_flat_cover_does() {
    // A bright square on a dark sleeve in perspective, at known fractions of its flat cover.
    let cover = [[60.0, 40.0], [330.0, 75.0], [300.0, 310.0], [80.0, 280.0]];
    let answer = told(&Line { text: "X".into(), confidence: 1.0, corners: CORNERS }, cover);
    let place =
        |corner: usize, axis: usize| answer["words"][0]["box"][corner][axis].as_f64().expect("a number");
    let mut picture = RgbImage::new(400, 340);
    let polygon: Vec<Point<i32>> = (0..4)
        .map(|corner| Point::new(place(corner, 0).round() as i32, place(corner, 1).round() as i32))
        .collect();
    draw_polygon_mut(&mut picture, &polygon, Rgb([255; 3]));
    let flat = flatten(&picture, &Outline { corners: cover, confidence: 1.0 }).expect("an outline");
    let side = flat.side() as f32;
    for (x, y, is_bright) in
        [(0.3, 0.53, true), (0.72, 0.72, true), (0.2, 0.6, false), (0.5, 0.45, false), (0.8, 0.7, false)]
    {
        let pixel = flat.picture().get_pixel((x * side) as u32, (y * side) as u32).0[0];
        assert_eq!(pixel > 128, is_bright, "at {x}, {y}");
    }
}

proptest! {
    #[test]
    fn no_text_that_is_told_holds_what_changes_a_terminal_or_a_page(
        text in any::<String>(), controls in prop::collection::vec("[\\x00-\\x1f\\x7f-\\u{9f}\u{202e}\u{200f}]", 0..4),
    ) {
        let text = format!("{}{text}", controls.concat());
        let answer = told(&Line { text: text.clone(), confidence: 1.0, corners: CORNERS }, [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]]);
        let texts = [&answer["words"][0]["text"], &answer["artist"]["name"], &answer["album"]["title"]];
        for told in texts {
            let told = told.as_str().expect("a text");
            prop_assert!(!told.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{told:?}");
        }
        let visible: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
        prop_assert_eq!(texts[0].as_str().expect("a text").chars().filter(|letter| letter.is_alphanumeric()).collect::<String>(), visible);
    }

    #[test]
    fn every_box_is_of_numbers(
        corners in prop::array::uniform4(prop::array::uniform2(any::<f32>())),
        cover in prop::array::uniform4(prop::array::uniform2(-100.0_f32..2000.0)),
    ) {
        let answer = told(&Line { text: "X".into(), confidence: 1.0, corners }, cover);
        for corner in answer["words"][0]["box"].as_array().expect("four corners") {
            prop_assert!(corner[0].is_number() && corner[1].is_number(), "{answer}");
        }
    }
}
