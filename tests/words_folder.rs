//! The files of a bundle that read words are whole and belong together, or are refused in a sentence.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use sleevesight::words::{WordsFolder, WordsFolderError};
use tempfile::TempDir;

/// Of the bundle's network.
const NETWORK: &str = "862e2c7ab7dd776631633044c2b6200d8d3dd7c27796cbd7b8ff4eb942ce98ff";

/// What is done to a bundle's folder.
type Harm = Box<dyn Fn(&Path)>;

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder.join("words")).expect("a folder");
    fs::write(folder.join("words").join(name), text).expect("the folder takes files");
}

/// A bundle's folder with a detector, a recogniser and their list.
fn listed() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = [("detector.onnx", "where"), ("recogniser.onnx", "what")];
    let lines = files.map(|(name, text)| format!("\"{name}\" = \"{}\"\n", hex(text.as_bytes()))).concat();
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    write(folder.path(), "words.toml", &format!("format = 1\nmade = \"2026-12-01\"\n[files]\n{lines}"));
    folder
}

/// The same, and a fusion that was fitted for this network and this list.
fn fused() -> TempDir {
    let folder = listed();
    let list = fs::read(folder.path().join("words/words.toml")).expect("the list");
    let text = format!("network = \"{NETWORK}\"\nwords = \"{}\"\n[weights]\nnames = 1.5\n", hex(&list));
    write(folder.path(), "fusion.toml", &text);
    folder
}

fn open(folder: &TempDir) -> Result<Option<WordsFolder>, WordsFolderError> {
    WordsFolder::open(folder.path(), NETWORK)
}

#[test]
fn without_the_folder_there_is_none() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(open(&folder).expect("nothing is wrong"), None);
    assert_eq!(WordsFolder::open("no-such-folder".as_ref(), NETWORK).expect("nothing is wrong"), None);
}

#[test]
fn what_is_listed_is_there() {
    let folder = listed();
    let words = open(&folder).expect("it is whole").expect("it is there");
    assert_eq!(words.file("detector.onnx"), Some(&b"where"[..]));
    assert_eq!(words.file("recogniser.onnx"), Some(&b"what"[..]));
    assert_eq!((words.file("words.toml"), words.file("nothing"), words.fusion()), (None, None, None));
    assert_eq!(words.sha256(), hex(&fs::read(folder.path().join("words/words.toml")).expect("the list")));
    let names: Vec<String> = words.entries().map(|(name, _)| name).collect();
    assert_eq!(names, ["words/detector.onnx", "words/recogniser.onnx", "words/words.toml"]);

    let words = open(&fused()).expect("it is whole").expect("it is there");
    assert!(words.fusion().is_some_and(|text| text.contains("names = 1.5")));
    assert_eq!(words.entries().last().map(|(name, _)| name).as_deref(), Some("words/fusion.toml"));
}

#[test]
fn what_is_wrong_is_said_in_a_sentence() {
    let list = |text: &'static str| move |folder: &Path| write(folder, "words.toml", text);
    let harms: Vec<(&str, Harm)> = vec![
        (
            "words.toml is missing",
            Box::new(|folder| fs::remove_file(folder.join("words/words.toml")).expect("gone")),
        ),
        (
            "detector.onnx is missing",
            Box::new(|folder| fs::remove_file(folder.join("words/detector.onnx")).expect("gone")),
        ),
        ("recogniser.onnx is damaged", Box::new(|folder| write(folder, "recogniser.onnx", "whal"))),
        ("words.toml is of format 2, this program reads format 1", Box::new(list("format = 2\nfiles = 7"))),
        ("words.toml: line 1", Box::new(list("format = \"one\""))),
        ("words.toml: ", Box::new(list("format = 1"))),
        ("it lists 0 files", Box::new(list("format = 1\n[files]"))),
        ("no plain name", Box::new(list("format = 1\n[files]\n\"../network.onnx\" = \"00\""))),
        ("no plain name", Box::new(list("format = 1\n[files]\n\".hidden\" = \"00\""))),
        ("no plain name", Box::new(list("format = 1\n[files]\n\"fusion.toml\" = \"00\""))),
        ("64 hexadecimal digits", Box::new(list("format = 1\n[files]\n\"a.onnx\" = \"00\""))),
        (
            "words.toml: it is not text",
            Box::new(|folder| fs::write(folder.join("words/words.toml"), [0xff]).expect("bytes")),
        ),
        (
            "detector.onnx: it is no file",
            Box::new(|folder| {
                fs::remove_file(folder.join("words/detector.onnx")).expect("gone");
                fs::create_dir(folder.join("words/detector.onnx")).expect("a folder");
            }),
        ),
        (
            "detector.onnx has more than 16777216 bytes",
            Box::new(|folder| {
                let file = fs::File::create(folder.join("words/detector.onnx")).expect("a file");
                file.set_len((16 << 20) + 1).expect("a hole");
            }),
        ),
        ("fusion.toml: ", Box::new(|folder| write(folder, "fusion.toml", "network = 3"))),
        (
            "fusion.toml was fitted for another network.onnx",
            Box::new(|folder| {
                let path = folder.join("words/fusion.toml");
                let text = fs::read_to_string(&path).expect("the fusion");
                fs::write(path, text.replace("862e", "962e")).expect("it can be written");
            }),
        ),
        (
            "fusion.toml was fitted for another words.toml",
            Box::new(|folder| {
                let path = folder.join("words/words.toml");
                let text = fs::read_to_string(&path).expect("the list");
                fs::write(path, format!("{text}# another\n")).expect("it can be written");
            }),
        ),
        (
            "words",
            Box::new(|folder| {
                fs::remove_dir_all(folder.join("words")).expect("gone");
                fs::write(folder.join("words"), "no folder").expect("a file");
            }),
        ),
    ];
    for (wanted, harm) in harms {
        let folder = fused();
        harm(folder.path());
        let refusal = open(&folder).expect_err(wanted).to_string();
        assert!(refusal.contains(wanted) && !refusal.contains('\n'), "{wanted}: {refusal}");
        assert!(refusal.contains("; "), "it says what to do: {refusal}");
    }
}

#[test]
fn whoever_fits_the_fusion_opens_the_rest() {
    let folder = fused();
    write(folder.path(), "fusion.toml", "of another time");
    let words = WordsFolder::open_unfused(folder.path()).expect("it is whole").expect("it is there");
    assert_eq!(words.fusion(), None);
    assert!(words.file("detector.onnx").is_some());
}

proptest! {
    #[test]
    fn whatever_stands_in_its_files_it_is_whole_or_refused(
        list in prop_oneof!["\\PC*", "(format = [0-9]\n)?\\[files\\]\n(\"[a-z.]{0,9}\" = \"[0-9a-f]{0,66}\"\n){0,3}"],
        fusion in "(network|words)? ?=? ?\\PC{0,20}\n?",
    ) {
        let folder = fused();
        write(folder.path(), "words.toml", &list);
        if let Err(refusal) = open(&folder) {
            prop_assert!(!refusal.to_string().contains('\n'));
        }
        let folder = fused();
        write(folder.path(), "fusion.toml", &fusion);
        prop_assert!(open(&folder).is_err(), "it names neither network nor words");
    }
}
