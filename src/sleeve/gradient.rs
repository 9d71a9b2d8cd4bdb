//! How steeply a picture changes, and in which direction.

use std::f32::consts::PI;

use image::RgbImage;

use super::quad::{between, length};
use super::slope::{FAINTEST, Slopes, is_aligned, slopes};

/// The steepness, in levels a pixel, beyond which an edge is no clearer.
const STEEPEST: f32 = 30.0;

/// Places in whole numbers: so many parts of a pixel.
const FIXED_BITS: u32 = 16;
const FIXED: f32 = (1 << FIXED_BITS) as f32;

/// The [`slopes`] of all pixels, measured once.
pub(super) struct Gradients {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Along x and along y, row by row; zero on the outermost pixels.
    values: Vec<[f32; 2]>,
    /// How often [`Gradients::edge_across`] holds at any point and in any direction, 0 to 1: what a
    /// line through nothing in particular sees of edges in this picture. Near 0 before a wall, near
    /// a half in noise.
    pub(super) chance: f32,
}

impl Slopes for Gradients {
    fn near(&self, x: f32, y: f32) -> [f32; 2] {
        // Half up and cut off: `round` is a call, and this is asked for a million times a frame.
        let (x, y) = (x + 0.5, y + 0.5);
        if x < 0.0 || y < 0.0 { [0.0; 2] } else { self.at(x as usize, y as usize) }
    }

    /// Gradients are those of whole pixels.
    fn measured(&self, point: [f32; 2]) -> [f32; 2] {
        point.map(f32::round)
    }
}

/// A point at which the gradient is steeper than on either side of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) x: f32,
    pub(super) y: f32,
    /// The direction of the gradient: the normal of the edge, of unit length.
    pub(super) normal: [f32; 2],
}

impl Gradients {
    pub(super) fn of(picture: &RgbImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut values = vec![[0.0; 2]; width * height];
        if width > 2 {
            for y in 1..height.saturating_sub(1) {
                values[y * width + 1..(y + 1) * width - 1].copy_from_slice(&slopes(picture, y));
            }
        }
        let mut gradients = Self { width, height, values, chance: 0.0 };
        gradients.chance = gradients.measured_chance();
        gradients
    }

    /// The gradient of a pixel; zero outside.
    fn at(&self, column: usize, row: usize) -> [f32; 2] {
        if column < self.width && row < self.height {
            self.values[row * self.width + column]
        } else {
            [0.0; 2]
        }
    }

    /// Whether the picture has an edge at a point, within a pixel of it and across a normal.
    pub(super) fn edge_across(&self, [x, y]: [f32; 2], [nx, ny]: [f32; 2]) -> bool {
        (-1..=1).any(|step| {
            let [gx, gy] = self.near(x + step as f32 * nx, y + step as f32 * ny);
            let across = (gx * nx + gy * ny).abs();
            across >= FAINTEST && is_aligned(across, [gx, gy])
        })
    }

    /// How steep the picture is on average across a side, in levels a pixel; what is steepest in another direction counts
    /// as flat, and nothing counts for more than `STEEPEST`. It is looked at every `step` pixels.
    pub(super) fn along(&self, [from, to]: [[f32; 2]; 2], [nx, ny]: [f32; 2], step: f32) -> f32 {
        let samples = (length([from, to]) / step).ceil().max(4.0);
        // Half up and cut off, as `near` does it, in whole numbers: this is where most of a frame's time goes.
        let fixed = |value: f32| (value * FIXED) as i32;
        let [mut x, mut y] = between(from, to, 0.05 + 0.45 / samples).map(|value| fixed(value + 0.5));
        let [dx, dy] = [0, 1].map(|axis| fixed(0.9 / samples * (to[axis] - from[axis])));
        let mut sum = 0.0;
        for _ in 0..samples as usize {
            let (column, row) = ((x >> FIXED_BITS) as usize, (y >> FIXED_BITS) as usize);
            let [gx, gy] = self.at(column, row);
            let across = (gx * nx + gy * ny).abs();
            sum += if is_aligned(across, [gx, gy]) { across.min(STEEPEST) } else { 0.0 };
            (x, y) = (x.wrapping_add(dx), y.wrapping_add(dy));
        }
        sum / samples
    }

    /// How steep the picture is across a normal at a point or a pixel beside it, in levels a pixel.
    pub(super) fn steepness_across(&self, [x, y]: [f32; 2], [nx, ny]: [f32; 2]) -> f32 {
        (-1..=1)
            .map(|step| {
                let [gx, gy] = self.near(x + step as f32 * nx, y + step as f32 * ny);
                (gx * nx + gy * ny).abs()
            })
            .fold(0.0, f32::max)
    }

    /// A part of a line that lies on edges without what chance alone would have given, which is no evidence: 0 to 1.
    pub(super) fn beyond_chance(&self, part: f32) -> f32 {
        ((part - self.chance) / (1.0 - self.chance).max(0.1)).max(0.0)
    }

    fn measured_chance(&self) -> f32 {
        let directions: [[f32; 2]; 8] = std::array::from_fn(|direction| {
            let (sin, cos) = (direction as f32 * PI / 8.0).sin_cos();
            [cos, sin]
        });
        let points =
            (2..self.height).step_by(5).flat_map(|y| (2..self.width).step_by(5).map(move |x| (x, y)));
        let (mut seen, mut all) = (0_u32, 0_u32);
        for (place, (x, y)) in points.enumerate() {
            // One direction a point, in turn: there are points enough.
            seen += u32::from(self.edge_across([x as f32, y as f32], directions[place % 8]));
            all += 1;
        }
        seen as f32 / all.max(1) as f32
    }

    /// All points at least as steep as `least`, thinned to ridges.
    ///
    /// Source: Canny, "A Computational Approach to Edge Detection", 1986 (non-maximum suppression).
    pub(super) fn edges(&self, least: f32) -> Vec<Edge> {
        let mut edges = Vec::new();
        for y in 1..self.height.saturating_sub(1) {
            for x in 1..self.width.saturating_sub(1) {
                let [gx, gy] = self.values[y * self.width + x];
                let steepness = (gx * gx + gy * gy).sqrt();
                if steepness < least {
                    continue;
                }
                let normal = [gx / steepness, gy / steepness];
                let (x, y) = (x as f32, y as f32);
                let beside = |way: f32| {
                    let [gx, gy] = self.near(x + way * normal[0], y + way * normal[1]);
                    gx * normal[0] + gy * normal[1]
                };
                let (before, behind) = (beside(-1.0), beside(1.0));
                // Of two neighbours that are equally steep, one must win: `>` on one side only.
                if steepness > before && steepness >= behind {
                    // The top of the parabola through the three, at most half a pixel off.
                    let top = 0.5 * (before - behind) / (before - 2.0 * steepness + behind);
                    edges.push(Edge { x: x + top * normal[0], y: y + top * normal[1], normal });
                }
            }
        }
        edges
    }
}
