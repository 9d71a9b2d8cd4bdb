//! One look at a frame: what is seen, whether it is read, and what is said then.

use std::sync::Arc;
use std::time::Duration;

use super::bulletin::State;
use super::eye::Eye;
use super::presence::{Conclusion, Glimpse, Phase, Presence, Wish};
use super::sharpness::sharpness;
use super::wording::{Basis, Job};
use crate::frame::Frame;
use crate::network::Reading;
use crate::sighting::{Millis, Sighting};
use crate::sleeve::Outline;
use crate::verdict::{Verdict, Word};
use crate::words::WordEvidence;

/// How long there must be no sleeve before [`Eye::rest`] is called.
pub const REST: Duration = Duration::from_secs(10);

/// Looks at frame after frame, and keeps the state of what is said.
pub(super) struct Lookout<'e, E> {
    eye: &'e E,
    presence: Presence,
    /// The name of the frames' source. Frames of another are of another scene.
    scene: String,
    /// What the last look at each stage took.
    millis: Millis,
    /// The number of the last sleeve of which something was said, from 1.
    sleeve: u64,
    /// Frames that were read and are not yet enough, each less sharp than the one before.
    sharpest: Vec<Read>,
    /// Since when there is no sleeve.
    empty: Option<Duration>,
    /// Whether the eye was told of it.
    rests: bool,
}

/// A frame that was read, and where the sleeve lies in it, from the top left of its cover.
#[derive(Clone)]
struct Read {
    frame: Arc<Frame>,
    outline: Outline,
    sharpness: f32,
}

impl<'e, E: Eye> Lookout<'e, E> {
    pub(super) fn new(eye: &'e E) -> Self {
        Self {
            eye,
            presence: Presence::default(),
            scene: String::new(),
            millis: Millis::default(),
            sleeve: 0,
            sharpest: Vec::new(),
            empty: None,
            rests: false,
        }
    }

    /// Looks at a frame, and tells what that changes in the state, and in which frame words are to be read after that.
    /// `wanted` is the number of the sleeve of which another frame is wanted for its words.
    #[expect(clippy::type_complexity, reason = "a closure has no name")]
    pub(super) fn look(
        &mut self,
        frame: Frame,
        wanted: u64,
    ) -> Result<(impl FnOnce(&mut State) + use<E>, Option<Job>), E::Error> {
        if self.scene != frame.name {
            self.scene.clone_from(&frame.name);
            self.presence.forget();
        }
        let frame = Arc::new(frame);
        let outline = self.eye.find(&frame, &mut self.millis);
        let sharpness = outline.map_or(0.0, |outline| sharpness(&frame.picture, &outline));
        let before = self.presence.phase();
        let wish = self.presence.glimpse(&Glimpse { at: frame.at, outline, sharpness });
        let mut said = None;
        let mut job = None;
        // A frame in which words are read is looked at first: the sleeve must be the same, and may lie turned.
        let goes_on = wanted == self.sleeve && self.presence.is_same();
        if (wish == Wish::Read || (goes_on && self.presence.is_readable()))
            && let Some(outline) = outline
            && let Some((outline, reading)) = self.eye.read(&frame, &outline, &mut self.millis)?
        {
            let read = Read { frame: Arc::clone(&frame), outline, sharpness };
            self.keep(read.clone());
            if let Some(conclusion) = self.presence.read(reading, sharpness) {
                let (basis, seen) = self.say(conclusion, read);
                job = self.job(&basis, &seen);
                said = Some((basis, seen.frame));
            } else if wanted == self.sleeve && self.presence.is_same() {
                job = Some(Job { sleeve: wanted, frame: read.frame, outline, first: None });
            }
        }
        if !self.presence.is_gathering() {
            self.sharpest.clear();
        }
        let phase = self.presence.phase();
        self.rest(phase, frame.at);
        let nothing = (phase == Phase::Empty && before != Phase::Empty).then(|| Sighting {
            name: self.scene.clone(),
            outline: None,
            cover: None,
            verdict: self.eye.nothing(),
            millis: self.millis,
        });
        let (sleeve, reads_words) = (self.sleeve, job.is_some());
        let change = move |state: &mut State| {
            state.phase = phase;
            state.outline = outline;
            state.frame = Some(Arc::clone(&frame));
            state.log.frames += 1;
            if phase != Phase::Said {
                (state.sleeve, state.reads_words) = (0, false);
            }
            if !matches!(phase, Phase::Said | Phase::Empty) {
                (state.sighting, state.reading, state.seen) = (None, None, None);
            } else if let Some((basis, seen)) = said {
                state.sighting = Some(basis.sighting);
                state.reading = Some(basis.reading);
                state.seen = Some(seen);
                (state.sleeve, state.reads_words) = (sleeve, reads_words);
            } else if let Some(nothing) = nothing {
                state.sighting = Some(Arc::new(nothing));
                (state.reading, state.seen) = (None, None);
            }
        };
        Ok((change, job))
    }

