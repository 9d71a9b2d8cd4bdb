//! The outline that fits what the corner network says.

use super::quad::{Quad, area, clockwise, contains, lengths};
use crate::network::CornerMaps;

/// The least that a cell must say of a corner to be one.
const LEAST_CORNER: f32 = 0.04;

/// How many corners, the likeliest first, are combined to outlines.
const CORNERS: usize = 8;

/// Sides of one sleeve differ by perspective and tilt, but not by more than this factor.
const MOST_SLANT: f32 = 3.0;

/// Four corners, and how well they agree with the maps.
pub(super) struct Guess {
    /// In the frame's pixels.
    pub(super) corners: Quad,
    /// 0 to 1: how likely the corners are, times how much the maps' sleeve and the outline have in common.
    pub(super) confidence: f32,
}

/// A corner in cells.
#[derive(Clone, Copy)]
struct Corner {
    at: [f32; 2],
    likely: f32,
}

/// The best outline of any four corners of the maps.
pub(super) fn guess(maps: &CornerMaps) -> Option<Guess> {
    let corners = corners(maps);
    let mut best: Option<(f32, Quad)> = None;
    for a in 0..corners.len() {
        for b in a + 1..corners.len() {
            for c in b + 1..corners.len() {
                for d in c + 1..corners.len() {
                    let four = [a, b, c, d].map(|place| corners[place]);
                    let likely = four.iter().map(|corner| corner.likely).product::<f32>().powf(0.25);
                    // No outline agrees better with the maps than wholly.
                    if best.is_some_and(|(agreement, _)| likely * maps.there <= agreement) {
                        continue;
                    }
                    let Some(quad) = clockwise(four.map(|corner| corner.at)) else { continue };
                    let sides = lengths(&quad);
                    let (shortest, longest) = sides
                        .iter()
                        .fold((f32::MAX, 0.0_f32), |(low, high), side| (low.min(*side), high.max(*side)));
                    if shortest * MOST_SLANT < longest || area(&quad) < 4.0 {
                        continue;
                    }
                    let agreement = maps.there * likely * overlap(&quad, maps);
                    if best.is_none_or(|(other, _)| agreement > other) {
                        best = Some((agreement, quad));
                    }
                }
            }
        }
    }
    let (confidence, quad) = best?;
    let [width, height] = maps.cell;
    let corners = quad.map(|[x, y]| [(x + 0.5) * width - 0.5, (y + 0.5) * height - 0.5]);
    Some(Guess { corners: clockwise(corners)?, confidence })
}

/// The cells that are likelier corners than all around them, the likeliest first.
fn corners(maps: &CornerMaps) -> Vec<Corner> {
    let [width, height] = maps.cells;
    let likely = |x: usize, y: usize| maps.corner[y * width + x];
    let mut corners = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let around = || {
                (y.saturating_sub(1)..=(y + 1).min(height - 1))
                    .flat_map(move |v| (x.saturating_sub(1)..=(x + 1).min(width - 1)).map(move |u| (u, v)))
            };
            let here = likely(x, y);
            // Of two that are equally likely, the first one wins.
            let beaten =
                |(u, v): (usize, usize)| likely(u, v) > here || likely(u, v) == here && (v, u) < (y, x);
            if here < LEAST_CORNER || around().any(beaten) {
                continue;
            }
            // All cells around tell where the corner is.
            let (mut at, mut sum) = ([0.0; 2], 0.0);
            for (u, v) in around() {
                let ([right, down], weight) = (maps.offset[v * width + u], likely(u, v));
                at = [at[0] + weight * (u as f32 + right), at[1] + weight * (v as f32 + down)];
                sum += weight;
            }
            corners.push(Corner { at: at.map(|value| value / sum), likely: here });
        }
    }
    corners.sort_by(|a, b| b.likely.total_cmp(&a.likely));
    corners.truncate(CORNERS);
    corners
}

/// What an outline and the maps' sleeve have in common, as a part of both together, 0 to 1.
fn overlap(quad: &Quad, maps: &CornerMaps) -> f32 {
    let width = maps.cells[0];
    let (mut common, mut all) = (0.0, 0.0);
    for (place, sleeve) in maps.sleeve.iter().enumerate() {
        let inside = contains(quad, [(place % width) as f32, (place / width) as f32]);
        let inside = f32::from(u8::from(inside));
        common += sleeve.min(inside);
        all += sleeve.max(inside);
    }
    if all > 0.0 { common / all } else { 0.0 }
}
