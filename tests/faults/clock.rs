//! A board without a battery wakes up in 1970, and its clock jumps when a network tells it the time.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::appliance::{Appliance, Home};

/// Where Debian keeps the library that tells a program another time.
fn library() -> PathBuf {
    let places = fs::read_dir("/usr/lib").expect("a system").flatten();
    places
        .map(|place| place.path().join("faketime/libfaketime.so.1"))
        .find(|path| path.exists())
        .expect("faketime is not there; type: scripts/setup faults")
}

fn set(clock: &Path, time: &str) {
    fs::write(clock, time).expect("the folder takes files");
}

#[test]
fn the_clock_may_be_at_1970_and_jump() {
    let home = Home::new();
    home.set_pin();
    let clock = home.path("clock");
    set(&clock, "1970-01-01 00:00:05");
    let mut command = home.command(&[], &["run"]);
    command
        .env("LD_PRELOAD", library())
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("TZ", "UTC");
    let mut station = Appliance::of(command);
    let staff = station.staff();
    let first = station.says();
    let inbox = staff.ask("GET", "/inbox", &Value::Null).json();
    let at = inbox["rows"][0]["at"].as_u64().expect("a time");
    assert!(at < 100_000, "the program was told another time: {at}");
    let sentence = station.notice("clock");
    assert!(sentence.contains("it is 1970") && sentence.contains("timedatectl set-time"), "{sentence}");

    assert_eq!(staff.ask("PUT", "/keep", &json!({ "keep": true })).status, 204);
    let mut shown = vec![first];
    for time in ["2038-01-19 03:14:08", "1969-12-31 23:00:00", "2026-11-26 12:00:00", "1970-01-01 00:00:05"] {
        set(&clock, time);
        // Who is signed in stays so, whatever the clock says.
        assert_eq!(staff.ask("GET", "/inbox", &Value::Null).status, 200, "{time}");
        // The sleeve leaves and comes back.
        let camera = home.path("camera");
        fs::rename(camera.join("a.jpg"), home.path("away.jpg")).expect("it leaves");
        station.until(|state| !state["trouble"].is_null());
        fs::rename(home.path("away.jpg"), camera.join("a.jpg")).expect("it comes back");
        let is_said = ["1969", "1970"].iter().any(|year| time.starts_with(year));
        station
            .until(|state| state["notices"].as_array().is_some_and(|notices| notices.is_empty() != is_said));
        let last = *shown.last().expect("one");
        let state = station.until(|state| state["number"].as_u64() > Some(last));
        shown.push(state["number"].as_u64().expect("a number"));
    }
    let log = station.log();
    assert!(
        log.contains("the clock was set forward by") && log.contains("the clock was set back by"),
        "{log}"
    );
    let (taught, kept) = shown.split_first().expect("several");
    assert_eq!(staff.teach(*taught, "In 1970").status, 200);
    for number in kept {
        let answer = staff.ask("POST", &format!("/inbox/{number}/correct"), &json!({ "genre": "jazz" }));
        assert_eq!(answer.status, 204, "{answer:?}");
    }
    assert!(station.is_running() && !station.log().contains("panicked"), "{}", station.log());
    drop(station);
    assert_eq!(home.stock().len(), 1);
    let covers = fs::read_dir(home.state.join("covers/jazz")).expect("the covers").count();
    assert_eq!(covers, kept.len(), "none took another's place");
}
