//! One indicator, and what was last said of its failing.

use std::time::{Duration, Instant};

use super::bulletin::{Bulletin, State};
use super::presence::Phase;
use super::{Note, tell};
use crate::indicator::{Indicator, IndicatorError};
use crate::level::Level;

/// The time from one picture to the next while something blinks or breathes.
const BEAT: Duration = Duration::from_millis(50);

/// An indicator, and what was last said of its failing.
pub(super) struct Shown<'a> {
    indicator: Box<dyn Indicator + Send + 'a>,
    failing: Option<IndicatorError>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(indicator: Box<dyn Indicator + Send + 'a>) -> Self {
        Self { indicator, failing: None }
    }

    /// Shows what is posted until nothing will be any more, and puts the indicator out.
    pub(super) fn follow(mut self, bulletin: &Bulletin, note: &Note<'_>, started: Instant) {
        let (mut edition, mut state) = bulletin.read();
        while !bulletin.is_closed() {
            let lively = state.trouble.is_some()
                || matches!(state.phase, Phase::Waking | Phase::Moving | Phase::Settling);
            let pause = if lively { BEAT } else { super::TICK };
            let news = bulletin.wait(edition, pause);
            let is_news = news.is_some();
            if let Some(news) = news {
                (edition, state) = news;
            }
            if is_news || lively || self.failing.is_some() {
                state.at = started.elapsed();
                self.show(&state, note);
            }
        }
        self.clear(note);
    }

    pub(super) fn show(&mut self, state: &State, note: &Note<'_>) {
        let outcome = self.indicator.show(state);
        self.told(outcome, note);
    }

    pub(super) fn clear(&mut self, note: &Note<'_>) {
        let outcome = self.indicator.clear();
        self.told(outcome, note);
    }

    /// A failure is noted when it begins or changes, not at each picture.
    fn told(&mut self, outcome: Result<(), IndicatorError>, note: &Note<'_>) {
        let failing = outcome.err();
        if let Some(error) = failing.as_ref().filter(|error| self.failing.as_ref() != Some(error)) {
            tell(note, Level::Warning, &error.to_string());
        }
        self.failing = failing;
    }
}
