//! The running appliance: frames in, verdicts to every indicator, until it is told to stop.
//!
//! Camera, looking, reading words and each indicator have a thread of their own, and between them lies a place for the newest
//! alone: a slow reading never builds a queue, and an indicator that hangs keeps no other from showing.
//! `docs/station.md` draws what the station is at, and when.

mod agreement;
mod bulletin;
mod eye;
mod lookout;
mod presence;
mod refinement;
mod sharpness;
mod shown;
mod slot;
mod wording;

pub use agreement::{AGREEING, MOST, PART};
pub use bulletin::{Bulletin, State};
pub use eye::Eye;
pub use lookout::REST;
pub use presence::{
    CALM, CHECK, Conclusion, DRIFT, DWELL, GAP, GONE, Glimpse, LIKE, Phase, Presence, STILL, SWAY, Wish,
};
pub use refinement::Refinement;
pub use sharpness::sharpness;
pub use slot::Slot;

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::camera::{Camera, CameraError};
use crate::frame::Frame;
use crate::indicator::Indicator;
use crate::level::Level;
use crate::notices::{Matter, Notices};
use lookout::Lookout;
use shown::Shown;
use wording::{Desk, Job, Wording, give_up, read_words};

/// How often, while nothing else happens, it is looked whether to stop.
const TICK: Duration = Duration::from_millis(100);

/// The running appliance: it asks a camera for frames, has sleeves read that are held still before it, and shows
/// on every indicator what is said.
///
/// What goes wrong and does not stop it is *noted*, and so is that it is well again: told, as a sentence and how grave
/// that is, to whoever was given for it.
///
/// ```no_run
/// use sleevesight::camera::Stills;
/// use sleevesight::indicator::Console;
/// use sleevesight::reader::Reader;
/// use sleevesight::station::Station;
/// use sleevesight::verdict::Caution;
/// use std::path::Path;
/// use std::sync::atomic::AtomicBool;
///
/// let mut camera = Stills::new(Path::new("tests/sleeves/scenes"), false)?.held(16);
/// let reader = Reader::open(Path::new("models/default"), Caution::Normal)?;
/// let station = Station::new(vec![Box::new(Console::stdout())], |_, sentence| eprintln!("{sentence}"));
/// let log = station.run_in_step(&mut camera, &reader, &AtomicBool::new(false))?;
/// assert!(log.frames > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Station<'a> {
    indicators: Vec<Shown<'a>>,
    note: Note<'a>,
    bulletin: Arc<Bulletin>,
    progress: Progress<'a>,
    notices: Option<Notices>,
    first_only: bool,
}

/// Whoever wants to know that something was done: the time since the start, and what is wrong with the camera.
type Progress<'a> = Box<dyn FnMut(Duration, Option<&str>) + Send + 'a>;

/// Whoever is told what goes wrong, from any thread.
type Note<'a> = Mutex<Box<dyn FnMut(Level, &str) + Send + 'a>>;

fn tell(note: &Note<'_>, level: Level, sentence: &str) {
    (note.lock().unwrap_or_else(PoisonError::into_inner))(level, sentence);
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Log {
    /// Frames that were looked at.
    pub frames: u64,
    /// Frames that could not be used.
    pub dropped: u64,
    /// Frames that were passed over, because a newer one was there.
    pub skipped: u64,
}

/// Why a run ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum StationError<E: Error + 'static> {
    /// The camera gives no frames any more.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// A frame could not be looked at.
    #[error("{name}: {error}")]
    Look {
        /// The frame's name.
        name: String,
        /// Why.
        #[source]
        error: E,
    },
}

/// Of what a camera says, what the station has to do with it.
enum Arrival {
    Frame(Frame),
    /// There are none for the time being.
    Blind,
    /// There are none any more, and maybe why.
    End(Result<(), CameraError>),
}

impl<'a> Station<'a> {
    /// A station with these indicators; `note` is given what goes wrong and does not stop it, and that it is well again.
    pub fn new(
        indicators: Vec<Box<dyn Indicator + Send + 'a>>,
        note: impl FnMut(Level, &str) + Send + 'a,
    ) -> Self {
        Self {
            indicators: indicators.into_iter().map(Shown::new).collect(),
            note: Mutex::new(Box::new(note)),
            bulletin: Arc::default(),
            progress: Box::new(|_, _| {}),
            notices: None,
            first_only: false,
        }
    }

    /// Puts on this board that words cannot be read, and takes it off when they can be again; without one, it is noted.
    #[must_use]
    pub fn with_notices(self, notices: Notices) -> Self {
        Self { notices: Some(notices), ..self }
    }

    /// Stops by itself as soon as anything was said: a verdict, with the words where they are read, or that nothing is
    /// there.
    #[must_use]
    pub fn until_said(self) -> Self {
        Self { first_only: true, ..self }
    }

