//! When the words of a sleeve are read, and what is said then: after the picture's verdict, which they change once at
//! most; and not of a sleeve that has left.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use sleevesight::frame::Frame;
use sleevesight::indicator::{Indicator, IndicatorError};
use sleevesight::level::Level;
use sleevesight::network::Reading;
use sleevesight::notices::{Matter, Notices};
use sleevesight::sighting::Millis;
use sleevesight::sleeve::Outline;
use sleevesight::station::{Eye, REST, Refinement, State, Station};
use sleevesight::verdict::{Verdict, Word};
use sleevesight::words::{Line, Passes, SURE, WordEvidence};

use crate::fakes::{Blind, Script, Sleeve, SleeveEye, named, nameless, reading};

/// An indicator that keeps each change of genre and artist, with the number of the sleeve.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<Page>>>);

/// The number of a sleeve, what is said of it, and its artist.
type Page = (u64, String, Option<String>);

impl Diary {
    fn pages(&self) -> Vec<Page> {
        self.0.lock().expect("nobody panicked").clone()
    }

    /// What was said, each change of it once.
    fn said(&self) -> Vec<String> {
        let mut said: Vec<String> = self.pages().into_iter().map(|(_, word, _)| word).collect();
        said.dedup();
        said
    }
}

impl Indicator for Diary {
    fn show(&mut self, state: &State) -> Result<(), IndicatorError> {
        let Some(sighting) = &state.sighting else { return Ok(()) };
        let word = match &sighting.verdict.word {
            Word::Genre(likely) => likely.genre.id.clone(),
            word => format!("{word:?}"),
        };
        let artist = sighting.verdict.artist.as_ref().map(|artist| artist.name.clone());
        let page = (state.sleeve, word, artist);
        let mut pages = self.0.lock().expect("nobody panicked");
        if pages.last() != Some(&page) {
            pages.push(page);
        }
        Ok(())
    }

    fn clear(&mut self) -> Result<(), IndicatorError> {
        Ok(())
    }
}

fn quiet(_: Level, _: &str) {}

fn sleeve(genre: usize) -> Sleeve {
    Sleeve { genre, ..Sleeve::default() }
}

/// What a run in step says, and its last state.
fn in_step<E: Eye>(mut camera: Script, eye: &E) -> (Diary, State)
where
    E::Error: std::fmt::Debug,
{
    let diary = Diary::default();
    let station = Station::new(vec![Box::new(diary.clone())], quiet);
    let bulletin = station.bulletin();
    station.run_in_step(&mut camera, eye, &AtomicBool::new(false)).expect("a good run");
    (diary, bulletin.read().1)
}

fn eye(words: Vec<WordEvidence>) -> SleeveEye {
    SleeveEye { words, ..SleeveEye::default() }
}

#[test]
fn in_step_the_picture_speaks_first_and_then_the_words() {
    let eye = eye(vec![nameless("SIDE ONE"), named(2, 0.95), named(0, 0.99)]);
    let (diary, state) = in_step(Script::default().sleeve(sleeve(1), 30), &eye);
    let artist = Some("Artist 2".to_owned());
    assert_eq!(diary.pages(), [(1, "genre1".into(), None), (1, "genre2".into(), artist)]);
    let verdict = &state.sighting.as_ref().expect("it is said").verdict;
    assert_eq!(verdict.words[0].text, "ARTIST 2");
    assert_eq!(verdict.counted, [0]);
    assert_eq!(state.sighting.expect("it is said").millis.words, 2.0, "a sure name ends reading");
    assert!(!state.reads_words);
}

#[test]
fn each_sleeve_is_read_for_itself() {
    let camera = Script::default().sleeve(sleeve(1), 30).empty(15).sleeve(sleeve(0), 30).empty(15);
    let (diary, state) = in_step(camera, &eye(vec![named(2, 0.95)]));
    let numbers: Vec<u64> = diary.pages().iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, [1, 1, 0, 2, 2, 0]);
    assert_eq!(diary.said()[..2], ["genre1", "genre2"]);
    assert_eq!(state.sleeve, 0);
}

