//! What speaks for an outline being a sleeve's, in numbers.

use std::borrow::Cow;

use image::RgbImage;

use super::gradient::Gradients;
use super::line::Line;
use super::quad::{Quad, between, length, middle, sides};
use super::shrink::{factor, shrunk};
use super::slope::Slopes;

/// How many clues a picture has for an outline.
pub(super) const SEEN: usize = 45;

/// How far inside and outside of a side its colours are taken, in pixels.
const BESIDE: f32 = 3.0;

/// Bins of each colour channel in the histograms of what lies inside and outside.
const BINS: usize = 4;

/// How far the rings reach whose colours are compared, as parts of the way from the middle to the outline.
const RINGS: [f32; 3] = [0.94, 1.06, 1.20];

/// How far beside a side other edges are looked for, as a part of its length, and how far from one to the next, in pixels.
const OTHERS: f32 = 0.12;
const EACH: f32 = 1.5;

/// What is seen along one side.
#[derive(Clone, Copy, Default)]
struct Side {
    /// The part that lies on edges of its direction, beyond chance.
    seen: f32,
    /// The longest part that does not.
    gap: f32,
    /// How steep the picture is across it, in levels a pixel.
    steep: f32,
    /// How far the colours on either side are apart, in levels a channel.
    contrast: f32,
    /// How much these differences agree in direction, 0 to 1.
    coherence: f32,
    /// How much colours vary along it, inside and outside, in levels a channel.
    varied: [f32; 2],
    /// The parts of its continuation, before and behind, that lie on edges as well: a shelf's edge goes on.
    overrun: [f32; 2],
    /// The parts near its ends that lie on edges.
    ends: [f32; 2],
    /// How clear it is itself, and the clearest edges beside it, inside and outside, in levels a pixel.
    clear: f32,
    others: [f32; 2],
}

/// A copy of a picture in which outlines are judged.
pub(super) struct Scene<'a> {
    picture: Cow<'a, RgbImage>,
    pub(super) gradients: Gradients,
    /// How many of the picture's pixels are one of the copy.
    pub(super) factor: f32,
}

impl<'a> Scene<'a> {
    /// A copy whose longer side has about so many pixels.
    pub(super) fn of(picture: &'a RgbImage, longer: u32) -> Self {
        let factor = factor(picture, longer);
        let picture = shrunk(picture, factor as u32);
        let gradients = Gradients::of(&picture);
        Self { picture, gradients, factor }
    }

    /// The clues for an outline; those of sides and corners from the least to the greatest, so that it does not matter which
    /// side is the first.
    pub(super) fn clues(&self, corners: &Quad) -> [f32; SEEN] {
        let sides = sides(corners).map(|side| self.side(side));
        let meeting: [f32; 4] = std::array::from_fn(|place| {
            let (before, behind) = (&sides[(place + 3) % 4], &sides[place]);
            before.ends[1].min(behind.ends[0]) - before.overrun[1].max(behind.overrun[0])
        });
        let mut clues = Vec::with_capacity(SEEN);
        let mut ordered = |of: [f32; 4]| {
            let mut of = of;
            of.sort_by(f32::total_cmp);
            clues.extend([of[0], of[1], of.iter().sum::<f32>() / 4.0]);
        };
        ordered(sides.map(|side| side.seen));
        ordered(sides.map(|side| -side.gap));
        ordered(sides.map(|side| side.steep.ln_1p()));
        ordered(sides.map(|side| side.contrast.ln_1p()));
        ordered(sides.map(|side| side.coherence));
        ordered(sides.map(|side| -side.varied[0].ln_1p()));
        ordered(sides.map(|side| -side.varied[1].ln_1p()));
        ordered(sides.map(|side| -side.overrun[0].max(side.overrun[1])));
        ordered(sides.map(|side| -side.overrun[0].min(side.overrun[1])));
        ordered(meeting);
        ordered(sides.map(|side| side.clear.ln_1p() - side.others[1].ln_1p()));
        ordered(sides.map(|side| side.clear.ln_1p() - side.others[0].ln_1p()));
        ordered(sides.map(|side| -side.others[1].ln_1p()));
        let apart = self.rings_apart(corners);
        let [inside, around] = self.edges_within(corners);
        clues.extend([
            self.gradients.chance,
            apart[0],
            apart[1],
            inside,
            around,
            sides.map(|side| side.seen).iter().product::<f32>(),
        ]);
        std::array::from_fn(|place| clues[place])
    }