    /// Tells `progress` whenever a frame was looked at, or it was seen that there are none for the time being: how
    /// long the station has been running, and what is wrong with the camera. Whoever is told nothing any more has a
    /// station that hangs.
    #[must_use]
    pub fn watched(self, progress: impl FnMut(Duration, Option<&str>) + Send + 'a) -> Self {
        Self { progress: Box::new(progress), ..self }
    }

    /// Where the station posts what it is at, for whoever wants to follow it.
    #[must_use]
    pub fn bulletin(&self) -> Arc<Bulletin> {
        Arc::clone(&self.bulletin)
    }

    /// Runs until the camera has come to its end or `stop` is set. All indicators are out afterwards, however it
    /// ended. Frames that come while one is being read are passed over, but for the newest.
    ///
    /// A frame that is dropped, trouble with the camera that is being mended, and an indicator that fails, are
    /// noted and do not end the run.
    ///
    /// # Errors
    ///
    /// [`StationError`] where the camera fails for good, or the eye does.
    pub fn run<E: Eye + Sync>(
        self,
        camera: &mut (dyn Camera + Send),
        eye: &E,
        stop: &AtomicBool,
    ) -> Result<Log, StationError<E::Error>> {
        let Self { indicators, note, bulletin, mut progress, notices, first_only } = self;
        let started = Instant::now();
        let (slot, desk, ending) = (Slot::default(), Desk::default(), AtomicBool::new(false));
        let (slot, desk, note, bulletin, ending) = (&slot, &desk, &note, &*bulletin, &ending);
        let mut wordless = Wordless { notices, note, last: None };
        thread::scope(|scope| {
            let frames = scope.spawn(move || {
                let stopped = || stop.load(Ordering::Relaxed) || ending.load(Ordering::Relaxed);
                let mut said = None;
                let end = loop {
                    if stopped() {
                        break Ok(());
                    }
                    match arrival(camera.next(), &mut said, note, bulletin) {
                        Some(Arrival::End(end)) => break end,
                        Some(arrival) => slot.put(arrival),
                        None => {}
                    }
                };
                slot.close();
                // What a camera says while it is being stopped is of no interest.
                if stopped() { Ok(()) } else { end }
            });
            let shown: Vec<_> = indicators
                .into_iter()
                .map(|shown| scope.spawn(move || shown.follow(bulletin, note, started)))
                .collect();

            let words = (eye.passes() > 0).then(|| {
                scope.spawn(move || {
                    step_back();
                    let stopped = || stop.load(Ordering::Relaxed) || ending.load(Ordering::Relaxed);
                    read_words(eye, desk, bulletin, stopped, |outcome| wordless.tell(outcome));
                })
            });

            let mut lookout = Lookout::new(eye);
            let mut outcome = Ok(());
            while !stop.load(Ordering::Relaxed) && !slot.is_done() {
                match slot.take(TICK) {
                    Some(Arrival::Frame(frame)) => {
                        let name = frame.name.clone();
                        match lookout.look(frame, desk.wanted()) {
                            Ok((change, job)) => {
                                bulletin.post(|state| {
                                    change(state);
                                    state.at = started.elapsed();
                                    state.log.skipped = slot.replaced();
                                });
                                job.into_iter().for_each(|job| desk.put(job));
                            }
                            Err(error) => {
                                outcome = Err(StationError::Look { name, error });
                                break;
                            }
                        }
                        if first_only && is_said(&bulletin.read().1) {
                            break;
                        }
                    }
                    Some(Arrival::Blind) => bulletin.post(lookout.blind()),
                    Some(Arrival::End(_)) | None => continue,
                }
                progress(started.elapsed(), bulletin.read().1.trouble.as_deref());
            }
            ending.store(true, Ordering::Relaxed);
            // The threads' own panics are the program's.
            let end = frames.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            desk.close();
            if let Some(words) = words {
                words.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            }
            bulletin.close();
            for thread in shown {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            }
            outcome.and(end.map_err(StationError::Camera)).map(|()| bulletin.read().1.log)
        })
    }

