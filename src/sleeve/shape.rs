//! Four corners that a sleeve could have.

use super::quad::{Quad, area, clockwise, middle, sides};
use super::square::unlike_square;

/// The least area of a sleeve, as a part of the frame's.
const LEAST_AREA: f32 = 0.035;

/// Sides of one sleeve differ by perspective and tilt, but not by more than this factor.
const MOST_SLANT: f32 = 2.2;

/// How far from a square, by [`unlike_square`], an outline of a sleeve may be before it is refined.
const LEAST_SQUARE: f32 = 0.24;

/// How far beyond the frame's border a corner may lie, as a part of the frame's longer side.
const MARGIN: f32 = 0.02;

/// How many clues there are that a shape tells by itself.
pub(super) const SHAPED: usize = 5;

/// Four corners that a sleeve could have, in a frame of some size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Clockwise as one sees them, from the one nearest to the top left.
    pub(super) corners: Quad,
    /// See [`unlike_square`].
    pub(super) unlike_square: f32,
    /// The part of the frame that it takes.
    pub(super) area: f32,
    /// The distance of its middle from the frame's, in halves of the diagonal.
    pub(super) off_centre: f32,
    /// How often its shortest side goes into its longest.
    pub(super) slant: f32,
    /// The least distance of a corner from the frame's border, in longer sides of the frame; negative outside.
    pub(super) margin: f32,
}

impl Shape {
    /// `None` where no sleeve can lie like that.
    pub(super) fn of(corners: Quad, width: usize, height: usize) -> Option<Self> {
        let (width, height) = (width as f32, height as f32);
        let from_border = |[x, y]: [f32; 2]| x.min(y).min(width - 1.0 - x).min(height - 1.0 - y);
        let margin = corners.map(from_border).into_iter().fold(f32::MAX, f32::min) / width.max(height);
        if margin < -MARGIN {
            return None;
        }
        // What tells most outlines apart with the least work comes first.
        let area = area(&corners).abs() / (width * height);
        if area < LEAST_AREA {
            return None;
        }
        let lengths = sides(&corners).map(|[from, to]| (to[0] - from[0]).powi(2) + (to[1] - from[1]).powi(2));
        let longest = lengths.iter().copied().fold(0.0, f32::max);
        let shortest = lengths.iter().copied().fold(f32::MAX, f32::min);
        if longest > MOST_SLANT * MOST_SLANT * shortest {
            return None;
        }
        let unlike_square = unlike_square(&corners, width, height, LEAST_SQUARE)?;
        let corners = clockwise(corners)?;
        let centre = middle(&corners);
        let off_centre =
            (centre[0] - width / 2.0).hypot(centre[1] - height / 2.0) / (width.hypot(height) / 2.0);
        Some(Self { corners, unlike_square, area, off_centre, slant: (longest / shortest).sqrt(), margin })
    }

    /// What speaks for it and against it whatever the picture shows.
    pub(super) fn clues(&self) -> [f32; SHAPED] {
        let margin = self.margin.clamp(-MARGIN, 0.1);
        [self.unlike_square, self.area.sqrt(), self.off_centre, self.slant, margin]
    }
}
