//! A bundle that is not whole is refused, in words that say what is wrong.

use std::fs;
use std::path::Path;

use crate::common::{copied_bundle, edit};
use predicates::prelude::{PredicateBooleanExt, predicate};
use sleevesight::network::Bundle;
use sleevesight::reader::Reader;
use sleevesight::verdict::Caution;

/// What is done to the text of a `bundle.toml`.
type Change<'a> = &'a dyn Fn(&str) -> String;

/// What a reader says of a bundle that it refuses.
fn refusal(folder: &Path) -> String {
    Reader::open(folder, Caution::Normal).err().expect("the bundle is refused").to_string()
}

#[test]
fn the_default_bundle_loads() {
    let bundle = Bundle::open(&crate::common::root().join("models/default")).expect("it is whole");
    assert!(bundle.genres.len() >= 2);
    Reader::open(&bundle.folder, Caution::Normal).expect("its network loads");
}

#[test]
fn a_changed_network_is_refused_by_its_hash() {
    let bundle = copied_bundle();
    let path = bundle.path().join("network.onnx");
    let mut bytes = fs::read(&path).expect("the copy is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("the copy can be written");
    assert!(refusal(bundle.path()).contains("SHA-256"), "{}", refusal(bundle.path()));
}

#[test]
fn another_format_is_refused_by_its_number() {
    let bundle = copied_bundle();
    edit(&bundle, |text| text.replacen("format = 2", "format = 3", 1));
    assert!(refusal(bundle.path()).contains("format 3"), "{}", refusal(bundle.path()));
}

/// The bundle in format 1: the genres with a logit alone.
fn in_format_1(text: &str) -> String {
    let text = text.replacen("format = 2", "format = 1", 1);
    let end = text.find("\n[training]").expect("[training] follows the genres");
    let genres = text[..end].split("\n[[genres]]").filter(|genre| !genre.contains("prior = "));
    format!("{}{}", genres.collect::<Vec<_>>().join("\n[[genres]]"), &text[end..])
}

#[test]
fn format_2_names_more_genres_than_the_network_has_logits() {
    let bundle = Bundle::open(&crate::common::root().join("models/default")).expect("it is whole");
    let ids: Vec<&str> = bundle.genres.iter().map(|genre| genre.id.as_str()).collect();
    let taught = ["classical", "country", "electronic", "hiphop", "jazz", "metal", "pop", "rock"];
    let untaught = ["blues", "reggae", "soul_rnb", "folk", "punk", "latin", "world", "soundtrack"];
    assert_eq!(ids, [taught, untaught].concat(), "the order is that of the code numbers");
    assert_eq!(bundle.taught(), 8);
    for genre in &bundle.genres {
        assert!(bundle.families.iter().any(|family| family.id == genre.family), "{}", genre.id);
        assert_ne!(genre.en, genre.ru, "{}", genre.id);
        let same = bundle.genres.iter().filter(|other| other.color == genre.color).count();
        assert_eq!(same, 1, "{} shares its colour", genre.id);
    }
}

#[test]
fn format_1_is_read_with_its_own_genres() {
    let folder = copied_bundle();
    edit(&folder, |text| in_format_1(&text));
    let bundle = Bundle::open(folder.path()).expect("it is whole");
    assert_eq!((bundle.genres.len(), bundle.taught()), (8, 8));
    Reader::open(folder.path(), Caution::Normal).expect("its network loads");
}

#[test]
fn priors_that_cannot_be_are_refused() {
    let blues = "id = \"blues\"";
    let prior = |text: &str, value: &str| {
        let (head, tail) = text.split_once(blues).expect("there is blues");
        let (between, rest) = tail.split_once("prior = ").expect("it has a prior");
        let end = rest.find('\n').expect("a line ends");
        format!("{head}{blues}{between}prior = {value}{}", &rest[end..])
    };
    let cases: [(&str, Change<'_>, &str); 7] = [
        ("of format 1", &|text| text.replacen("format = 2", "format = 1", 1), "which is of format 2"),
        ("0", &|text| prior(text, "0.0"), "above 0 and below 1"),
        ("1", &|text| prior(text, "1.0"), "above 0 and below 1"),
        ("no number", &|text| prior(text, "nan"), "above 0 and below 1"),
        ("a sum of one half", &|text| prior(text, "0.49"), "must be below 0.5"),
        (
            "not last",
            &|text| text.replacen("id = \"jazz\"", "prior = 0.01\nid = \"jazz\"", 1),
            "comes after \"jazz\"",
        ),
        (
            "one with a logit",
            &|text| {
                let ids = ["country", "electronic", "hiphop", "jazz", "metal", "pop", "rock"];
                ids.iter().fold(text.to_owned(), |text, id| {
                    let id = format!("id = \"{id}\"\nfamily");
                    let place = text.rfind(&id).expect("the genre is there");
                    format!("{}prior = 0.01\n{}", &text[..place], &text[place..])
                })
            },
            "at least 2 are needed",
        ),
    ];
    for (case, change, wanted) in cases {
        let bundle = copied_bundle();
        edit(&bundle, |text| change(&text));
        let refusal = refusal(bundle.path());
        assert!(refusal.contains(wanted), "{case}: {refusal}");
    }
}

#[test]
fn a_wrong_input_size_is_refused() {
    let bundle = copied_bundle();
    let size = Bundle::open(bundle.path()).expect("the copy is whole").input.size;
    edit(&bundle, |text| text.replacen(&format!("size = {size}"), &format!("size = {}", size + 32), 1));
    let refusal = refusal(bundle.path());
    assert!(refusal.contains("shape") && refusal.contains(&(size + 32).to_string()), "{refusal}");
}

#[test]
fn a_genre_too_few_is_refused() {
    let bundle = copied_bundle();
    edit(&bundle, |text| {
        let text = in_format_1(&text);
        let last = text.rfind("[[genres]]").expect("there are genres");
        let end = text[last + 1..].find("\n[").map_or(text.len(), |end| last + 1 + end);
        format!("{}{}", &text[..last], &text[end..])
    });
    assert!(refusal(bundle.path()).contains("\"logits\" has shape"), "{}", refusal(bundle.path()));
}

#[test]
fn a_wrong_embedding_length_is_refused() {
    let bundle = copied_bundle();
    let length = Bundle::open(bundle.path()).expect("the copy is whole").embedding;
    edit(&bundle, |text| text.replacen(&format!("embedding = {length}"), "embedding = 7", 1));
    assert!(refusal(bundle.path()).contains("\"embedding\" has shape"), "{}", refusal(bundle.path()));
}

#[test]
fn an_unknown_key_is_refused_by_name_and_line() {
    let bundle = copied_bundle();
    edit(&bundle, |text| text.replacen("[input]\n", "[input]\ncolour = 3\n", 1));
    let refusal = refusal(bundle.path());
    assert!(refusal.contains("colour") && refusal.contains("line "), "{refusal}");
}

#[test]
fn a_network_outside_the_folder_is_refused() {
    let bundle = copied_bundle();
    edit(&bundle, |text| text.replacen("\"network.onnx\"", "\"../network.onnx\"", 1));
    assert!(refusal(bundle.path()).contains("beside it"), "{}", refusal(bundle.path()));
}

#[test]
fn bytes_that_are_no_network_are_refused() {
    use sha2::{Digest, Sha256};
    let bundle = copied_bundle();
    let bytes = b"not a network at all";
    fs::write(bundle.path().join("network.onnx"), bytes).expect("the copy can be written");
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    edit(&bundle, |text| {
        let start = text.find("sha256 = \"").expect("the hash is there") + "sha256 = \"".len();
        format!("{}{digest}{}", &text[..start], &text[start + 64..])
    });
    assert!(refusal(bundle.path()).contains("cannot be loaded"), "{}", refusal(bundle.path()));
}

#[test]
fn the_program_says_where_it_looked_for_a_bundle_and_exits_with_3() {
    let empty = tempfile::tempdir().expect("a temporary folder");
    crate::common::sleevesight()
        .args(["classify", "--bundle"])
        .arg(empty.path())
        .arg("x.jpg")
        .assert()
        .code(3)
        .stdout("")
        .stderr(predicate::str::contains("no model bundle in").and(predicate::str::contains("--bundle DIR")));
}

#[test]
fn an_id_that_could_be_a_path_or_a_line_of_its_own_is_refused_by_every_command() {
    let long = "x".repeat(65);
    for id in ["../../etc/cron.d", "/etc/cron.d", "..", "", "Hip Hop", "рок", "a\\nb", "a/b", &long] {
        for (what, line) in [
            ("genre", "[[genres]]\nid = \"jazz\""),
            ("family", "family = \"jazz_classical\""),
            ("family", "[[families]]\nid = \"jazz_classical\""),
        ] {
            let bundle = copied_bundle();
            edit(&bundle, |text| {
                assert!(text.contains(line), "{line}");
                let (before, _) = line.rsplit_once(" = ").expect("a key");
                text.replacen(line, &format!("{before} = \"{id}\""), 1)
            });
            let refusal = Bundle::open(bundle.path()).expect_err("it is refused").to_string();
            let wanted = format!("the id of a {what} is ");
            assert!(refusal.contains(&wanted) && refusal.contains("letters a to z"), "{id}: {refusal}");
        }
    }
    let bundle = copied_bundle();
    edit(&bundle, |text| text.replacen("id = \"jazz\"", "id = \"../jazz\"", 1));
    let folder = bundle.path().to_str().expect("text");
    let stock = bundle.path().join("stock.db");
    let stock = stock.to_str().expect("text");
    let to = bundle.path().join("out");
    let scene = "tests/sleeves/scenes/soul-circles.jpg";
    for words in [
        &["classify", scene][..],
        &["stock", "list", "--stock", stock],
        &["stock", "export", to.to_str().expect("text"), "--stock", stock],
        &["run", "--once", "--source", "stills:tests/sleeves/scenes"],
    ] {
        let mut command = crate::common::sleevesight();
        let asked = command.args(words).args(["--bundle", folder]).assert().code(3);
        asked.stderr(predicate::str::contains("the id of a genre is"));
    }
}
