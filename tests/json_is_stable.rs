//! `classify --json` prints nothing but one object a line, of a form that other programs may count on.

use serde_json::Value;

/// The keys of an object in the order in which they stand in a line.
fn keys_in_order(line: &str) -> Vec<&'static str> {
    let keys =
        ["source", "verdict", "genre", "family", "probability", "genres", "families", "outline", "millis"];
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
    let lines = lines(&["classify", "--json", SCENE, EMPTY, SCENE]);
    assert_eq!(lines.len(), 3, "one line an argument");
    assert_eq!(
        keys_in_order(&lines[0]),
        ["source", "verdict", "genre", "family", "probability", "genres", "families", "outline", "millis"]
    );
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
        for stage in ["find", "flatten", "read"] {
            assert!(answer["millis"][stage].as_f64().is_some_and(|millis| millis >= 0.0));
        }
    }
}

#[test]
fn the_outline_is_there_where_a_sleeve_is_and_null_where_none_is() {
    let lines = lines(&["classify", "--json", SCENE, EMPTY]);
    let answers: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let corners = answers[0]["outline"].as_array().expect("four corners");
    assert_eq!(corners.len(), 4);
    assert!(answers[1]["outline"].is_null());
}

#[test]
fn a_flat_cover_has_no_outline() {
    let lines = lines(&["classify", "--json", "--flat", "tests/sleeves/flat/ambient-dunes.jpg"]);
    let answer: Value = serde_json::from_str(&lines[0]).expect("an object");
    assert!(answer["outline"].is_null());
    assert_eq!(
        answer["millis"]["find"].as_f64().map(|millis| millis < 1.0),
        Some(true),
        "nothing was looked for"
    );
}