    /// There are no frames for the time being: what comes next has nothing to do with what was there.
    pub(super) fn blind(&mut self) -> impl FnOnce(&mut State) + use<E> {
        self.presence.forget();
        self.sharpest.clear();
        |state| {
            (state.phase, state.outline) = (Phase::Waking, None);
            (state.sighting, state.reading, state.seen) = (None, None, None);
            (state.sleeve, state.reads_words) = (0, false);
        }
    }

    /// Keeps a frame that was read, and of those before it the sharper ones.
    fn keep(&mut self, read: Read) {
        while self.sharpest.last().is_some_and(|last| last.sharpness < read.sharpness) {
            self.sharpest.pop();
        }
        self.sharpest.push(read);
    }

    /// What is said, and the sharpest of the frames that it rests on.
    fn say(&mut self, conclusion: Conclusion, last: Read) -> (Basis, Read) {
        let Conclusion { reading, agreed, sharpest } = conclusion;
        self.sleeve += 1;
        let seen = self.sharpest.iter().find(|read| read.frame.at == sharpest).cloned().unwrap_or(last);
        let sighting = Sighting {
            name: self.scene.clone(),
            outline: Some(seen.outline),
            cover: Some(seen.outline.corners),
            verdict: said_of(self.eye, &reading, agreed, None),
            millis: self.millis,
        };
        (Basis { sighting: Arc::new(sighting), reading: Arc::new(reading), agreed }, seen)
    }

    /// The first frame in which words are read. What does not look like a sleeve has no words.
    fn job(&self, basis: &Basis, seen: &Read) -> Option<Job> {
        let is_sleeve = basis.sighting.verdict.word != Word::Nothing;
        (is_sleeve && self.eye.passes() > 0).then(|| Job {
            sleeve: self.sleeve,
            frame: Arc::clone(&seen.frame),
            outline: seen.outline,
            first: Some(basis.clone()),
        })
    }

    /// Lets the eye rest where there was no sleeve for long.
    fn rest(&mut self, phase: Phase, now: Duration) {
        if phase != Phase::Empty {
            (self.empty, self.rests) = (None, false);
            return;
        }
        let since = *self.empty.get_or_insert(now);
        if !self.rests && now.saturating_sub(since) >= REST {
            self.rests = true;
            self.eye.rest();
        }
    }
}

/// What is said of a reading and the words. Where the readings of the picture did not agree, only what is known by name
/// is said: a record, or an artist's genre.
pub(super) fn said_of<E: Eye>(
    eye: &E,
    reading: &Reading,
    agreed: bool,
    words: Option<&WordEvidence>,
) -> Verdict {
    let verdict = eye.judge(reading, words);
    let is_named = matches!(verdict.word, Word::Record(_)) || verdict.artist.is_some();
    if agreed || is_named { verdict } else { Verdict { word: Word::Unsure, ..verdict } }
}
