//! The four corners of a sleeve in a frame, and how they are found.

use image::RgbImage;

use super::assessor::Assessor;
use super::clues::Scene;
use super::exact::exact;
use super::line::strongest;
use super::lineup::{Considered, Lineup, Polish};
use super::polish::ended;
use super::proposal::Proposals;
use super::quad::{Quad, area, scaled};
use super::refine::{FROM_VOTES, refined};
use super::trace::Trace;

/// The longer side, in pixels and roughly, of the copy in which sleeves are looked for, and of the one in which the
/// likeliest outlines are looked at once more.
pub(super) const GLANCE: u32 = 320;
const CLOSER: u32 = 640;

/// The least steepness, in levels a pixel, that counts as an edge.
const STEEP: f32 = 4.0;

/// How many lines are combined to outlines.
const LINES: usize = 160;

/// How many outlines of four lines are refined and assessed, and how many of three.
const PROPOSED: usize = 48;
const GUESSED: usize = 12;

/// How far from where it is guessed a fourth side is looked for, as a part of its length.
const ENDS: f32 = 0.15;

/// How many of the best are looked at more closely.
const FINALISTS: usize = 8;

/// How outlines are polished at a glance, and when they are looked at more closely.
const AT_A_GLANCE: Polish = Polish { rounds: 2, best: 3, reach: 0.12 };
const ONCE_MORE: Polish = Polish { rounds: 2, best: 3, reach: 0.08 };

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

    /// The area that it encloses, square pixels.
    #[must_use]
    pub fn area(&self) -> f32 {
        area(&self.corners)
    }
}

/// Finds the sleeve in a frame: of outlines of four straight sides, the one that looks most like a sleeve's.
#[derive(Clone, Debug)]
pub struct Finder {
    glance: Assessor,
    closer: Assessor,
    /// The confidence below which there is no sleeve.
    least: f32,
}

impl Default for Finder {
    fn default() -> Self {
        Self { glance: Assessor::at_a_glance(), closer: Assessor::closer(), least: LEAST_CONFIDENCE }
    }
}

impl Finder {
    /// The outline of the sleeve in a picture, or `None` where there is none to be sure of.
    #[must_use]
    pub fn find(&self, picture: &RgbImage) -> Option<Outline> {
        let considered = self.consider(picture);
        let best = considered.first()?;
        // Against the best one's score, so that nothing overflows.
        let odds: f32 = considered.iter().map(|one| (one.score - best.score).exp()).sum();
        let confidence = odds / (odds + (-best.score).exp());
        (confidence >= self.least).then(|| Outline { corners: exact(picture, &best.corners), confidence })
    }

    /// All outlines that are looked at closely, the best first.
    #[must_use]
    pub fn consider(&self, picture: &RgbImage) -> Vec<Considered> {
        let (far, near) = (Scene::of(picture, GLANCE), Scene::of(picture, CLOSER));
        let (first, both) = ([&far], [&near, &far]);
        let glanced = self.glanced(&first);
        let mut lineup = Lineup::new(&self.closer, &both);
        let finalists = glanced.best().iter().take(FINALISTS);
        lineup.admit(finalists.filter_map(|one| {
            let corners = scaled(&one.corners, far.factor / near.factor);
            refined(&corners, &near.gradients, &FROM_VOTES)
        }));
        lineup.polish(&ONCE_MORE);
        lineup.in_frame()
    }

    /// All outlines that are considered at first, the best first.
    #[must_use]
    pub fn glance(&self, picture: &RgbImage) -> Vec<Considered> {
        self.glanced(&[&Scene::of(picture, GLANCE)]).in_frame()
    }

    fn glanced<'a>(&'a self, scenes: &'a [&'a Scene<'a>]) -> Lineup<'a> {
        let scene = scenes[0];
        let edges = scene.gradients.edges(STEEP);
        let traces: Vec<Trace> = strongest(&edges, scene.gradients.width, scene.gradients.height, LINES)
            .into_iter()
            .map(|line| Trace::of(line, &scene.gradients))
            .collect();
        let gradients = &scene.gradients;
        let proposals = Proposals::of(&traces, gradients, PROPOSED, GUESSED);
        let exact = |one: &Quad| refined(one, gradients, &FROM_VOTES);
        let mut lineup = Lineup::new(&self.glance, scenes);
        lineup.admit(proposals.seen.iter().filter_map(|one| exact(&exact(one)?)));
        lineup.admit(
            proposals
                .guessed
                .iter()
                .flat_map(|one| ended(one, gradients, ENDS))
                .filter_map(|one| exact(&one)),
        );
        lineup.polish(&AT_A_GLANCE);
        lineup
    }
}
