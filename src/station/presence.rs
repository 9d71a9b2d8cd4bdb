//! Whether a sleeve is there, whether it holds still, and when enough was read of it to say something.
//!
//! A state machine without a clock: time comes with each glimpse. `docs/station.md` draws it.

use std::collections::VecDeque;
use std::time::Duration;

use super::agreement::{Agreement, MOST};
use crate::network::Reading;
use crate::sleeve::Outline;

/// How long a sleeve must have been calm before it is read: one frame of a slow camera. What is read of a sleeve that
/// moves on nevertheless, is forgotten.
pub const CALM: Duration = Duration::from_millis(60);

/// How far a corner may have moved within [`CALM`], as a part of the sleeve's side.
pub const SWAY: f32 = 0.03;

/// How long a sleeve must have been in its place before something is said of it.
pub const STILL: Duration = Duration::from_millis(300);

/// How far a corner may have moved within [`STILL`], as a part of the sleeve's side.
pub const DRIFT: f32 = 0.06;

/// A sleeve of which nothing was said yet counts as gone after this long, and two looks.
pub const GAP: Duration = Duration::from_millis(200);

/// A sleeve of which something was said counts as gone after this long, and two looks. The finder loses a
/// sleeve now and then, and a lamp that goes out for a moment flickers.
pub const GONE: Duration = Duration::from_millis(600);

/// How often a sleeve that stays is read again, to see that it is the same.
pub const CHECK: Duration = Duration::from_secs(1);

/// How long the least is that something is said before another sleeve's verdict takes its place.
pub const DWELL: Duration = Duration::from_secs(1);

/// A frame this much less sharp than the sharpest of the last moment is not worth reading.
const BLURRED: f32 = 0.6;

/// The cosine of two embeddings from which they are of one sleeve. Of 200 test covers, two rendered views each, all
/// pairs of one cover came to 0.65 or more, and 3 of 10,000 pairs of different ones. A view that is wrongly taken for
/// another sleeve's is only read again.
pub const LIKE: f32 = 0.65;

/// What was seen in one frame, without looking closely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glimpse {
    /// When the frame was taken, from the start of its source.
    pub at: Duration,
    /// Where the sleeve lies, where one was found.
    pub outline: Option<Outline>,
    /// How sharp the picture is there: any measure that grows with sharpness.
    pub sharpness: f32,
}

/// What the station is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Too little was seen yet to say anything, not even that nothing is there.
    #[default]
    Waking,
    /// There is no sleeve.
    Empty,
    /// There is one, and it moves.
    Moving,
    /// It has come to rest, and is being read.
    Settling,
    /// What it is was said, and holds while it stays.
    Said,
}

/// What is to be done with the frame of a glimpse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    Pass,
    /// It is to be read, and [`Presence::read`] told what was read.
    Read,
}

/// What the readings of a sleeve came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    /// The mean of the readings.
    pub reading: Reading,
    /// Whether enough of them agreed; if not, none may be said to be sure.
    pub agreed: bool,
    /// When the sharpest of the frames was taken that were read for it.
    pub sharpest: Duration,
}

/// The state machine: glimpses and readings in, phases and conclusions out.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    phase: Phase,
    /// What was seen within the last [`STILL`], and the one before, the oldest first.
    trail: VecDeque<(Duration, Outline, f32)>,
    /// When the first glimpse was.
    first: Option<Duration>,
    /// When a sleeve was seen last.
    seen: Duration,
    /// Looks since then.
    missed: u32,
    /// For how long it had been in its place then.
    rested: Duration,
    /// Whether it was at rest then, and the picture sharp.
    readable: bool,
    /// What was read, and is not yet enough.
    readings: Agreement,
    said: Option<Said>,
}

/// What was said of the sleeve that is there.
#[derive(Clone, Debug)]
struct Said {
    reading: Reading,
    at: Duration,
    /// When it was last seen to be the same.
    checked: Duration,
    /// Whether it has moved since then.
    restless: bool,
}

