//! One look at a frame: what is seen, whether it is read, and what is said then.

use std::sync::Arc;

use super::bulletin::State;
use super::eye::Eye;
use super::presence::{Conclusion, Glimpse, Phase, Presence, Wish};
use super::sharpness::sharpness;
use crate::frame::Frame;
use crate::network::Reading;
use crate::sighting::{Millis, Sighting};
use crate::sleeve::Outline;
use crate::verdict::Word;

/// Looks at frame after frame, and keeps the state of what is said.
pub(super) struct Lookout<'e, E> {
    eye: &'e E,
    presence: Presence,
    /// The name of the frames' source. Frames of another are of another scene.
    scene: String,
    /// What the last look at each stage took.
    millis: Millis,
}

impl<'e, E: Eye> Lookout<'e, E> {
    pub(super) fn new(eye: &'e E) -> Self {
        Self { eye, presence: Presence::default(), scene: String::new(), millis: Millis::default() }
    }

    /// Looks at a frame, and tells what that changes in the state.
    pub(super) fn look(&mut self, frame: Frame) -> Result<impl FnOnce(&mut State) + use<E>, E::Error> {
        if self.scene != frame.name {
            self.scene.clone_from(&frame.name);
            self.presence.forget();
        }
        let outline = self.eye.find(&frame, &mut self.millis);
        let sharpness = outline.map_or(0.0, |outline| sharpness(&frame.picture, &outline));
        let before = self.presence.phase();
        let wish = self.presence.glimpse(&Glimpse { at: frame.at, outline, sharpness });
        let mut said = None;
        if let (Wish::Read, Some(outline)) = (wish, outline)
            && let Some((upright, reading)) = self.eye.read(&frame, &outline, &mut self.millis)?
        {
            said = self.presence.read(reading, sharpness).map(|conclusion| self.say(conclusion, upright));
        }
        let phase = self.presence.phase();
        let nothing = (phase == Phase::Empty && before != Phase::Empty).then(|| Sighting {
            name: self.scene.clone(),
            outline: None,
            verdict: self.eye.nothing(),
            millis: self.millis,
        });
        let frame = Arc::new(frame);
        Ok(move |state: &mut State| {
            state.phase = phase;
            state.outline = outline;
            state.frame = Some(Arc::clone(&frame));
            state.log.frames += 1;
            if !matches!(phase, Phase::Said | Phase::Empty) {
                (state.sighting, state.reading, state.seen) = (None, None, None);
            } else if let Some((sighting, reading)) = said {
                state.sighting = Some(Arc::new(sighting));
                state.reading = Some(Arc::new(reading));
                state.seen = Some(frame);
            } else if let Some(nothing) = nothing {
                state.sighting = Some(Arc::new(nothing));
                (state.reading, state.seen) = (None, None);
            }
        })
    }

    /// There are no frames for the time being: what comes next has nothing to do with what was there.
    pub(super) fn blind(&mut self) -> impl FnOnce(&mut State) + use<E> {
        self.presence.forget();
        |state| {
            (state.phase, state.outline) = (Phase::Waking, None);
            (state.sighting, state.reading, state.seen) = (None, None, None);
        }
    }

    fn say(&self, conclusion: Conclusion, outline: Outline) -> (Sighting, Reading) {
        let Conclusion { reading, agreed } = conclusion;
        let mut verdict = self.eye.judge(&reading, None);
        // A record is known by its looks, whatever its genre looks like.
        if !agreed && !matches!(verdict.word, Word::Record(_)) {
            verdict.word = Word::Unsure;
        }
        (Sighting { name: self.scene.clone(), outline: Some(outline), verdict, millis: self.millis }, reading)
    }
}