#[test]
fn readings_that_do_not_agree_say_nothing_unless_an_artist_is_named() {
    let wavering = || Script::default().sleeve(Sleeve { wavers: true, ..Sleeve::default() }, 30);
    let (diary, _) = in_step(wavering(), &eye(vec![nameless("SIDE ONE")]));
    assert_eq!(diary.said(), ["Unsure"]);
    let (diary, _) = in_step(wavering(), &eye(vec![named(2, 0.95)]));
    assert_eq!(diary.said(), ["Unsure", "genre2"]);
}

/// Sees what [`SleeveEye`] sees; its words cannot be read while that is so, wait at a gate, and are counted.
#[derive(Default)]
struct Slow {
    eye: SleeveEye,
    gate: Mutex<()>,
    passes: AtomicU32,
    rests: AtomicU32,
    fails: AtomicBool,
    /// The thread's niceness, as the kernel tells it.
    niceness: Mutex<Option<i32>>,
}

impl Eye for Slow {
    type Error = Blind;

    fn find(&self, frame: &Frame, millis: &mut Millis) -> Option<Outline> {
        self.eye.find(frame, millis)
    }

    fn read(
        &self,
        frame: &Frame,
        outline: &Outline,
        millis: &mut Millis,
    ) -> Result<Option<(Outline, Reading)>, Blind> {
        self.eye.read(frame, outline, millis)
    }

    fn passes(&self) -> usize {
        self.eye.passes()
    }

    fn read_words(
        &self,
        frame: &Frame,
        outline: &Outline,
        pass: usize,
        so_far: &mut Vec<Vec<Line>>,
        millis: &mut Millis,
    ) -> Result<WordEvidence, Blind> {
        self.passes.fetch_add(1, Ordering::Relaxed);
        let thread = rustix::thread::gettid();
        *self.niceness.lock().expect("nobody panicked") =
            rustix::process::getpriority_process(Some(thread)).ok();
        drop(self.gate.lock());
        if self.fails.load(Ordering::Relaxed) {
            return Err(Blind);
        }
        self.eye.read_words(frame, outline, pass, so_far, millis)
    }

    fn rest(&self) {
        self.rests.fetch_add(1, Ordering::Relaxed);
    }

    fn judge(&self, reading: &Reading, words: Option<&WordEvidence>) -> Verdict {
        self.eye.judge(reading, words)
    }

    fn nothing(&self) -> Verdict {
        self.eye.nothing()
    }
}

/// Waits for what must come, on a machine however slow.
fn until(what: &str, there: impl Fn() -> bool) {
    let started = Instant::now();
    while !there() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what} did not come");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Runs a station with its threads before an endless script while `meanwhile` looks at what it says.
fn live(mut camera: Script, eye: &Slow, meanwhile: impl FnOnce(&Diary, &dyn Fn() -> State)) -> Diary {
    let (diary, stop) = (Diary::default(), AtomicBool::new(false));
    let station = Station::new(vec![Box::new(diary.clone())], quiet);
    let bulletin = station.bulletin();
    thread::scope(|scope| {
        let (stop, camera) = (&stop, &mut camera);
        let run = scope.spawn(move || station.run(camera, eye, stop));
        meanwhile(&diary, &|| bulletin.read().1);
        stop.store(true, Ordering::Relaxed);
        run.join().expect("no panic").expect("a good run");
    });
    diary
}

fn held(genre: usize) -> Script {
    Script::default().sleeve(sleeve(genre), 10).endless()
}

#[test]
fn the_picture_s_verdict_waits_for_no_words() {
    let eye = Slow { eye: eye(vec![nameless("SIDE ONE"), named(2, 0.95)]), ..Slow::default() };
    let closed = eye.gate.lock().expect("nobody panicked");
    let diary = live(held(1), &eye, |diary, state| {
        until("the picture's verdict", || diary.said() == ["genre1"]);
        until("the first pass", || eye.passes.load(Ordering::Relaxed) == 1);
        assert!(state().reads_words);
        drop(closed);
        until("the words' verdict", || diary.said().len() == 2);
        until("the end of reading", || !state().reads_words);
    });
    assert_eq!(diary.said(), ["genre1", "genre2"]);
    assert_eq!(eye.passes.load(Ordering::Relaxed), 2, "another frame by the next pass, until a name is sure");
    assert!(eye.niceness.lock().expect("nobody panicked").is_some_and(|nice| nice > 0), "a low priority");
}