    fn side(&self, [from, to]: [[f32; 2]; 2]) -> Side {
        let normal = Line::through(from, to).normal;
        let length = length([from, to]);
        let samples = (0.9 * length / 2.0).ceil().max(8.0) as usize;
        let (mut seen, mut run, mut longest, mut steep) = (0, 0, 0, 0.0);
        let (mut between_colours, mut distance) = ([0.0; 3], 0.0);
        let (mut sums, mut squares) = ([[0.0; 3]; 2], [[0.0; 3]; 2]);
        for sample in 0..samples {
            let point = between(from, to, 0.05 + 0.9 * (sample as f32 + 0.5) / samples as f32);
            if self.gradients.edge_across(point, normal) {
                seen += 1;
                run = 0;
            } else {
                run += 1;
                longest = longest.max(run);
            }
            steep += self.gradients.steepness_across(point, normal);
            // Clockwise on a screen, the inside lies on the normal's side.
            let colours = [BESIDE, -BESIDE]
                .map(|far| self.colour([point[0] + far * normal[0], point[1] + far * normal[1]]));
            let mut off = 0.0;
            for channel in 0..3 {
                let difference = colours[0][channel] - colours[1][channel];
                between_colours[channel] += difference;
                off += difference * difference;
                for place in 0..2 {
                    sums[place][channel] += colours[place][channel];
                    squares[place][channel] += colours[place][channel] * colours[place][channel];
                }
            }
            distance += off.sqrt();
        }
        let count = samples as f32;
        let mean = between_colours.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
        let varied = std::array::from_fn(|place| {
            let variance: f32 = (0..3)
                .map(|channel| squares[place][channel] / count - (sums[place][channel] / count).powi(2))
                .sum();
            variance.max(0.0).sqrt()
        });
        let others = |way: f32| {
            let most = (OTHERS * length / EACH).ceil().max(3.0) as usize;
            (2..=most)
                .map(|far| {
                    let off = way * EACH * far as f32;
                    let moved = [from, to].map(|[x, y]| [x + off * normal[0], y + off * normal[1]]);
                    self.gradients.along(moved, normal, 4.0)
                })
                .fold(0.0, f32::max)
        };
        Side {
            clear: self.gradients.along([from, to], normal, 2.0),
            others: [others(1.0), others(-1.0)],
            seen: self.gradients.beyond_chance(seen as f32 / count),
            gap: longest as f32 / count,
            steep: steep / count,
            contrast: distance / count,
            coherence: mean / distance.max(1.0),
            varied,
            overrun: [self.part_with_edge(from, to, -0.25, -0.06), self.part_with_edge(from, to, 1.06, 1.25)],
            ends: [self.part_with_edge(from, to, 0.03, 0.2), self.part_with_edge(from, to, 0.8, 0.97)],
        }
    }

    /// Of the stretch between two parts of a side, how much lies on edges of its direction, beyond what
    /// chance would give: 0 to 1.
    fn part_with_edge(&self, from: [f32; 2], to: [f32; 2], start: f32, end: f32) -> f32 {
        let normal = Line::through(from, to).normal;
        let length = length([from, to]);
        let samples = ((end - start) * length / 2.0).ceil().max(4.0) as usize;
        let on_edge = |sample: &usize| {
            let part = start + (end - start) * (*sample as f32 + 0.5) / samples as f32;
            self.gradients.edge_across(between(from, to, part), normal)
        };
        self.gradients.beyond_chance((0..samples).filter(on_edge).count() as f32 / samples as f32)
    }

    /// How different the colours just inside are from those just outside, and from those outside of that: 0 to 1.
    fn rings_apart(&self, corners: &Quad) -> [f32; 2] {
        let middle = middle(corners);
        let histogram = |scale: f32| {
            let mut bins = [0.0; BINS * BINS * BINS];
            let mut count: f32 = 0.0;
            for [from, to] in sides(corners) {
                let length = length([from, to]);
                let samples = (length / 3.0).ceil().max(8.0) as usize;
                for sample in 0..samples {
                    let [x, y] = between(from, to, (sample as f32 + 0.5) / samples as f32);
                    let point = [middle[0] + scale * (x - middle[0]), middle[1] + scale * (y - middle[1])];
                    let [r, g, b] =
                        self.colour(point).map(|level| (level as usize * BINS / 256).min(BINS - 1));
                    bins[(r * BINS + g) * BINS + b] += 1.0;
                    count += 1.0;
                }
            }
            bins.map(|bin| bin / count.max(1.0))
        };
        let [inner, outer, far] = RINGS.map(histogram);
        let apart =
            |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(a, b)| (a - b).abs()).sum::<f32>() / 2.0;
        [apart(&inner, &outer), apart(&outer, &far)]
    }

    /// How steep the picture is on average inside of an outline, and beside it: logarithms of levels a pixel.
    fn edges_within(&self, corners: &Quad) -> [f32; 2] {
        let middle = middle(corners);
        let steepness = |scales: &[f32]| {
            let (mut sum, mut count) = (0.0, 0.0_f32);
            for scale in scales {
                for [from, to] in sides(corners) {
                    for sample in 0..16 {
                        let [x, y] = between(from, to, (sample as f32 + 0.5) / 16.0);
                        let [gx, gy] = self
                            .gradients
                            .near(middle[0] + scale * (x - middle[0]), middle[1] + scale * (y - middle[1]));
                        sum += (gx * gx + gy * gy).sqrt();
                        count += 1.0;
                    }
                }
            }
            (sum / count.max(1.0)).ln_1p()
        };
        [steepness(&[0.25, 0.45, 0.65, 0.85]), steepness(&[1.12, 1.2, 1.3])]
    }

    /// The colour of the pixel nearest to a point, in levels; beyond the border, that of the border.
    fn colour(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        let (width, height) = self.picture.dimensions();
        let x = (x + 0.5).clamp(0.0, width as f32 - 1.0) as u32;
        let y = (y + 0.5).clamp(0.0, height as f32 - 1.0) as u32;
        self.picture.get_pixel(x, y).0.map(f32::from)
    }
}
