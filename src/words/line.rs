//! One line of text.

/// One line of text on a flat cover.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The text as it was recognised; it holds no control characters.
    pub text: String,
    /// How surely it was read, 0 to 1: the mean over its letters.
    pub confidence: f32,
    /// Its corners as fractions of the cover's side, clockwise from the text's top left. They may lie a little outside
    /// 0 to 1.
    pub corners: [[f32; 2]; 4],
}

impl Line {
    /// The length of its shorter side, as a fraction of the cover's: the height of its letters.
    #[must_use]
    pub fn height(&self) -> f32 {
        let [a, b, _, d] = self.corners;
        let length = |[ax, ay]: [f32; 2], [bx, by]: [f32; 2]| (ax - bx).hypot(ay - by);
        length(a, d).min(length(a, b))
    }

    /// Its corner that is furthest up, and the one furthest left: by these, lines are put in reading order.
    #[must_use]
    pub fn top_left(&self) -> [f32; 2] {
        [1, 0].map(|axis| self.corners.iter().map(|corner| corner[axis]).fold(f32::INFINITY, f32::min))
    }
}