#[test]
fn a_sleeve_that_leaves_ends_reading_and_what_comes_late_is_dropped() {
    let eye = Slow { eye: eye(vec![named(2, 0.5), named(2, 0.95)]), ..Slow::default() };
    let closed = eye.gate.lock().expect("nobody panicked");
    let camera = Script::default().sleeve(sleeve(1), 40).empty(2000).endless();
    let diary = live(camera, &eye, |diary, state| {
        until("the first pass", || eye.passes.load(Ordering::Relaxed) == 1);
        until("the sleeve's leaving", || state().sleeve == 0);
        drop(closed);
        until("the empty scene", || diary.said().last().is_some_and(|word| word == "Nothing"));
        thread::sleep(Duration::from_millis(50));
    });
    assert_eq!(diary.said(), ["genre1", "Nothing"], "no word of it is said late");
    assert_eq!(eye.passes.load(Ordering::Relaxed), 1);
}

#[test]
fn another_sleeve_is_read_anew_and_not_by_the_words_of_the_first() {
    let eye = Slow { eye: eye(vec![named(2, 0.95)]), ..Slow::default() };
    let closed = eye.gate.lock().expect("nobody panicked");
    let first = Script::default().sleeve(sleeve(0), 40);
    let camera = first.sleeve(Sleeve { genre: 1, left: 60.0, ..Sleeve::default() }, 4000).endless();
    let diary = live(camera, &eye, |_, state| {
        until("the second sleeve", || state().sleeve == 2);
        drop(closed);
        until("the second sleeve's words", || state().sleeve == 2 && !state().reads_words);
    });
    let pages = diary.pages();
    assert!(pages.iter().all(|(number, _, artist)| *number == 2 || artist.is_none()), "{pages:?}");
    assert!(pages.contains(&(2, "genre1".into(), None)), "{pages:?}");
    assert_eq!(eye.passes.load(Ordering::Relaxed), 2, "one of each sleeve");
}

#[test]
fn words_that_cannot_be_read_are_told_once_and_the_picture_decides() {
    let eye = Slow { eye: eye(vec![named(2, 0.95)]), ..Slow::default() };
    eye.fails.store(true, Ordering::Relaxed);
    let camera = || Script::default().sleeve(sleeve(1), 30).empty(15).sleeve(sleeve(0), 30);
    let log = Arc::new(Mutex::new(Vec::new()));
    let logged = Arc::clone(&log);
    let board = Notices::logged(move |_, sentence| {
        logged.lock().expect("nobody panicked").push(sentence.to_owned());
    });
    for fails in [true, false] {
        eye.fails.store(fails, Ordering::Relaxed);
        let diary = Diary::default();
        let station = Station::new(vec![Box::new(diary.clone())], quiet).with_notices(board.clone());
        let bulletin = station.bulletin();
        station.run_in_step(&mut camera(), &eye, &AtomicBool::new(false)).expect("a good run");
        if fails {
            assert_eq!(diary.said(), ["genre1", "Nothing", "genre0"]);
            assert!(!bulletin.read().1.reads_words);
            assert_eq!(board.read()[0].matter, Matter::Words);
        }
    }
    let log = log.lock().expect("nobody panicked").clone();
    assert_eq!(log[0], "the words on sleeves cannot be read: the network failed");
    assert!(log.len() <= 2, "once each: {log:?}");
}

#[test]
fn without_a_board_it_is_noted_once_and_so_is_its_end() {
    let eye = Slow { eye: eye(vec![named(2, 0.95)]), ..Slow::default() };
    eye.fails.store(true, Ordering::Relaxed);
    let mut notes = Vec::new();
    let station = Station::new(Vec::new(), |level, note: &str| notes.push(format!("{level:?}: {note}")));
    let mut camera = Script::default().sleeve(sleeve(1), 30).empty(15).sleeve(sleeve(0), 30);
    station.run_in_step(&mut camera, &eye, &AtomicBool::new(false)).expect("a good run");
    assert_eq!(notes, ["Warning: the words on sleeves cannot be read: the network failed"]);
}

#[test]
fn one_verdict_is_one_with_words_where_one_is_asked_for() {
    let eye = eye(vec![nameless("SIDE ONE"), named(2, 0.95)]);
    let station = Station::new(Vec::new(), quiet).until_said();
    let bulletin = station.bulletin();
    station.run(&mut held(1), &eye, &AtomicBool::new(false)).expect("it ends by itself");
    let sighting = bulletin.read().1.sighting.expect("it is said");
    assert_eq!(sighting.verdict.artist.as_ref().map(|artist| artist.name.as_str()), Some("Artist 2"));
}