impl Presence {
    /// What the station is at.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether the sleeve of the last glimpse was at rest, in a picture that is sharp enough to be read.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.readable
    }

    /// Whether the sleeve of which something was said is still there, as far as is known: it was not moved since it was
    /// read last, and nothing that was read since speaks for another.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.phase == Phase::Said
            && self.readings.count() == 0
            && self.said.as_ref().is_some_and(|said| !said.restless)
    }

    /// Whether readings are there that are not yet enough to say something.
    #[must_use]
    pub fn is_gathering(&self) -> bool {
        self.readings.count() > 0
    }

    /// Forgets everything: what was seen from now on has nothing to do with what was seen before.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes what was seen in a frame, and tells whether it is to be read.
    pub fn glimpse(&mut self, glimpse: &Glimpse) -> Wish {
        let first = *self.first.get_or_insert(glimpse.at);
        self.readable = false;
        match glimpse.outline {
            Some(outline) => self.there(glimpse.at, outline, glimpse.sharpness),
            None => {
                self.missed = self.missed.saturating_add(1);
                let since = if self.phase == Phase::Waking { first } else { self.seen };
                self.missing(glimpse.at.saturating_sub(since));
                Wish::Pass
            }
        }
    }

    /// No sleeve was found, for so long by now.
    fn missing(&mut self, away: Duration) {
        let patience = match self.phase {
            Phase::Empty => return,
            Phase::Moving | Phase::Settling => GAP,
            Phase::Waking | Phase::Said => GONE,
        };
        if self.missed < 2 {
            return;
        }
        // Whatever comes next must be still anew, and may be another sleeve.
        self.trail.clear();
        self.readings.clear();
        if away >= patience {
            self.phase = Phase::Empty;
            self.said = None;
        }
    }

    /// A sleeve was found.
    fn there(&mut self, at: Duration, outline: Outline, sharpness: f32) -> Wish {
        self.missed = 0;
        self.seen = at;
        self.trail.push_back((at, outline, sharpness));
        while self.trail.get(1).is_some_and(|(then, ..)| at.saturating_sub(*then) >= STILL) {
            self.trail.pop_front();
        }
        let here = self.since(&outline, DRIFT);
        self.rested = at.saturating_sub(here);
        if self.trail.front().is_some_and(|(first, ..)| *first < here) {
            // It came from elsewhere: what was read there may have been of another sleeve.
            self.readings.forget_before(here);
        }
        let calm = at.saturating_sub(self.since(&outline, SWAY)) >= CALM;
        self.phase = match self.phase {
            Phase::Said => Phase::Said,
            _ if calm => Phase::Settling,
            _ => Phase::Moving,
        };
        if !calm {
            if let Some(said) = &mut self.said {
                said.restless = true;
            }
            return Wish::Pass;
        }
        let due = self.said.as_ref().is_none_or(|said| {
            said.restless || self.readings.count() > 0 || at.saturating_sub(said.checked) >= CHECK
        });
        // Nothing can be said yet, and more would say no more.
        let enough = self.rested < STILL && self.readings.count() >= MOST;
        let sharpest = self.trail.iter().map(|(.., sharpness)| *sharpness).fold(0.0, f32::max);
        self.readable = sharpness >= BLURRED * sharpest;
        if due && !enough && self.readable { Wish::Read } else { Wish::Pass }
    }

    /// Since which glimpse, of those that are remembered, no corner has been further from where it is now than `most`
    /// of the side.
    fn since(&self, outline: &Outline, most: f32) -> Duration {
        let here = |before: &Outline| drift(before, outline) <= most;
        let run = self.trail.iter().rev().take_while(|(_, before, _)| here(before));
        run.last().map_or(self.seen, |(at, ..)| *at)
    }

    /// Takes what was read of the frame that [`Presence::glimpse`] wished to have read. Something is to be
    /// said where there is a conclusion: of a sleeve that was new, or has taken the other's place.
    pub fn read(&mut self, reading: Reading, sharpness: f32) -> Option<Conclusion> {
        let now = self.seen;
        match (&mut self.said, self.phase) {
            (Some(said), Phase::Said) => {
                said.checked = now;
                said.restless = false;
                if are_alike(&said.reading, &reading) {
                    self.readings.clear();
                    return None;
                }
                self.readings.add(now, sharpness, reading);
                if now.saturating_sub(said.at) < DWELL {
                    return None;
                }
            }
            (_, Phase::Settling) => self.readings.add(now, sharpness, reading),
            _ => return None,
        }
        if self.rested < STILL {
            return None;
        }
        let conclusion = self.readings.conclusion()?;
        self.readings.clear();
        self.phase = Phase::Said;
        self.said =
            Some(Said { reading: conclusion.reading.clone(), at: now, checked: now, restless: false });
        Some(conclusion)
    }
}

/// How far the corners lie apart at most, as a part of the sleeve's side. Which corner is the first may
/// change from frame to frame.
fn drift(before: &Outline, now: &Outline) -> f32 {
    let (a, b) = (before.corners, now.corners);
    let apart =
        |turn: usize| (0..4).map(|corner| distance(a[corner], b[(corner + turn) % 4])).fold(0.0, f32::max);
    let side = (0..4).map(|corner| distance(b[corner], b[(corner + 1) % 4])).sum::<f32>() / 4.0;
    (0..4).map(apart).fold(f32::INFINITY, f32::min) / side.max(1.0)
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Whether two readings are of one sleeve.
fn are_alike(a: &Reading, b: &Reading) -> bool {
    a.embedding.iter().zip(&b.embedding).map(|(a, b)| a * b).sum::<f32>() >= LIKE
}
