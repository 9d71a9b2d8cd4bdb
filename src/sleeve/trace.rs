//! What is seen along a line.

use super::gradient::Gradients;
use super::line::Line;

/// A line, and where along it the picture has edges in its direction.
///
/// Each line is a side of hundreds of outlines: its edges are counted once, and what lies between
/// two points is a difference of two counts.
pub(super) struct Trace {
    pub(super) line: Line,
    /// The edges before each place along the line, one place a pixel, from `-reach`.
    before: Vec<u16>,
    reach: f32,
}

impl Trace {
    /// Walks along a line through the whole picture.
    pub(super) fn of(line: Line, gradients: &Gradients) -> Self {
        let reach = (gradients.width as f32).hypot(gradients.height as f32).ceil();
        let mut count = 0;
        let before = (0..2 * reach as usize)
            .map(|place| {
                let before = count;
                let point = line.at(place as f32 - reach);
                count += u16::from(gradients.edge_across(point, line.normal));
                before
            })
            .collect();
        Self { line, before, reach }
    }

    /// The part, 0 to 1, of the stretch between two places along the line that lies on edges.
    pub(super) fn seen(&self, from: f32, to: f32) -> f32 {
        let place = |along: f32| ((along + self.reach + 0.5).max(0.0) as usize).min(self.before.len() - 1);
        let (from, to) = (place(from), place(to));
        let (first, last) = (from.min(to), from.max(to));
        f32::from(self.before[last] - self.before[first]) / (last - first).max(1) as f32
    }
}
