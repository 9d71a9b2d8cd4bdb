//! What a board with lamps, a strip and a display shows of each drawn scene.
//!
//! Words are left unread, as on the emulated board, for which they would take minutes (`words = false`).
//! The golden file tells it for x86-64, and `scripts/virtual-board` holds a whole board to it. After a new bundle or
//! a better finder it is written anew by `REGENERATE=1 cargo test board_shows`, and the difference is read before it
//! is committed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sleevesight::frame::Frame;
use sleevesight::indicator::{Console, Indicator, Page, Strip, StripSettings};
use sleevesight::network::Levels;
use sleevesight::reader::{Gaze, Reader};
use sleevesight::station::{Phase, State};
use sleevesight::verdict::{Caution, Verdict, Word};

use crate::fakes::{Canvas, Wire};

/// What float arithmetic on another processor may change: a level of the strip, a pixel of the display's bar.
const LEVELS: u8 = 2;
const PIXELS: u32 = 1;

/// The display's rows that hold words; the bar is below.
const WORDS: usize = 48;

/// What is shown of one scene.
#[derive(Debug, Serialize, Deserialize)]
struct Shown {
    /// How the console's line begins, up to the first figure.
    said: String,
    /// The lamps that are lit, by their names.
    lamps: Vec<String>,
    /// Each light of the strip: blue, green, red.
    strip: [u8; 3],
    /// SHA-256 of the display's rows of words, a character a pixel: 0 or 1.
    words: String,
    /// The length of the display's bar, frame excluded.
    bar: u32,
    /// How far the probabilities are from where another word would be said; `None` where no sleeve is found.
    margin: Option<f32>,
}

fn shown(state: &State, margin: Option<f32>) -> Shown {
    let mut console = Console::new(Vec::new(), false);
    console.show(state).expect("memory takes it");
    let line = String::from_utf8(console.into_inner()).expect("a line is text");
    let figure = |letter: char| "█░:".contains(letter) || letter.is_ascii_digit();
    let said = line.split(figure).next().unwrap_or_default().trim_end().to_owned();

    let sent = Rc::new(RefCell::new(Vec::new()));
    let settings = StripSettings { lights: 1, ..StripSettings::default() };
    Strip::new(Wire(Rc::clone(&sent)), &settings).show(state).expect("the wire takes it");
    let strip = sent.borrow()[5..8].try_into().expect("three channels");

    let mut canvas = Canvas::default();
    Page::of(state).draw(&mut canvas).expect("memory takes it");
    let pixels = canvas.0[..WORDS].iter().flatten();
    let words = Sha256::digest(pixels.map(|lit| if *lit { b'1' } else { b'0' }).collect::<Vec<u8>>());
    let words = words.iter().map(|byte| format!("{byte:02x}")).collect();
    let bar = canvas.0[57][10..118].iter().filter(|lit| **lit).count() as u32;

    let lamps = match state.sighting.as_ref().map(|sighting| &sighting.verdict.word) {
        Some(Word::Genre(likely)) => vec![likely.genre.id.clone(), "sure".into()],
        _ => Vec::new(),
    };
    // Console lines of no sleeve end in the source's name, which is another one on a board.
    let said = said.split("  ").next().unwrap_or_default().to_owned();
    Shown { said, lamps, strip, words, bar, margin }
}

/// How far a verdict's probabilities are from where another word would be said.
fn margin(verdict: &Verdict, levels: &Levels) -> f32 {
    let of = |place: usize| verdict.genres[place].probability;
    let genre = (of(0) - levels.genre).abs();
    let family = levels.family.map_or(1.0, |level| (verdict.families[0].probability - level).abs());
    let next = verdict.families[0].probability - verdict.families[1].probability;
    match &verdict.word {
        Word::Genre(_) => genre.min(of(0) - of(1)),
        Word::Family(_) => genre.min(family).min(next),
        _ => genre.min(family),
    }
}

#[test]
fn a_board_shows_drawn_scenes_as_before() {
    let root = crate::common::root();
    let reader = Reader::open(&root.join("models/default"), Caution::Normal).expect("the shipped bundle");
    let levels = reader.bundle().thresholds.of(Caution::Normal);
    let found: BTreeMap<String, Shown> = crate::common::files("tests/sleeves/scenes", ".jpg")
        .iter()
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let bytes = fs::read(path).expect("the scene is there");
            let frame = Frame::from_mjpg(&bytes, None, Duration::ZERO, name.clone()).expect("a picture");
            let sighting = reader.look(&frame, Gaze::Live).expect("the network runs");
            let margin = sighting.outline.map(|_| margin(&sighting.verdict, levels));
            let phase = if margin.is_some() { Phase::Said } else { Phase::Empty };
            (name, shown(&State { phase, sighting: Some(Arc::new(sighting)), ..State::default() }, margin))
        })
        .collect();

    let golden = root.join("tests/sleeves/golden-board.json");
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&golden, serde_json::to_string_pretty(&found).expect("it can be written") + "\n")
            .expect("the golden file can be written");
    }
    let text = fs::read_to_string(&golden).expect("the golden file is there; REGENERATE=1 writes it");
    let wanted: BTreeMap<String, Shown> = serde_json::from_str(&text).expect("the golden file is JSON");
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "the same scenes");
    for (name, wanted) in &wanted {
        let found = &found[name];
        let facts = |shown: &Shown| (shown.said.clone(), shown.lamps.clone(), shown.words.clone());
        assert_eq!(facts(found), facts(wanted), "{name}");
        let off = found.strip.iter().zip(wanted.strip).map(|(found, wanted)| found.abs_diff(wanted)).max();
        assert!(off <= Some(LEVELS), "{name}: the strip has {:?}, not {:?}", found.strip, wanted.strip);
        assert!(found.bar.abs_diff(wanted.bar) <= PIXELS, "{name}: the bar has {}", found.bar);
    }
}