#[test]
fn the_eye_rests_once_when_the_scene_was_empty_for_long() {
    let frames = |seconds: f64| (15.0 * seconds) as u32;
    let rests = |camera: Script| {
        let eye = Slow::default();
        in_step(camera, &eye);
        eye.rests.into_inner()
    };
    let long = REST.as_secs_f64() + 1.0;
    assert_eq!(rests(Script::default().sleeve(sleeve(1), 30).empty(frames(long - 1.0))), 0, "too short");
    assert_eq!(rests(Script::default().sleeve(sleeve(1), 30).empty(frames(3.0 * long))), 1);
    assert_eq!(rests(Script::default().sleeve(sleeve(1), 30 + frames(3.0 * long))), 0, "a sleeve is there");
    let twice = Script::default().empty(frames(long)).sleeve(sleeve(1), 30).empty(frames(long));
    assert_eq!(rests(twice), 2);
}

fn any_evidence() -> impl Strategy<Value = WordEvidence> {
    prop_oneof![
        "[A-Z ]{0,8}".prop_map(|text| nameless(&text)),
        (0..3_usize, 0.0_f32..1.0).prop_map(|(genre, confidence)| named(genre, confidence)),
        Just(WordEvidence::default()),
    ]
}

proptest! {
    #[test]
    fn over_all_passes_what_is_said_changes_once_at_most(
        genre in 0..3_usize, evidence in prop::collection::vec(any_evidence(), 0..6),
    ) {
        let eye = eye(evidence.clone());
        let picture = eye.judge(&reading(genre), None);
        let mut passes = Passes::at_most(evidence.len());
        let mut refinement = Refinement::of(picture.clone());
        let mut said = vec![picture.word];
        let mut last = None;
        while let Some(pass) = passes.pending() {
            passes.took(&evidence[pass]);
            let verdict = eye.judge(&reading(genre), Some(&evidence[pass]));
            let now = refinement.take(verdict.clone(), passes.pending().is_none()).clone();
            prop_assert_eq!(&now.words, &verdict.words, "words are added at once");
            prop_assert_eq!(&now.artist, &verdict.artist);
            said.push(now.word);
            last = Some(verdict);
        }
        let changes = said.windows(2).filter(|pair| pair[0] != pair[1]).count();
        prop_assert!(changes <= 1, "{said:?}");
        if let Some(last) = last {
            prop_assert_eq!(said.last(), Some(&last.word), "it is that of all passes");
        }
    }

    #[test]
    fn reading_ends_when_a_name_is_sure_or_nothing_new_comes(
        evidence in prop::collection::vec(any_evidence(), 1..6),
    ) {
        let mut passes = Passes::at_most(evidence.len());
        let mut read = 0;
        while let Some(pass) = passes.pending() {
            prop_assert_eq!(pass, read);
            passes.took(&evidence[pass]);
            read += 1;
        }
        let is_sure = |one: &WordEvidence| one.artist.as_ref().is_some_and(|artist| artist.confidence >= SURE);
        prop_assert!(evidence[..read - 1].iter().all(|one| !is_sure(one)), "it ends where a name is sure");
        let ended_early = read < evidence.len();
        let is_new = |place: usize| place == 0 && !evidence[0].lines.is_empty()
            || place > 0 && (evidence[place].lines != evidence[place - 1].lines
                || evidence[place].artist.is_some() != evidence[place - 1].artist.is_some());
        if ended_early && !is_sure(&evidence[read - 1]) {
            prop_assert!(read >= 2 && !is_new(read - 1) && !is_new(read - 2), "{read} of {evidence:?}");
        }
    }

    #[test]
    fn in_step_a_sleeve_s_verdict_changes_once_at_most(
        genre in 0..3_usize, evidence in prop::collection::vec(any_evidence(), 0..6),
    ) {
        let (diary, state) = in_step(Script::default().sleeve(sleeve(genre), 20), &eye(evidence));
        prop_assert!(diary.said().len() <= 2, "{:?}", diary.pages());
        prop_assert_eq!(state.sleeve, 1);
    }
}
