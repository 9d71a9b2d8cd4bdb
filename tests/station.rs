//! The station says what was held still before it, says what goes wrong, goes on where it can, and leaves no lamp
//! lit.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::fakes::{Script, Sleeve, SleeveEye, dropped, gone, mending};
use sleevesight::indicator::{Indicator, IndicatorError};
use sleevesight::level::Level;
use sleevesight::station::{Log, Phase, State, Station, StationError};
use sleevesight::verdict::Word;

/// An indicator that keeps what it was told, and fails while this is being said.
#[derive(Clone, Default)]
struct Diary {
    told: Arc<Mutex<Vec<String>>>,
    fails_at: Option<&'static str>,
}

/// What a state says, in a word.
fn said(state: &State) -> String {
    let word = state.sighting.as_ref().map(|sighting| &sighting.verdict.word);
    match (&state.trouble, word) {
        (Some(_), _) => "trouble".into(),
        (None, Some(Word::Genre(likely))) => likely.genre.id.clone(),
        (None, Some(Word::Nothing)) => "nothing".into(),
        (None, Some(Word::Unsure)) => "unsure".into(),
        (None, _) => "dark".into(),
    }
}

impl Diary {
    fn write(&self, line: String) {
        let mut told = self.told.lock().expect("nobody panicked");
        if told.last() != Some(&line) {
            told.push(line);
        }
    }

    fn pages(&self) -> Vec<String> {
        self.told.lock().expect("nobody panicked").clone()
    }
}

impl Indicator for Diary {
    fn show(&mut self, state: &State) -> Result<(), IndicatorError> {
        let line = said(state);
        if self.fails_at == Some(line.as_str()) {
            let (indicator, reason) = ("strip".into(), "no power".into());
            return Err(IndicatorError { indicator, reason, advice: "plug it in" });
        }
        self.write(line);
        Ok(())
    }

    fn clear(&mut self) -> Result<(), IndicatorError> {
        self.write("out".into());
        Ok(())
    }
}

type Outcome = Result<Log, StationError<crate::fakes::Blind>>;

/// What a run came to, frame by frame, what each indicator was told, and what was noted.
fn run(mut camera: Script, diaries: &[Diary], stop: &AtomicBool) -> (Outcome, Vec<Vec<String>>, Vec<String>) {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&notes);
    let station = Station::new(boxed(diaries), move |level: Level, note: &str| {
        noted.lock().expect("nobody panicked").push(format!("{level:?}: {note}"));
    });
    let outcome = station.run_in_step(&mut camera, &SleeveEye::default(), stop);
    let told = diaries.iter().map(Diary::pages).collect();
    let notes = notes.lock().expect("nobody panicked").clone();
    (outcome, told, notes)
}

fn boxed(diaries: &[Diary]) -> Vec<Box<dyn Indicator + Send>> {
    diaries.iter().map(|diary| Box::new(diary.clone()) as Box<dyn Indicator + Send>).collect()
}

/// A sleeve of this genre, held still for a second at 15 frames a second; then nothing for as long.
fn shown(genre: usize) -> Script {
    Script::default().sleeve(Sleeve { genre, ..Sleeve::default() }, 15).empty(15)
}

#[test]
fn a_sleeve_held_still_is_said_on_every_indicator_and_cleared_when_it_leaves() {
    let (log, told, notes) = run(shown(1), &[Diary::default(), Diary::default()], &AtomicBool::new(false));
    assert_eq!(log.expect("a good run"), Log { frames: 30, dropped: 0, skipped: 0 });
    assert_eq!(told, [["dark", "genre1", "nothing", "out"]; 2]);
    assert!(notes.is_empty());
}

#[test]
fn two_sleeves_in_turn_are_two_verdicts_with_no_darkness_between_them() {
    let camera = Script::default()
        .sleeve(Sleeve { genre: 0, ..Sleeve::default() }, 30)
        .sleeve(Sleeve { genre: 1, left: 40.0, ..Sleeve::default() }, 30);
    let (_, told, _) = run(camera, &[Diary::default()], &AtomicBool::new(false));
    assert_eq!(told, [["dark", "genre0", "genre1", "out"]]);
}

#[test]
fn another_sleeve_in_the_very_same_place_is_seen() {
    let camera = Script::default()
        .sleeve(Sleeve { genre: 0, ..Sleeve::default() }, 30)
        .sleeve(Sleeve { genre: 1, ..Sleeve::default() }, 45);
    let (_, told, _) = run(camera, &[Diary::default()], &AtomicBool::new(false));
    assert_eq!(told, [["dark", "genre0", "genre1", "out"]]);
}

#[test]
fn readings_that_do_not_agree_are_said_to_be_none() {
    let camera = Script::default().sleeve(Sleeve { wavers: true, ..Sleeve::default() }, 30);
    let (_, told, _) = run(camera, &[Diary::default()], &AtomicBool::new(false));
    assert_eq!(told, [["dark", "unsure", "out"]]);
}

#[test]
fn a_dropped_frame_is_counted_and_said_and_darkens_nothing() {
    let sleeve = Sleeve { genre: 2, ..Sleeve::default() };
    let camera =
        Script::default().sleeve(sleeve, 12).then(dropped("7")).then(dropped("8")).sleeve(sleeve, 12);
    let (log, told, notes) = run(camera, &[Diary::default()], &AtomicBool::new(false));
    assert_eq!(log.expect("a good run"), Log { frames: 24, dropped: 2, skipped: 0 });
    assert_eq!(told, [["dark", "genre2", "out"]]);
    assert_eq!(notes, ["Warning: 7: cut short", "Warning: 8: cut short"]);
}

