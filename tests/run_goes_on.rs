//! `sleevesight run` shows what comes, goes on until it is told to stop, and says what is wrong.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::common::{files, root, sleevesight, started_by};
use predicates::prelude::{PredicateBooleanExt, predicate};

#[test]
fn one_round_shows_each_picture_and_ends() {
    let said =
        sleevesight().args(["run", "--no-words", "--source", "stills:tests/sleeves/flat", "--once"]).output();
    let said = said.expect("the program runs");
    assert!(said.status.success(), "{said:?}");
    let text = String::from_utf8(said.stdout).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let pictures = files("tests/sleeves/flat", "");
    assert_eq!(lines.len(), pictures.len());
    for (line, picture) in lines.iter().zip(&pictures) {
        let name = picture.file_name().expect("a file").to_string_lossy();
        assert!(line.starts_with(['●', '◐', '○']) && line.ends_with(name.as_ref()), "{line}");
        assert!(!line.contains('\x1b'), "no colours where there is no terminal: {line:?}");
    }
}

#[test]
fn a_damaged_picture_is_said_and_the_others_are_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let good = &files("tests/sleeves/flat", "")[0];
    fs::copy(good, folder.path().join(good.file_name().expect("a file"))).expect("a copy");
    fs::write(folder.path().join("a-damaged.jpg"), "a shopping list").expect("the folder takes files");
    fs::write(folder.path().join("notes.txt"), "a shopping list").expect("the folder takes files");
    let source = format!("stills:{}", folder.path().display());
    sleevesight()
        .args(["run", "--no-words", "--once", "--source", &source])
        .assert()
        .code(1)
        .stdout(predicate::function(|text: &str| text.lines().count() == 1))
        .stderr(predicate::str::contains("a-damaged.jpg: this is not a JPEG"))
        .stderr(predicate::str::contains("notes.txt").not());
}

#[test]
fn it_goes_on_until_it_is_interrupted_or_terminated() {
    for signal in ["-INT", "-TERM"] {
        let words = started_by();
        let mut station = Command::new(&words[0])
            .args(&words[1..])
            .args(["run", "--no-words", "--no-kiosk", "--source", "stills:tests/sleeves/flat"])
            .env("XDG_CONFIG_HOME", root().join("tests/no-configuration"))
            .current_dir(root())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut lines = BufReader::new(station.stdout.take().expect("a pipe")).lines();
        lines.next().expect("a first line").expect("text");
        // The shell's own: a small system has no program of that name.
        let sent = Command::new("sh").args(["-c", &format!("kill {signal} {}", station.id())]).status();
        assert!(sent.expect("a shell runs").success());
        assert!(station.wait().expect("it ends").success(), "{signal} is no failure");
    }
}

#[test]
fn what_cannot_be_used_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wrong = folder.path().join("config.toml");
    fs::write(&wrong, "[indicators.gpio.genres]\nno_such_genre = 5").expect("the folder takes files");
    let wrong = wrong.display().to_string();
    let mute = folder.path().join("mute.toml");
    fs::write(&mute, "source = 'stills:tests/sleeves/flat'\n[indicators]\nconsole = false")
        .expect("the folder takes files");
    let mute = mute.display().to_string();
    for (arguments, status, sentence) in [
        (["--source", "v4l:/dev/no-such-camera"], 4, "there is no camera at /dev/no-such-camera"),
        (["--source", "v4l:/dev/null"], 4, "/dev/null is no camera"),
        (["--source", "stills:no-such-folder"], 4, "cannot read the folder no-such-folder"),
        (["--source", "stills:src"], 4, "there is no picture in src"),
        (["--config", "no-such-file"], 2, "cannot read the configuration no-such-file"),
        (["--config", &mute], 2, "there is nothing to show verdicts on"),
        (["--config", &wrong], 2, "the lamp `no_such_genre`"),
    ] {
        sleevesight()
            .args(["run", "--no-kiosk"])
            .args(arguments)
            .assert()
            .code(status)
            .stdout("")
            .stderr(predicate::str::starts_with(format!("sleevesight: {sentence}")))
            .stderr(predicate::function(|text: &str| text.lines().count() == 1));
    }
    sleevesight()
        .args(["run", "--source", "webcam"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("`webcam` is no source"));
}
