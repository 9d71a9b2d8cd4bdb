//! Reading the words of a sleeve of which something was said by its picture.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::bulletin::{Bulletin, State};
use super::eye::Eye;
use super::lookout::said_of;
use super::refinement::Refinement;
use super::slot::Slot;
use crate::frame::Frame;
use crate::network::Reading;
use crate::sighting::Sighting;
use crate::sleeve::Outline;
use crate::words::{Line, Passes};

/// A frame in which words are to be read.
#[derive(Debug)]
pub(super) struct Job {
    /// The number of the sleeve in it.
    pub(super) sleeve: u64,
    pub(super) frame: Arc<Frame>,
    /// Where it lies, from the top left of its cover.
    pub(super) outline: Outline,
    /// What reading begins with, where this is the sleeve's first frame.
    pub(super) first: Option<Basis>,
}

/// What was said of a sleeve by its picture, and what that rests on.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    pub(super) sighting: Arc<Sighting>,
    pub(super) reading: Arc<Reading>,
    pub(super) agreed: bool,
}

/// Between the thread that looks and the one that reads words: a place for the newest job alone.
#[derive(Debug, Default)]
pub(super) struct Desk {
    jobs: Slot<Job>,
    /// The sleeve of which another frame is wanted; 0 for none.
    wanted: AtomicU64,
}

impl Desk {
    /// The number of the sleeve of which another frame is wanted; 0 for none.
    pub(super) fn wanted(&self) -> u64 {
        self.wanted.load(Ordering::Relaxed)
    }

    pub(super) fn put(&self, job: Job) {
        self.want(0);
        self.jobs.put(job);
    }

    pub(super) fn close(&self) {
        self.jobs.close();
    }

    fn want(&self, sleeve: u64) {
        self.wanted.store(sleeve, Ordering::Relaxed);
    }
}

/// The words of one sleeve, as far as they are read.
pub(super) struct Wording<'e, E> {
    eye: &'e E,
    sleeve: u64,
    basis: Basis,
    passes: Passes,
    so_far: Vec<Vec<Line>>,
    refinement: Refinement,
    sighting: Sighting,
}

impl<'e, E: Eye> Wording<'e, E> {
    pub(super) fn new(eye: &'e E, sleeve: u64, basis: Basis) -> Self {
        let sighting = Sighting::clone(&basis.sighting);
        let refinement = Refinement::of(sighting.verdict.clone());
        let passes = Passes::at_most(eye.passes());
        Self { eye, sleeve, basis, passes, so_far: Vec::new(), refinement, sighting }
    }

    /// Reads a frame by the next pass.
    fn pass(&mut self, frame: &Frame, outline: &Outline) -> Result<(), E::Error> {
        let Some(pass) = self.passes.pending() else { return Ok(()) };
        let millis = &mut self.sighting.millis;
        let evidence = self.eye.read_words(frame, outline, pass, &mut self.so_far, millis)?;
        self.passes.took(&evidence);
        let verdict = said_of(self.eye, &self.basis.reading, self.basis.agreed, Some(&evidence));
        self.sighting.verdict = self.refinement.take(verdict, self.is_done()).clone();
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.passes.pending().is_none()
    }

    /// Reads one frame by one pass after the other, until reading ends.
    pub(super) fn all_passes(&mut self, frame: &Frame, outline: &Outline) -> Result<(), E::Error> {
        while !self.is_done() {
            self.pass(frame, outline)?;
        }
        Ok(())
    }

    /// What is said by now, unless another sleeve is there meanwhile, or none.
    pub(super) fn tell(&self) -> impl FnOnce(&mut State) + use<E> {
        let (sleeve, sighting, goes_on) = (self.sleeve, self.sighting.clone(), !self.is_done());
        move |state| {
            if state.sleeve == sleeve {
                state.sighting = Some(Arc::new(sighting));
                state.reads_words = goes_on;
            }
        }
    }
}

/// Reads what is put on the desk, until it is closed or `is_stopped`; `outcome` is told how each pass ended.
pub(super) fn read_words<E: Eye>(
    eye: &E,
    desk: &Desk,
    bulletin: &Bulletin,
    is_stopped: impl Fn() -> bool,
    mut outcome: impl FnMut(Result<(), E::Error>),
) {
    let mut wording: Option<Wording<'_, E>> = None;
    while !desk.jobs.is_done() && !is_stopped() {
        let Some(Job { sleeve, frame, outline, first }) = desk.jobs.take(PAUSE) else { continue };
        if let Some(basis) = first {
            wording = Some(Wording::new(eye, sleeve, basis));
        }
        let is_there = || bulletin.read().1.sleeve == sleeve;
        let Some(begun) = wording.as_mut().filter(|begun| begun.sleeve == sleeve && is_there()) else {
            wording = None;
            continue;
        };
        let read = begun.pass(&frame, &outline);
        let failed = read.is_err();
        outcome(read);
        if failed {
            bulletin.post(|state| give_up(state, sleeve));
        } else {
            bulletin.post(begun.tell());
        }
        if failed || begun.is_done() {
            wording = None;
        } else {
            desk.want(sleeve);
        }
    }
}

/// The words of this sleeve are not read any further.
pub(super) fn give_up(state: &mut State, sleeve: u64) {
    if state.sleeve == sleeve {
        state.reads_words = false;
    }
}

/// How often, while nothing else happens, it is looked whether to stop.
const PAUSE: Duration = super::TICK;