    /// As [`Station::run`], but one thing after the other: each frame is looked at and shown before the next is
    /// asked for. This is for cameras that wait, as a folder of pictures does; time is what the frames tell.
    ///
    /// # Errors
    ///
    /// As [`Station::run`].
    pub fn run_in_step<E: Eye>(
        self,
        camera: &mut dyn Camera,
        eye: &E,
        stop: &AtomicBool,
    ) -> Result<Log, StationError<E::Error>> {
        let Self { mut indicators, note, bulletin, mut progress, notices, first_only } = self;
        let mut lookout = Lookout::new(eye);
        let mut wordless = Wordless { notices, note: &note, last: None };
        let mut said = None;
        let mut outcome = Ok(());
        while !stop.load(Ordering::Relaxed) {
            match arrival(camera.next(), &mut said, &note, &bulletin) {
                Some(Arrival::Frame(frame)) => {
                    let (name, at) = (frame.name.clone(), frame.at);
                    match lookout.look(frame, 0) {
                        Ok((change, job)) => {
                            bulletin.post(|state| {
                                change(state);
                                state.at = at;
                            });
                            if let Some(job) = job {
                                let (_, state) = bulletin.read();
                                indicators.iter_mut().for_each(|shown| shown.show(&state, &note));
                                wordless.tell(read_in_step(eye, job, &bulletin));
                            }
                        }
                        Err(error) => {
                            outcome = Err(StationError::Look { name, error });
                            break;
                        }
                    }
                }
                Some(Arrival::Blind) => bulletin.post(lookout.blind()),
                Some(Arrival::End(end)) => {
                    outcome = if stop.load(Ordering::Relaxed) { Ok(()) } else { end.map_err(Into::into) };
                    break;
                }
                None => {}
            }
            let (_, state) = bulletin.read();
            indicators.iter_mut().for_each(|shown| shown.show(&state, &note));
            progress(state.at, state.trouble.as_deref());
            if first_only && is_said(&state) {
                break;
            }
        }
        bulletin.close();
        indicators.iter_mut().for_each(|shown| shown.clear(&note));
        outcome.map(|()| bulletin.read().1.log)
    }
}

/// Whether all was said that is to be said of what is there.
fn is_said(state: &State) -> bool {
    state.sighting.is_some() && !state.reads_words
}

/// Reads the words of a sleeve by all passes, and posts what is said then.
fn read_in_step<E: Eye>(eye: &E, job: Job, bulletin: &Bulletin) -> Result<(), E::Error> {
    let Job { sleeve, frame, outline, first: Some(basis) } = job else { return Ok(()) };
    let mut wording = Wording::new(eye, sleeve, basis);
    let read = wording.all_passes(&frame, &outline);
    match &read {
        Ok(()) => bulletin.post(wording.tell()),
        Err(_) => bulletin.post(|state| give_up(state, sleeve)),
    }
    read
}

/// Says that words cannot be read, once, and that they can be again.
struct Wordless<'n, 'a> {
    notices: Option<Notices>,
    note: &'n Note<'a>,
    last: Option<String>,
}

impl Wordless<'_, '_> {
    fn tell<E: Error>(&mut self, outcome: Result<(), E>) {
        let now = outcome.err().map(|error| format!("the words on sleeves cannot be read: {error}"));
        if now == self.last {
            return;
        }
        match (&now, &self.notices) {
            (Some(sentence), Some(board)) => board.put(Matter::Words, sentence.clone()),
            (Some(sentence), None) => tell(self.note, Level::Warning, sentence),
            (None, Some(board)) => board.take(Matter::Words, READ_AGAIN),
            (None, None) => tell(self.note, Level::Notice, READ_AGAIN),
        }
        self.last = now;
    }
}

const READ_AGAIN: &str = "the words on sleeves are read again";

/// The niceness of the thread that reads words: looking comes first.
const NICENESS: i32 = 10;

/// Gives this thread a low priority. Where the system does not allow it, all threads have the same.
fn step_back() {
    let thread = rustix::thread::gettid();
    let _ = rustix::process::setpriority_process(Some(thread), NICENESS);
}

/// What a camera's answer means; what is wrong is noted, when it begins or changes, and so is its end. `None`
/// where there is nothing to do.
fn arrival(
    answer: Result<Option<Frame>, CameraError>,
    said: &mut Option<String>,
    note: &Note<'_>,
    bulletin: &Bulletin,
) -> Option<Arrival> {
    match answer {
        Ok(Some(frame)) => {
            if said.take().is_some() {
                tell(note, Level::Notice, &format!("the camera is back: {}", frame.name));
                bulletin.post(|state| state.trouble = None);
            }
            Some(Arrival::Frame(frame))
        }
        Ok(None) => Some(Arrival::End(Ok(()))),
        Err(dropped @ CameraError::Dropped { .. }) => {
            tell(note, Level::Warning, &dropped.to_string());
            bulletin.post(|state| state.log.dropped += 1);
            None
        }
        Err(remark @ CameraError::Refused { .. }) => {
            tell(note, Level::Warning, &remark.to_string());
            None
        }
        Err(CameraError::Mending(trouble)) => {
            let sentence = trouble.to_string();
            if said.as_ref() != Some(&sentence) {
                tell(note, Level::Warning, &sentence);
                bulletin.post(|state| state.trouble = Some(sentence.as_str().into()));
                *said = Some(sentence);
            }
            Some(Arrival::Blind)
        }
        Err(error) => Some(Arrival::End(Err(error))),
    }
}
