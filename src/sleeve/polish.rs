//! An outline's sides moved to other edges beside them: a sleeve's border, or the frame that is printed inside of it.

use super::gradient::Gradients;
use super::line::Line;
use super::quad::{Quad, length, sides};
use super::refine::{FROM_VOTES, fitted};

/// How far beside a side another edge is looked for, as a part of the side's length.
const REACH: f32 = 0.12;

/// Edges nearer to a side than this, in pixels, are the side's own.
const OWN: i32 = 2;

/// How many other edges beside a side are tried.
const TRIED: usize = 4;

/// Outlines that differ from this one by one side, which lies on another edge.
pub(super) fn variants(corners: &Quad, gradients: &Gradients) -> Vec<Quad> {
    let lines = sides(corners).map(|[from, to]| Line::through(from, to));
    let mut found = Vec::new();
    for (place, [from, to]) in sides(corners).into_iter().enumerate() {
        for [from, to] in beside([from, to], gradients) {
            let mut lines = lines;
            lines[place] = fitted([from, to], gradients, &FROM_VOTES);
            let [top, right, bottom, left] = lines;
            let crossings =
                [left.crossing(&top), top.crossing(&right), right.crossing(&bottom), bottom.crossing(&left)];
            if let [Some(a), Some(b), Some(c), Some(d)] = crossings {
                found.push([a, b, c, d]);
            }
        }
    }
    found
}

/// The clearest edges beside a side and along it: places where more of it is seen than a pixel to either hand.
fn beside([from, to]: [[f32; 2]; 2], gradients: &Gradients) -> Vec<[[f32; 2]; 2]> {
    let normal = Line::through(from, to).normal;
    let length = length([from, to]);
    let reach = (REACH * length).ceil().max(4.0) as i32;
    let moved =
        |offset: i32| [from, to].map(|[x, y]| [x + offset as f32 * normal[0], y + offset as f32 * normal[1]]);
    let seen: Vec<f32> =
        (-reach - 1..=reach + 1).map(|offset| gradients.along(moved(offset), normal, 2.0)).collect();
    let mut peaks: Vec<(f32, i32)> = (1..seen.len() - 1)
        .filter(|place| seen[*place] > seen[place - 1] && seen[*place] >= seen[place + 1])
        .map(|place| (seen[place], place as i32 - reach - 1))
        .filter(|(_, offset)| offset.abs() >= OWN)
        .collect();
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0));
    peaks.into_iter().take(TRIED).map(|(_, offset)| moved(offset)).collect()
}
