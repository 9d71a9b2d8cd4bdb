//! Lines that are combined to outlines: which can be a sleeve's sides together, and what is seen of each as a side.

use fixedbitset::FixedBitSet;

use super::gradient::Gradients;
use super::trace::Trace;

/// The least cosine between opposite sides: perspective turns them up to 35 degrees apart.
const OPPOSITE: f32 = 0.82;

/// The greatest cosine between neighbouring sides: corners of 50 to 130 degrees.
const ADJACENT: f32 = 0.64;

/// The least distance between opposite sides, as a part of the frame's shorter side.
const APART: f32 = 0.12;

/// How far beyond the frame's border two sides may cross, as a part of the frame's longer side.
const REACH: f32 = 0.02;

/// The part of a side that must be seen: a hand may hide half of one side, but not of two.
const LEAST_SEEN: f32 = 0.4;

/// The lines, the picture that they are of, and what is known of each pair of them: row by row.
pub(super) struct Lines<'a> {
    pub(super) traces: &'a [Trace],
    pub(super) gradients: &'a Gradients,
    /// How far along the second line the first one crosses it; `None` where they cannot be neighbours.
    crossing: Vec<Option<f32>>,
    /// Which lines have a side of which enough is seen between the two, if these can be opposite sides. The first of
    /// the two comes before the second.
    between: Vec<Vec<usize>>,
    /// The same by the line and the two others, in any order. Each side belongs to thousands of outlines; whether enough
    /// of it is seen is asked once.
    sides: FixedBitSet,
}

/// A side: how far along its line it begins and ends, and what is seen of it, beyond chance.
#[derive(Clone, Copy)]
pub(super) struct Side {
    line: usize,
    pub(super) reach: [f32; 2],
    pub(super) seen: f32,
}

impl<'a> Lines<'a> {
    pub(super) fn of(traces: &'a [Trace], gradients: &'a Gradients) -> Self {
        let count = traces.len();
        let (crossing, between) = (Vec::with_capacity(count * count), vec![Vec::new(); count * count]);
        let sides = FixedBitSet::with_capacity(count.pow(3));
        let mut lines = Self { traces, gradients, crossing, between, sides };
        let mut opposite = Vec::with_capacity(count * count);
        for one in 0..count {
            for other in 0..count {
                lines.crossing.push(lines.neighbours(one, other));
                opposite.push(lines.opposites(one, other));
            }
        }
        for line in 0..count {
            let across: Vec<usize> =
                (0..count).filter(|other| lines.crossing[lines.pair(*other, line)].is_some()).collect();
            for (place, one) in across.iter().enumerate() {
                for other in &across[place + 1..] {
                    let side = opposite[lines.pair(*one, *other)].then(|| lines.side(line, [*one, *other]));
                    if side.flatten().is_some_and(|side| side.seen >= LEAST_SEEN) {
                        lines.add(line, [*one, *other]);
                    }
                }
            }
        }
        lines
    }

    pub(super) fn count(&self) -> usize {
        self.traces.len()
    }

    /// Which lines can be a sleeve's sides between two others, the first of which comes before the second.
    pub(super) fn between(&self, one: usize, other: usize) -> &[usize] {
        &self.between[self.pair(one, other)]
    }

    /// Whether a line can be a sleeve's side between two others.
    pub(super) fn has_side(&self, line: usize, ends: [usize; 2]) -> bool {
        self.sides.contains(self.place(line, ends))
    }

    /// How far along its line the side between two others begins and ends; `None` where these cannot be its neighbours.
    pub(super) fn reach(&self, line: usize, ends: [usize; 2]) -> Option<[f32; 2]> {
        let [from, to] = ends.map(|end| self.crossing[self.pair(end, line)]);
        Some([from?, to?])
    }

    /// The side of a line between two others; `None` where these cannot be its neighbours.
    pub(super) fn side(&self, line: usize, ends: [usize; 2]) -> Option<Side> {
        self.reach(line, ends).map(|reach| self.stretch(line, reach))
    }

    /// The side of a line between two places along it.
    pub(super) fn stretch(&self, line: usize, reach: [f32; 2]) -> Side {
        Side { line, reach, seen: self.gradients.beyond_chance(self.part(line, reach, 0.05, 0.95)) }
    }

    /// What is seen of a side's continuation, beyond chance. It is asked of few sides only.
    pub(super) fn overrun(&self, side: &Side) -> f32 {
        let part = |start, end| self.part(side.line, side.reach, start, end);
        self.gradients.beyond_chance(f32::midpoint(part(-0.25, -0.07), part(1.07, 1.25)))
    }

    /// The points that lie so far along a line.
    pub(super) fn corners(&self, line: usize, reach: [f32; 2]) -> [[f32; 2]; 2] {
        reach.map(|place| self.traces[line].line.at(place))
    }

    /// Notes that a line can be a side between two others.
    fn add(&mut self, line: usize, [one, other]: [usize; 2]) {
        let (pair, places) =
            (self.pair(one, other), [[one, other], [other, one]].map(|ends| self.place(line, ends)));
        self.between[pair].push(line);
        self.sides.extend(places);
    }

    fn pair(&self, one: usize, other: usize) -> usize {
        one * self.count() + other
    }

    fn place(&self, line: usize, [one, other]: [usize; 2]) -> usize {
        self.pair(self.pair(line, one), other)
    }

    /// How far along the second line the first one crosses it; `None` where they cannot be neighbours.
    fn neighbours(&self, one: usize, other: usize) -> Option<f32> {
        let (a, b) = (&self.traces[one].line, &self.traces[other].line);
        if a.alikeness(b) > ADJACENT {
            return None;
        }
        let (width, height) = (self.gradients.width as f32, self.gradients.height as f32);
        let reach = REACH * width.max(height);
        let corner = a
            .crossing(b)
            .filter(|[x, y]| (-reach..width + reach).contains(x) && (-reach..height + reach).contains(y));
        corner.map(|corner| b.along(corner))
    }

    /// Whether two lines can be opposite sides.
    fn opposites(&self, one: usize, other: usize) -> bool {
        let (a, b) = (&self.traces[one].line, &self.traces[other].line);
        if a.alikeness(b) < OPPOSITE {
            return false;
        }
        let (width, height) = (self.gradients.width as f32, self.gradients.height as f32);
        let middle = [width / 2.0, height / 2.0];
        // Parallels have one normal, or one and its reverse: offsets tell on which side they run.
        let same_way = a.normal[0] * b.normal[0] + a.normal[1] * b.normal[1] > 0.0;
        let (from, to) = (a.offset(middle), b.offset(middle));
        (if same_way { from - to } else { from + to }).abs() >= width.min(height) * APART
    }

    /// The part of a line between two parts of a side that lies on edges.
    fn part(&self, line: usize, [from, to]: [f32; 2], start: f32, end: f32) -> f32 {
        self.traces[line].seen(from + start * (to - from), from + end * (to - from))
    }
}
