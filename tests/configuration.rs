//! The configuration: its example loads, and what cannot be is refused by name and line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use sleevesight::camera::Source;
use sleevesight::config::{CameraSettings, Config, ConfigError};
use sleevesight::indicator::{OledSettings, StripSettings};
use sleevesight::network::Genre;

/// The example, line by line.
fn example() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/config.toml");
    fs::read_to_string(path).expect("the example is there").lines().map(str::to_owned).collect()
}

/// What a line sets when its `#` is taken away; words of explanation have a space behind theirs.
fn commented(line: &str) -> Option<&str> {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|first: char| !first.is_whitespace()))
}

fn parse(lines: &[String]) -> Config {
    let text = lines.join("\n");
    Config::parse(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

#[test]
fn the_example_loads_as_it_stands_and_changes_nothing() {
    assert_eq!(parse(&example()), Config::default());
}

#[test]
fn each_line_of_the_example_can_be_uncommented() {
    let lines = example();
    let mut table = None;
    let mut count = 0;
    for (place, line) in lines.iter().enumerate() {
        let Some(set) = commented(line) else { continue };
        let mut with = lines.clone();
        with[place] = set.to_owned();
        if set.starts_with('[') {
            table = Some(place);
        }
        // A key counts in its own table, which may be commented out itself.
        if let Some(header) = table {
            with[header] = commented(&lines[header]).expect("a header").to_owned();
        }
        parse(&with);
        count += 1;
    }
    assert!(count >= 19, "{count} lines are commented out");
}

#[test]
fn all_of_the_example_can_be_uncommented_and_every_default_is_told() {
    let all: Vec<String> = example().iter().map(|line| commented(line).unwrap_or(line).to_owned()).collect();
    let config = parse(&all);
    let defaults = Config::default();
    assert_eq!(config.source, defaults.source);
    // These two have no default but the camera's own.
    assert!(config.camera.exposure.is_some() && config.camera.white_balance.is_some());
    assert_eq!(CameraSettings { exposure: None, white_balance: None, ..config.camera }, defaults.camera);
    assert_eq!(config.indicators.strip, Some(StripSettings::default()));
    assert_eq!(config.indicators.oled, Some(OledSettings::default()));
    assert_eq!(config.indicators.console, defaults.indicators.console);
    let gpio = config.indicators.gpio.expect("lamps");
    assert_eq!((gpio.chip.as_str(), gpio.sure, gpio.active_low), ("pinctrl-bcm2711", Some(17), false));
    assert_eq!((gpio.busy, gpio.code.len(), gpio.genres.len()), (Some(27), 5, 8));
}

#[test]
fn what_is_set_is_had() {
    let config = Config::parse(
        "bundle = '/b'\nsource = 'stills:/s'\nstate = '/t'\n\
         [camera]\nwidth = 640\ntimeout_ms = 500\n[indicators]\nconsole = false\n\
         [indicators.gpio]\nchip = 'pinctrl-rp1'\nactive_low = true\ngenres = { jazz = 5 }",
    )
    .expect("a configuration");
    assert_eq!(config.bundle.as_deref(), Some(Path::new("/b")));
    assert_eq!(config.source, Source::Stills("/s".into()));
    assert_eq!(config.state_folder().expect("it is set"), Path::new("/t"));
    assert_eq!((config.camera.width, config.camera.height), (640, 720));
    assert_eq!(config.camera.timeout.as_millis(), 500);
    assert!(!config.indicators.console);
    let gpio = config.indicators.gpio.expect("lamps");
    assert!(gpio.active_low);
    assert_eq!(gpio.genres, BTreeMap::from([("jazz".to_owned(), 5)]));
}

#[test]
fn what_cannot_be_is_refused_by_name_and_line() {
    for (text, sentence) in [
        ("colour = 3", "line 1: unknown field `colour`"),
        ("\n[camera]\nwidth = 640\nzoom = 3", "line 4: unknown field `zoom`, expected one of `width`"),
        ("[indicators]\nlaser = true", "line 2: unknown field `laser`"),
        ("[indicators.gpio]\n\nsures = 17", "line 3: unknown field `sures`"),
        ("[camera]\nwidth = 'wide'", "line 2: invalid type: string \"wide\""),
        ("[camera]\nwidth = 5", "line 2: 5 pixels cannot be, it must be from 64 to 4096"),
        ("[camera]\n\nheight = -1", "line 3: -1 pixels cannot be"),
        ("[camera]\nframes_per_second = 0", "line 2: 0 frames a second cannot be"),
        ("threads = 0", "line 1: 0 threads cannot be"),
        ("[camera]\ntimeout_ms = 99999999999", "line 2: 99999999999 milliseconds cannot be"),
        ("[camera]\nrotation = 45", "line 2: a rotation of 45 degrees cannot be"),
        ("[camera]\nexposure_us = 0", "line 2: 0 microseconds cannot be"),
        ("[camera]\nwhite_balance_k = 100", "line 2: 100 kelvin cannot be"),
        ("[indicators.strip]\nlights = -1", "line 2: invalid value: integer `-1`"),
        ("[indicators.oled]\naddress = 300", "line 2: invalid value: integer `300`"),
        ("\nsource = 'webcam'", "line 2: `webcam` is no source; write v4l:DEVICE"),
        ("source = 'v4l:'", "line 1: `v4l:` is no source"),
        ("source = \"v4l:a\\u0000b\"", "line 1: `v4l:a\\0b` is no source"),
        ("[indicators.gpio.genres]\njazz = -5", "line 2: invalid value: integer `-5`"),
        ("width 640", "line 1: "),
        ("a = 1\na = 2", "line 2: duplicate key"),
        ("[camera]\nwidth =", "line 2: "),
    ] {
        let refusal = Config::parse(text).expect_err(text);
        assert!(refusal.starts_with(sentence), "{text:?} gives {refusal:?}");
        assert!(!refusal.contains('\n'), "{refusal:?} is one line");
    }
}

#[test]
fn two_lamps_on_one_line_are_refused() {
    let refusal =
        Config::parse("\n[indicators.gpio]\ngenres = { jazz = 5, rock = 5 }").expect_err("one line");
    assert_eq!(refusal, "line 2: the lamps `jazz` and `rock` share GPIO line 5");
    let refusal = Config::parse("[indicators.gpio]\nsure = 6\n[indicators.gpio.genres]\njazz = 6");
    assert!(refusal.expect_err("one line").ends_with("the lamps `jazz` and `sure` share GPIO line 6"));
    let refusal = Config::parse("[indicators.gpio]\nbusy = 6\ncode = [5, 6]").expect_err("one line");
    assert!(refusal.ends_with("the lamps `busy` and `code` share GPIO line 6"), "{refusal}");
}

#[test]
fn a_file_is_named_when_it_is_wrong_or_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("config.toml");
    let refusal = |path: &Path| Config::load(path).expect_err("refused").to_string();
    assert!(refusal(&path).starts_with("cannot read the configuration "));
    assert!(refusal(folder.path()).contains("it is no file"));
    fs::write(&path, "[camera]\nzoom = 3").expect("the temporary folder takes files");
    assert!(refusal(&path).contains("config.toml, line 2: unknown field `zoom`"), "{}", refusal(&path));
    fs::write(&path, [0xff, 0xfe]).expect("the temporary folder takes files");
    assert!(matches!(Config::load(&path), Err(ConfigError::Unreadable { .. })));
    fs::write(&path, "[camera]\nwidth = 640").expect("the temporary folder takes files");
    let config = Config::find(Some(&path)).expect("a configuration");
    assert_eq!((config.camera.width, config.file), (640, Some(path)));
}

#[test]
fn a_lamp_for_a_genre_that_the_bundle_has_not_is_refused() {
    let genre = |id: &str| {
        let id = id.to_owned();
        Arc::new(Genre {
            family: id.clone(),
            en: id.clone(),
            ru: id.clone(),
            color: "#ffffff".into(),
            id,
            prior: None,
        })
    };
    let genres = [genre("jazz"), genre("rock")];
    let check = |text: &str| Config::parse(text).expect("a configuration").check_genres(&genres);
    assert!(check("").is_ok());
    assert!(check("[indicators.gpio.genres]\nrock = 5").is_ok());
    let refusal = check("[indicators.gpio.genres]\njaz = 5").expect_err("no such genre").to_string();
    assert!(refusal.contains("`jaz`") && refusal.contains("jazz, rock"), "{refusal}");
    // Two genres and none are three numbers.
    assert!(check("[indicators.gpio]\ncode = [5, 6]").is_ok());
    let short = |text: &str| Config::parse(text).expect("a configuration").short_code(&genres);
    assert_eq!(short(""), None);
    assert_eq!(short("[indicators.gpio]\ncode = [5, 6]"), None);
    // One line has a number for the first alone. It starts, and it is said.
    assert!(check("[indicators.gpio]\ncode = [5]").is_ok());
    let told = short("[indicators.gpio]\ncode = [5]").expect("too few").to_string();
    assert!(told.contains("has 1 lines, which are too few for 2 genres"), "{told}");
    assert!(told.contains("none of them is lit for rock; name 2 lines"), "{told}");
}

proptest! {
    #[test]
    fn any_text_is_a_configuration_or_one_line_of_refusal(
        text in prop_oneof!["\\PC*", "(\\[?[a-z_.]{0,12}\\]?( ?= ?[0-9a-z'\"{}\\[\\]]{0,8})?\n){0,6}"],
    ) {
        if let Err(refusal) = Config::parse(&text) {
            prop_assert!(!refusal.contains('\n') && !refusal.is_empty());
        }
    }
}

#[test]
fn the_drawn_wiring_is_the_examples() {
    let all: Vec<String> = example().iter().map(|line| commented(line).unwrap_or(line).to_owned()).collect();
    let gpio = parse(&all).indicators.gpio.expect("lamps");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/wiring-lamps.svg");
    let drawing = fs::read_to_string(path).expect("scripts/draw-wiring draws it");
    let others = [("sure", gpio.sure), ("busy", gpio.busy)];
    let others = others.into_iter().filter_map(|(lamp, line)| Some((lamp, line?)));
    let lamps: Vec<_> = gpio.genres.iter().map(|(lamp, line)| (lamp.as_str(), *line)).chain(others).collect();
    for (lamp, line) in &lamps {
        assert!(drawing.contains(&format!(">{lamp} · GPIO {line} · pin ")), "{lamp} is on line {line}");
    }
    assert_eq!(drawing.matches(" · GPIO ").count(), lamps.len(), "no other lamp is drawn");
}
