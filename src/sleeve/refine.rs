//! Corners moved to where the edges beside them are.

use super::line::Line;
use super::quad::{Quad, clockwise, lengths, sides};
use super::slope::Slopes;

/// Points along a side at which edges are looked for.
const POINTS: usize = 48;

/// The part of a side at each end where none is: corners are worn and rounded.
const WORN: f32 = 0.06;

/// How far from the guess an edge may lie, in mean sides and at least and at most in pixels.
const REACH: f32 = 0.05;
const REACHES: [f32; 2] = [4.0, 10.0];

/// The steepness, in levels a pixel, from which an edge is as good as any.
const CLEAR: f32 = 14.0;

/// The least steepness that counts as an edge.
const FAINT: f32 = 2.0;

/// The part of a side that must have an edge for the side to be moved.
const LEAST_SEEN: f32 = 0.3;

/// What an edge at the end of the reach is worth less than one where the guess is, in levels a pixel.
const FARTHER: f32 = 2.0;

/// Corners where lines through the edges beside the sides cross. A side without edges stays where it is.
pub(super) fn refined(corners: &Quad, slopes: &Slopes<'_>) -> Quad {
    let side = lengths(corners).iter().sum::<f32>() / 4.0;
    let reach = (REACH * side).clamp(REACHES[0], REACHES[1]).round();
    let [top, right, bottom, left] = sides(corners).map(|side| moved(side, reach as i32, slopes));
    let crossings =
        [left.crossing(&top), top.crossing(&right), right.crossing(&bottom), bottom.crossing(&left)];
    let corners: Quad = std::array::from_fn(|place| {
        let [x, y] = corners[place];
        // Where two sides run nearly alike, they cross anywhere.
        crossings[place].filter(|[u, v]| (u - x).hypot(v - y) <= 2.0 * reach).unwrap_or([x, y])
    });
    clockwise(corners).unwrap_or(corners)
}

/// The line beside a side along which the picture is steepest.
fn moved([from, to]: [[f32; 2]; 2], reach: i32, slopes: &Slopes<'_>) -> Line {
    let guess = Line::through(from, to);
    let point = |place: usize| {
        let part = WORN + (1.0 - 2.0 * WORN) * place as f32 / (POINTS - 1) as f32;
        [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]
    };
    let off = |[x, y]: [f32; 2], step: f32| [x + step * guess.normal[0], y + step * guess.normal[1]];
    let steps = 2 * reach as usize + 1;
    let steepness: Vec<f32> = (0..POINTS)
        .flat_map(|place| (0..steps).map(move |step| (place, step as f32 - reach as f32)))
        .map(|(place, step)| {
            let across = slopes.across(off(point(place), step), guess.normal).abs();
            if across < FAINT { 0.0 } else { across.min(CLEAR) }
        })
        .collect();

    // All lines from one step at one end to another at the other end.
    let mut best = (0.0, [reach as f32; 2]);
    for start in 0..steps {
        for end in 0..steps {
            let ends = [start as f32, end as f32];
            let sum: f32 = (0..POINTS).map(|place| steepness[place * steps + step_at(ends, place)]).sum();
            let away = ends.map(|step| ((step - reach as f32) / reach as f32).powi(2));
            let worth = sum / POINTS as f32 - FARTHER * f32::midpoint(away[0], away[1]);
            if worth > best.0 {
                best = (worth, ends);
            }
        }
    }
    let edges: Vec<[f32; 2]> = (0..POINTS)
        .filter_map(|place| {
            let step = step_at(best.1, place) as f32 - reach as f32;
            let (edge, steep) = slopes.steepest(off(point(place), step), guess.normal, 1);
            (steep >= FAINT).then_some(edge)
        })
        .collect();
    if (edges.len() as f32) < LEAST_SEEN * POINTS as f32 { guess } else { Line::nearest(&edges) }
}

/// The step at a point of a line between two steps at its ends.
fn step_at([start, end]: [f32; 2], place: usize) -> usize {
    (start + (end - start) * place as f32 / (POINTS - 1) as f32).round() as usize
}
