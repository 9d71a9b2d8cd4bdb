//! An outline's sides moved to other edges beside them: a sleeve's border, or the frame that is printed inside of it.

use std::iter;

use super::gradient::Gradients;
use super::line::{Line, corners_of};
use super::quad::{Quad, length, sides};
use super::refine::{FROM_VOTES, fitted};

/// Edges nearer to a side than this, in pixels, are the side's own.
const OWN: i32 = 2;

/// At how many points of a side another edge beside it is looked for, at most.
const POINTS: f32 = 64.0;

/// How many other edges beside a side are tried.
const TRIED: usize = 4;

/// Outlines that differ from this one by a side, or by all sides inwards or outwards, which lie on other edges at most
/// `reach` of their length away.
pub(super) fn variants(corners: &Quad, gradients: &Gradients, reach: f32) -> Vec<Quad> {
    let sides = sides(corners);
    let own = sides.map(|[from, to]| Line::through(from, to));
    let others = sides.map(|side| beside(side, gradients, reach));
    let mut found = Vec::new();
    for (place, others) in others.iter().enumerate() {
        for (_, other) in others {
            let mut lines = own;
            lines[place] = *other;
            found.extend(corners_of(&lines));
        }
    }
    for inwards in [false, true] {
        let mut lines = own;
        for (line, others) in lines.iter_mut().zip(&others) {
            if let Some((_, other)) = others.iter().find(|(offset, _)| (*offset > 0) == inwards) {
                *line = *other;
            }
        }
        found.extend(corners_of(&lines));
    }
    found
}

/// Outlines whose third side is guessed: as it is, and on edges at most `reach` of its length away.
pub(super) fn ended(corners: &Quad, gradients: &Gradients, reach: f32) -> Vec<Quad> {
    let [top, right, bottom, left] = sides(corners);
    let [first, second, last] = [top, right, left].map(|[from, to]| Line::through(from, to));
    let others = beside(bottom, gradients, reach).into_iter();
    let moved = others.filter_map(|(_, other)| corners_of(&[first, second, other, last]));
    iter::once(*corners).chain(moved).collect()
}

/// The clearest edges beside a side and along it: places where more of it is seen than a pixel to either hand.
fn beside([from, to]: [[f32; 2]; 2], gradients: &Gradients, reach: f32) -> Vec<(i32, Line)> {
    let normal = Line::through(from, to).normal;
    let length = length([from, to]);
    let reach = (reach * length).ceil().max(4.0) as i32;
    let moved =
        |offset: i32| [from, to].map(|[x, y]| [x + offset as f32 * normal[0], y + offset as f32 * normal[1]]);
    let seen: Vec<f32> = (-reach - 1..=reach + 1)
        .map(|offset| gradients.along(moved(offset), normal, (length / POINTS).max(2.0)))
        .collect();
    let mut peaks: Vec<(f32, i32)> = (1..seen.len() - 1)
        .filter(|place| seen[*place] > seen[place - 1] && seen[*place] >= seen[place + 1])
        .map(|place| (seen[place], place as i32 - reach - 1))
        .filter(|(_, offset)| offset.abs() >= OWN)
        .collect();
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0));
    let tried = peaks.into_iter().take(TRIED);
    tried.map(|(_, offset)| (offset, fitted(moved(offset), gradients, &FROM_VOTES))).collect()
}
