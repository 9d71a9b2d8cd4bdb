//! What is told of the station's state.

use std::sync::Arc;

use serde::Serialize;

use crate::notices::Notice;
use crate::sighting::Sighting;
use crate::station::{Phase, State};
use crate::stock::{Candidate, Known, Lookalike};
use crate::verdict::{Answer, Verdict};
use crate::words::printable;

/// What is told of the station's state, as JSON: `/api/verdict` gives it, `/api/events` each new one. Stable: keys
/// are added, none changes. Those of a verdict are the keys of `classify --json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Announcement {
    /// How many sleeves something was said of so far, the one that is there included.
    pub(super) number: u64,
    pub(super) phase: Phase,
    pub(super) trouble: Option<Trouble>,
    /// What is wrong besides, and does not stop the station.
    pub(super) notices: Vec<Notice>,
    #[serde(flatten)]
    pub(super) answer: Answer,
    pub(super) record: Option<Known>,
    /// The records that it may be, where words fit several.
    pub(super) candidates: Vec<Candidate>,
    pub(super) lookalikes: Vec<Lookalike>,
    /// The lines that counted for what is said, in reading order.
    pub(super) counted: Vec<Mark>,
}

/// A line that counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Mark {
    text: String,
    /// Its corners as fractions of the flat cover's side, clockwise from the text's top left.
    corners: [[f32; 2]; 4],
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Trouble {
    /// With what: `camera`, `model` or `stock`.
    pub(super) with: &'static str,
    /// As the station says it, in English.
    pub(super) sentence: String,
}

impl Announcement {
    /// Whether another tells something else of the sleeve.
    pub(super) fn is_otherwise(&self, other: &Self) -> bool {
        self.answer != other.answer
            || self.record != other.record
            || self.candidates != other.candidates
            || self.lookalikes != other.lookalikes
            || self.counted != other.counted
    }

    /// Whether something was said of a sleeve that is there.
    pub(super) fn is_of_a_sleeve(&self) -> bool {
        self.answer.verdict.is_some_and(|word| word != "nothing")
    }
}

/// Makes announcements of states, and counts the sleeves of which something was said.
#[derive(Debug, Default)]
pub(super) struct Herald {
    number: u64,
    /// The station's number of the sleeve of which something was said last.
    sleeve: u64,
    last: Option<Arc<Sighting>>,
    /// The part that a sighting tells.
    said: Announcement,
}

impl Herald {
    /// What is to be told of a state.
    pub(super) fn announce(&mut self, state: &State) -> Announcement {
        let known = match (&self.last, &state.sighting) {
            (Some(last), Some(now)) => Arc::ptr_eq(last, now),
            (None, None) => true,
            _ => false,
        };
        if !known {
            self.said = state.sighting.as_deref().map(said).unwrap_or_default();
            // A verdict that its words refine is on the same sleeve.
            self.number += u64::from(self.said.is_of_a_sleeve() && state.sleeve != self.sleeve);
            self.last.clone_from(&state.sighting);
        }
        self.sleeve = state.sleeve;
        let trouble = state.trouble.as_ref();
        Announcement {
            number: self.number,
            phase: state.phase,
            trouble: trouble.map(|sentence| Trouble { with: "camera", sentence: sentence.to_string() }),
            ..self.said.clone()
        }
    }
}

/// The part that a sighting tells.
fn said(sighting: &Sighting) -> Announcement {
    let verdict = &sighting.verdict;
    Announcement {
        answer: Answer::of(verdict, sighting.cover),
        record: verdict.word.record().cloned(),
        candidates: verdict.candidates.clone(),
        lookalikes: verdict.lookalikes.clone(),
        counted: marks(verdict),
        ..Announcement::default()
    }
}

/// The lines that counted for the genre, and those that name the artist.
fn marks(verdict: &Verdict) -> Vec<Mark> {
    let named = verdict.artist.iter().flat_map(|artist| &artist.lines);
    let counts = |place: usize| verdict.counted.iter().chain(named.clone()).any(|counted| *counted == place);
    let lines = verdict.words.iter().enumerate().filter(|(place, _)| counts(*place));
    lines.map(|(_, line)| Mark { text: printable(&line.text), corners: line.corners }).collect()
}