#[test]
fn trouble_that_is_being_mended_is_said_once_and_shown_and_so_is_its_end() {
    let sleeve = Sleeve { genre: 2, ..Sleeve::default() };
    let camera = Script::default()
        .sleeve(sleeve, 12)
        .then(mending())
        .then(mending())
        .then(mending())
        .sleeve(sleeve, 12);
    let (log, told, notes) = run(camera, &[Diary::default()], &AtomicBool::new(false));
    assert_eq!(log.expect("a good run").frames, 24);
    assert_eq!(told, [["dark", "genre2", "trouble", "dark", "genre2", "out"]]);
    assert_eq!(
        notes,
        ["Warning: the camera /dev/video0 is gone; plug it in again", "Notice: the camera is back: cam"]
    );
}

#[test]
fn a_failing_indicator_is_said_once_and_stops_no_other() {
    let broken = Diary { fails_at: Some("genre1"), ..Diary::default() };
    let (log, told, notes) = run(shown(1), &[broken, Diary::default()], &AtomicBool::new(false));
    assert_eq!(log.expect("a good run").frames, 30);
    assert_eq!(told, [vec!["dark", "nothing", "out"], vec!["dark", "genre1", "nothing", "out"]]);
    assert_eq!(notes, ["Warning: the strip did not answer (no power); plug it in"]);
}

#[test]
fn lamps_are_out_when_the_camera_or_the_network_fails() {
    let (outcome, told, _) = run(shown(0).then(gone()), &[Diary::default()], &AtomicBool::new(false));
    assert!(matches!(outcome, Err(StationError::Camera(_))));
    assert_eq!(told[0].last().map(String::as_str), Some("out"));

    let unreadable = Script::default().sleeve(Sleeve { unreadable: true, ..Sleeve::default() }, 9);
    let (outcome, told, _) = run(unreadable, &[Diary::default()], &AtomicBool::new(false));
    assert_eq!(outcome.expect_err("it fails").to_string(), "cam: the network failed");
    assert_eq!(told[0].last().map(String::as_str), Some("out"));
}

#[test]
fn it_stops_when_it_is_told_to() {
    let (log, told, _) = run(shown(0), &[Diary::default()], &AtomicBool::new(true));
    assert_eq!(log.expect("nothing was done"), Log::default());
    assert_eq!(told, [["out"]]);
}

/// With a thread for each, by the clock of this machine: nothing here depends on how fast that is.
#[test]
fn a_slow_reading_never_builds_a_queue() {
    let stop = Arc::new(AtomicBool::new(false));
    let diary = Diary::default();
    let station = Station::new(boxed(std::slice::from_ref(&diary)), |_, _: &str| {});
    let bulletin = station.bulletin();
    let mut camera = Script::default().sleeve(Sleeve { genre: 1, ..Sleeve::default() }, 10).endless();
    let eye = SleeveEye { slow: Some((camera.given(), Arc::clone(&stop))), ..SleeveEye::default() };
    let log = thread::scope(|scope| {
        let run = scope.spawn(|| station.run(&mut camera, &eye, &stop));
        let mut edition = 0;
        while bulletin.read().1.phase != Phase::Said {
            edition = bulletin.wait(edition, Duration::from_secs(60)).expect("there is news").0;
        }
        stop.store(true, Ordering::Relaxed);
        run.join().expect("no panic").expect("a good run")
    });
    // The last look may have been cut short.
    assert!(log.skipped >= 3 * (log.frames - 1), "{log:?}");
    assert!(bulletin.is_closed());
    assert_eq!(diary.pages().last().map(String::as_str), Some("out"));
}

#[test]
fn one_verdict_is_enough_where_one_is_asked_for() {
    let mut camera = Script::default().sleeve(Sleeve { genre: 1, ..Sleeve::default() }, 10).endless();
    let station = Station::new(Vec::new(), |_, _: &str| {}).until_said();
    let bulletin = station.bulletin();
    station.run(&mut camera, &SleeveEye::default(), &AtomicBool::new(false)).expect("it ends by itself");
    assert_eq!(said(&bulletin.read().1), "genre1");
}

/// An indicator that hangs in its first show until it is let go.
struct Hanging(Arc<Mutex<()>>);

impl Indicator for Hanging {
    fn show(&mut self, _: &State) -> Result<(), IndicatorError> {
        drop(self.0.lock());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), IndicatorError> {
        Ok(())
    }
}

#[test]
fn an_indicator_that_hangs_keeps_no_other_from_showing() {
    let stop = AtomicBool::new(false);
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().expect("nobody panicked");
    let diary = Diary::default();
    let indicators: Vec<Box<dyn Indicator + Send>> =
        vec![Box::new(Hanging(Arc::clone(&gate))), Box::new(diary.clone())];
    let station = Station::new(indicators, |_, _: &str| {});
    let mut camera = Script::default().sleeve(Sleeve { genre: 1, ..Sleeve::default() }, 10).endless();
    thread::scope(|scope| {
        let eye = SleeveEye::default();
        let (stop, camera) = (&stop, &mut camera);
        let run = scope.spawn(move || station.run(camera, &eye, stop));
        while !diary.pages().contains(&"genre1".to_owned()) {
            thread::sleep(Duration::from_millis(1));
        }
        stop.store(true, Ordering::Relaxed);
        drop(closed);
        run.join().expect("no panic").expect("a good run");
    });
}
