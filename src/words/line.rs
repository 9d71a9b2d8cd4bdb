//! One line of text.

/// The confidence from which a line counts: lines that were read less surely are neither matched nor shown.
pub(super) const MIN_CONFIDENCE: f32 = 0.6;

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

    /// Left, top, right and bottom of its corners, as fractions of the cover's side.
    #[must_use]
    pub fn bounds(&self) -> [f32; 4] {
        let values = |axis: usize| self.corners.map(|corner| corner[axis]).into_iter();
        let [left, top] = [0, 1].map(|axis| values(axis).fold(f32::INFINITY, f32::min));
        let [right, bottom] = [0, 1].map(|axis| values(axis).fold(f32::NEG_INFINITY, f32::max));
        [left, top, right, bottom]
    }
}
