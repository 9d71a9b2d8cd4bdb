//! The station shows what it sees, says what goes wrong, goes on where it can, and leaves no lamp lit.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use image::RgbImage;
use sleevesight::camera::{Camera, CameraError};
use sleevesight::frame::Frame;
use sleevesight::indicator::{Indicator, IndicatorError};
use sleevesight::sighting::{Millis, Sighting};
use sleevesight::station::{Log, Station, StationError};
use sleevesight::verdict::{Verdict, Word};

/// A camera that delivers what it was given.
struct Script(VecDeque<Result<Option<Frame>, CameraError>>);

impl Script {
    fn of(frames: impl IntoIterator<Item = Result<Option<Frame>, CameraError>>) -> Self {
        Self(frames.into_iter().collect())
    }
}

impl Camera for Script {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        self.0.pop_front().unwrap_or(Ok(None))
    }
}

fn frame(name: &str) -> Result<Option<Frame>, CameraError> {
    Ok(Some(Frame::still(RgbImage::new(8, 8), name.into())))
}

fn dropped(name: &str) -> Result<Option<Frame>, CameraError> {
    Err(CameraError::Dropped { name: name.into(), reason: "cut short".into() })
}

fn gone() -> Result<Option<Frame>, CameraError> {
    Err(CameraError::Gone { path: "/dev/video0".into() })
}

/// An indicator that keeps what it was told, and fails at what bears these names.
#[derive(Clone, Default)]
struct Diary {
    told: Rc<RefCell<Vec<String>>>,
    fails: &'static [&'static str],
}

impl Indicator for Diary {
    fn show(&mut self, sighting: &Sighting) -> Result<(), IndicatorError> {
        if self.fails.contains(&sighting.name.as_str()) {
            let (indicator, reason) = ("strip".into(), "no power".into());
            return Err(IndicatorError { indicator, reason, advice: "plug it in" });
        }
        self.told.borrow_mut().push(sighting.name.clone());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), IndicatorError> {
        self.told.borrow_mut().push("out".into());
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the network failed")]
struct LookError;

fn look(frame: &Frame) -> Result<Sighting, LookError> {
    if frame.name == "bad" {
        return Err(LookError);
    }
    let verdict = Verdict { word: Word::Unsure, genres: Vec::new(), families: Vec::new() };
    Ok(Sighting { name: frame.name.clone(), outline: None, verdict, millis: Millis::default() })
}

type Outcome = Result<Log, StationError<LookError>>;

/// What a run came to, what each indicator was told, and what was noted.
fn run(
    mut camera: impl Camera,
    indicators: &[Diary],
    stop: &AtomicBool,
) -> (Outcome, Vec<Vec<String>>, Vec<String>) {
    let notes = RefCell::new(Vec::new());
    let boxed = indicators.iter().map(|diary| Box::new(diary.clone()) as Box<dyn Indicator>).collect();
    let station = Station::new(boxed, |note| notes.borrow_mut().push(note.to_owned()));
    let outcome = station.run(&mut camera, look, stop);
    let told = indicators.iter().map(|diary| diary.told.borrow().clone()).collect();
    (outcome, told, notes.into_inner())
}

#[test]
fn each_frame_is_shown_on_every_indicator() {
    let camera = Script::of([frame("a"), frame("b")]);
    let (log, told, notes) = run(camera, &[Diary::default(), Diary::default()], &AtomicBool::new(false));
    assert_eq!(log.expect("a good run"), Log { frames: 2, dropped: 0 });
    assert_eq!(told, [["a", "b", "out"], ["a", "b", "out"]]);
    assert!(notes.is_empty());
}

#[test]
fn a_dropped_frame_is_counted_and_said() {
    let camera = Script::of([frame("a"), dropped("b"), dropped("c"), frame("d")]);
    let (log, told, notes) = run(camera, &[Diary::default()], &AtomicBool::new(false));
    assert_eq!(log.expect("a good run"), Log { frames: 2, dropped: 2 });
    assert_eq!(told, [["a", "d", "out"]]);
    assert_eq!(notes, ["b: cut short", "c: cut short"]);
}

#[test]
fn a_failing_indicator_is_said_once_and_stops_no_other() {
    let broken = Diary { fails: &["a", "b", "d"], ..Diary::default() };
    let camera = Script::of(["a", "b", "c", "d"].map(frame));
    let (log, told, notes) = run(camera, &[broken, Diary::default()], &AtomicBool::new(false));
    assert_eq!(log.expect("a good run").frames, 4);
    assert_eq!(told, [vec!["c", "out"], vec!["a", "b", "c", "d", "out"]]);
    assert_eq!(notes, ["the strip did not answer (no power); plug it in"; 2], "at a, and anew at d");
}

#[test]
fn lamps_are_out_when_the_camera_or_the_network_fails() {
    let (outcome, told, _) =
        run(Script::of([frame("a"), gone()]), &[Diary::default()], &AtomicBool::new(false));
    assert!(matches!(outcome, Err(StationError::Camera(CameraError::Gone { .. }))));
    assert_eq!(told, [["a", "out"]]);

    let (outcome, told, _) =
        run(Script::of([frame("a"), frame("bad")]), &[Diary::default()], &AtomicBool::new(false));
    assert_eq!(outcome.expect_err("it fails").to_string(), "bad: the network failed");
    assert_eq!(told, [["a", "out"]]);
}

/// A camera that is never at its end, during whose third frame the station is told to stop.
struct Endless<'a> {
    stop: &'a AtomicBool,
    count: u32,
    last: fn() -> Result<Option<Frame>, CameraError>,
}

impl Camera for Endless<'_> {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        self.count += 1;
        if self.count == 3 {
            self.stop.store(true, Ordering::Relaxed);
            return (self.last)();
        }
        frame("a")
    }
}

#[test]
fn it_stops_when_it_is_told_to() {
    let stop = AtomicBool::new(false);
    let camera = Endless { stop: &stop, count: 0, last: || frame("a") };
    let (log, told, _) = run(camera, &[Diary::default()], &stop);
    assert_eq!(log.expect("a good run").frames, 3);
    assert_eq!(told[0].last().map(String::as_str), Some("out"));

    let (log, ..) = run(Script::of([frame("a")]), &[], &AtomicBool::new(true));
    assert_eq!(log.expect("nothing was done"), Log::default());
}

#[test]
fn a_camera_that_fails_while_it_is_being_stopped_is_no_error() {
    let stop = AtomicBool::new(false);
    let (log, ..) = run(Endless { stop: &stop, count: 0, last: gone }, &[], &stop);
    assert_eq!(log.expect("it was told to stop").frames, 2);
}
