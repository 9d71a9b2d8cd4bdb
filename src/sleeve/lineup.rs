//! Outlines side by side, and which of them looks most like a sleeve's.

use super::assessor::Assessor;
use super::clues::{SEEN, Scene};
use super::polish::variants;
use super::quad::{Quad, alike, scaled};
use super::shape::{SHAPED, Shape};

/// Outlines whose corners lie this near to each other, in pixels, are assessed once.
const SAME: f32 = 0.7;

/// An outline that was considered.
#[derive(Clone, Debug)]
pub struct Considered {
    /// In the frame's pixels; see [`Outline::corners`](super::Outline::corners).
    pub corners: [[f32; 2]; 4],
    /// What speaks for it and against it; `trainer/src/sleevetrainer/finder.py` learns from these numbers.
    pub clues: Vec<f32>,
    /// The logarithm of how much likelier a sleeve lies there than that there is none.
    pub score: f32,
}

/// How outlines are polished: the `best` of them are tried with their sides moved to other edges, so many `rounds`.
pub(super) struct Polish {
    pub(super) rounds: usize,
    pub(super) best: usize,
    /// How far beside a side another edge is looked for, as a part of the side's length.
    pub(super) reach: f32,
}

/// How many clues there are for an outline that is looked at in so many copies of the picture.
#[must_use]
pub const fn clues(copies: usize) -> usize {
    SHAPED + copies * SEEN
}

/// The outlines that are considered in a picture.
pub(super) struct Lineup<'a> {
    assessor: &'a Assessor,
    /// The copies of the picture in which clues are looked for; corners are those of the first.
    scenes: &'a [&'a Scene<'a>],
    /// The best first.
    outlines: Vec<Considered>,
}

impl<'a> Lineup<'a> {
    pub(super) fn new(assessor: &'a Assessor, scenes: &'a [&'a Scene<'a>]) -> Self {
        Self { assessor, scenes, outlines: Vec::new() }
    }

    /// The outlines, the best first.
    pub(super) fn best(&self) -> &[Considered] {
        &self.outlines
    }

    /// The outlines in the frame's pixels, the best first.
    pub(super) fn in_frame(mut self) -> Vec<Considered> {
        for one in &mut self.outlines {
            one.corners = scaled(&one.corners, self.scenes[0].factor);
        }
        self.outlines
    }

    /// Adds outlines; impossible ones and known ones are left out.
    pub(super) fn admit(&mut self, outlines: impl Iterator<Item = Quad>) {
        let scene = self.scenes[0];
        for corners in outlines {
            let Some(shape) = Shape::of(corners, scene.gradients.width, scene.gradients.height) else {
                continue;
            };
            if self.outlines.iter().any(|other| alike(&other.corners, &shape.corners, SAME)) {
                continue;
            }
            let seen = self.scenes.iter().flat_map(|other| {
                let corners = scaled(&shape.corners, scene.factor / other.factor);
                other.clues(&corners)
            });
            let clues: Vec<f32> = shape.clues().into_iter().chain(seen).collect();
            let score = self.assessor.score(&clues);
            self.outlines.push(Considered { corners: shape.corners, clues, score });
        }
        self.outlines.sort_by(|a, b| b.score.total_cmp(&a.score));
    }

    /// Adds variants of the best outlines.
    pub(super) fn polish(&mut self, polish: &Polish) {
        let gradients = &self.scenes[0].gradients;
        for _ in 0..polish.rounds {
            let best = self.outlines.iter().take(polish.best);
            let moved: Vec<Quad> =
                best.flat_map(|one| variants(&one.corners, gradients, polish.reach)).collect();
            self.admit(moved.into_iter());
        }
    }
}
