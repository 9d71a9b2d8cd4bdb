//! The four corners of a sleeve in a frame, and how they are found.

use image::RgbImage;

use super::assessor::Assessor;
use super::clues::{CLUES, Scene};
use super::exact::exact;
use super::gradient::Gradients;
use super::line::strongest;
use super::polish::variants;
use super::proposal::proposals;
use super::quad::{Quad, alike, scaled};
use super::refine::{FROM_VOTES, refined};
use super::shape::Shape;
use super::shrink::{factor, shrunk};
use super::trace::Trace;

/// The longer side, in pixels and roughly, of the copy in which sleeves are looked for.
pub(super) const LOOK: u32 = 320;

/// The least steepness, in levels a pixel, that counts as an edge.
const STEEP: f32 = 4.0;

/// How many lines are combined to outlines.
const LINES: usize = 160;

/// How many outlines are refined and assessed.
const PROPOSED: usize = 64;

/// How many of the best outlines are polished, and how often.
const POLISHED: usize = 4;
const ROUNDS: usize = 3;

/// Outlines whose corners lie this near to each other, in pixels, are assessed once.
const SAME: f32 = 0.7;

/// The confidence from which an outline is a sleeve's.
const LEAST_CONFIDENCE: f32 = 0.5;

/// The four corners of a sleeve in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outline {
    /// In the frame's pixels, whose centres lie at whole numbers; clockwise as one sees them. From the corner
    /// nearest to the frame's top left where the sleeve was found; once its cover was read, from the corner at the
    /// cover's own top left.
    pub corners: [[f32; 2]; 4],
    /// The probability that there is a sleeve, 0 to 1.
    pub confidence: f32,
}

impl Outline {
    /// The same outline, beginning at the corner that comes so many corners later: where a sleeve lies turned
    /// clockwise by so many quarters, that is the corner at the top left of its cover.
    #[must_use]
    pub fn turned(mut self, quarters: usize) -> Self {
        self.corners.rotate_left(quarters % 4);
        self
    }
}

/// An outline that was considered.
#[derive(Clone, Copy, Debug)]
pub struct Considered {
    /// In the frame's pixels; see [`Outline::corners`].
    pub corners: [[f32; 2]; 4],
    /// What speaks for it and against it; `trainer/src/sleevetrainer/finder.py` learns from these numbers.
    pub clues: [f32; CLUES],
    /// The logarithm of how much likelier a sleeve lies there than that there is none.
    pub score: f32,
}

/// Finds the sleeve in a frame: of outlines of four straight sides, the one that looks most like a sleeve's.
#[derive(Clone, Debug)]
pub struct Finder {
    assessor: Assessor,
    /// The confidence below which there is no sleeve.
    least: f32,
}

impl Default for Finder {
    fn default() -> Self {
        Self { assessor: Assessor::shipped(), least: LEAST_CONFIDENCE }
    }
}

impl Finder {
    /// The outline of the sleeve in a picture, or `None` where there is none to be sure of.
    #[must_use]
    pub fn find(&self, picture: &RgbImage) -> Option<Outline> {
        let considered = self.consider(picture);
        let best = considered.iter().max_by(|a, b| a.score.total_cmp(&b.score))?;
        // Against the best one's score, so that nothing overflows.
        let odds: f32 = considered.iter().map(|one| (one.score - best.score).exp()).sum();
        let confidence = odds / (odds + (-best.score).exp());
        (confidence >= self.least).then(|| Outline { corners: exact(picture, &best.corners), confidence })
    }

    /// All outlines that are considered, in no order.
    #[must_use]
    pub fn consider(&self, picture: &RgbImage) -> Vec<Considered> {
        let factor = factor(picture, LOOK);
        let small = shrunk(picture, factor as u32);
        let gradients = Gradients::of(&small);
        let edges = gradients.edges(STEEP);
        let traces: Vec<Trace> = strongest(&edges, gradients.width, gradients.height, LINES)
            .into_iter()
            .map(|line| Trace::of(line, &gradients))
            .collect();
        let scene = Scene { picture: &small, gradients: &gradients };

        let proposed = proposals(&traces, &gradients, PROPOSED);
        let exact = proposed.iter().filter_map(|one| {
            let once = refined(&one.corners, &gradients, &FROM_VOTES)?;
            refined(&once, &gradients, &FROM_VOTES)
        });
        let mut considered = Vec::new();
        self.assess(exact, &scene, &mut considered);
        for _ in 0..ROUNDS {
            considered.sort_by(|a, b| b.score.total_cmp(&a.score));
            let moved: Vec<Quad> =
                considered.iter().take(POLISHED).flat_map(|one| variants(&one.corners, &gradients)).collect();
            self.assess(moved.into_iter(), &scene, &mut considered);
        }
        for one in &mut considered {
            one.corners = scaled(&one.corners, factor);
        }
        considered
    }

    /// Adds outlines, in the small copy's pixels, to those that were considered; impossible ones and known ones are left
    /// out.
    fn assess(&self, outlines: impl Iterator<Item = Quad>, scene: &Scene, considered: &mut Vec<Considered>) {
        for corners in outlines {
            let Some(shape) = Shape::of(corners, scene.gradients.width, scene.gradients.height) else {
                continue;
            };
            if considered.iter().any(|other| alike(&other.corners, &shape.corners, SAME)) {
                continue;
            }
            let clues = scene.clues(&shape);
            considered.push(Considered { corners: shape.corners, clues, score: self.assessor.score(&clues) });
        }
    }
}
