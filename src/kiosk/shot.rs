//! What the camera sees now.

use std::sync::Arc;

use crate::frame::Frame;
use crate::sleeve::Outline;

/// A frame that was looked at, and where the sleeve lies in it. It is cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    /// Its number; later ones are greater.
    pub(super) number: u64,
    pub(super) frame: Arc<Frame>,
    pub(super) outline: Option<Outline>,
}

impl Shot {
    /// The outline's corners as `x,y x,y x,y x,y`, in parts of the frame's width and height from its top left corner;
    /// empty where there is none.
    pub(super) fn corners(&self) -> String {
        let (width, height) = self.frame.picture.dimensions();
        // Whole numbers are the centres of pixels.
        let part = |pixels: f32, side: u32| (pixels + 0.5) / side as f32;
        let corner = |[x, y]: [f32; 2]| format!("{:.4},{:.4}", part(x, width), part(y, height));
        self.outline.map_or_else(String::new, |outline| outline.corners.map(corner).join(" "))
    }
}
