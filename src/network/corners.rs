//! The network that says where a sleeve's corners are. It is a part of the program, not of a bundle.
//!
//! `sleevetrainer corners` makes it, and names its inputs and outputs.

use std::sync::{Arc, LazyLock};

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use tract_onnx::prelude::*;

/// Width and height of the input in pixels.
const SIZE: [usize; 2] = [128, 96];

/// The side of a cell in pixels of the input.
const CELL: usize = 4;

/// Width and height of the maps in cells.
const CELLS: [usize; 2] = [SIZE[0] / CELL, SIZE[1] / CELL];

/// What the network takes for grey: beside a frame that is less wide or high than the input.
const MEAN: f32 = 127.0;

/// What values are divided by.
const SPREAD: f32 = 128.0;

static PLAN: LazyLock<Arc<TypedSimplePlan>> = LazyLock::new(|| {
    plan(include_bytes!("../../models/outline/corners.onnx")).expect("the network in the program is whole")
});

fn plan(mut onnx: &[u8]) -> TractResult<Arc<TypedSimplePlan>> {
    let mut model = tract_onnx::onnx().model_for_read(&mut onnx)?;
    model.select_outputs_by_name(["maps", "there"])?;
    model.into_optimized()?.into_runnable()
}

/// What the network says of a frame, cell by cell.
pub(crate) struct CornerMaps {
    /// The side of a cell in pixels of the frame, along x and along y.
    pub(crate) cell: [f32; 2],
    /// Width and height of the maps in cells.
    pub(crate) cells: [usize; 2],
    /// How likely a sleeve is there at all, 0 to 1.
    pub(crate) there: f32,
    /// How much of each cell is sleeve, row by row, 0 to 1.
    pub(crate) sleeve: Vec<f32>,
    /// How near a corner is to each cell's middle, 0 to 1.
    pub(crate) corner: Vec<f32>,
    /// Where that corner lies, in cells from the cell's middle, along x and along y.
    pub(crate) offset: Vec<[f32; 2]>,
}

/// Looks at a whole frame; `None` for one without pixels.
pub(crate) fn corner_maps(frame: &RgbImage) -> Option<CornerMaps> {
    let (width, height) = (frame.width() as f32, frame.height() as f32);
    let scale = (SIZE[0] as f32 / width).min(SIZE[1] as f32 / height);
    let small = [width, height].map(|side| (side * scale).round().max(1.0) as usize);
    let values = prepared(frame, small)?;
    let input = Tensor::from_shape(&[1, 3, SIZE[1], SIZE[0]], &values).ok()?;
    let outputs = PLAN.run(tvec!(input.into())).ok()?;
    let maps = outputs[0].to_plain_array_view::<f32>().ok()?;
    let maps = maps.as_slice()?;
    let there = outputs[1].to_plain_array_view::<f32>().ok()?;
    let plane = |place: usize| &maps[place * CELLS[0] * CELLS[1]..][..CELLS[0] * CELLS[1]];
    Some(CornerMaps {
        cell: [width / small[0] as f32 * CELL as f32, height / small[1] as f32 * CELL as f32],
        cells: CELLS,
        there: sigmoid(*there.first()?),
        sleeve: plane(0).iter().copied().map(sigmoid).collect(),
        corner: plane(1).iter().copied().map(sigmoid).collect(),
        offset: plane(2).iter().zip(plane(3)).map(|(right, down)| [*right, *down]).collect(),
    })
}

/// A frame scaled to a width and a height, at the top left of the network's input: values, channels first.
fn prepared(frame: &RgbImage, [width, height]: [usize; 2]) -> Option<Vec<f32>> {
    let from = ImageRef::new(frame.width(), frame.height(), frame.as_raw(), PixelType::U8x3).ok()?;
    let mut to = Image::new(width as u32, height as u32, PixelType::U8x3);
    let triangle = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&from, &mut to, &triangle).ok()?;
    let mut values = vec![0.0; 3 * SIZE[0] * SIZE[1]];
    for (channel, plane) in values.chunks_exact_mut(SIZE[0] * SIZE[1]).enumerate() {
        for (row, pixels) in plane.chunks_exact_mut(SIZE[0]).zip(to.buffer().chunks_exact(3 * width)) {
            for (value, pixel) in row.iter_mut().zip(pixels.as_chunks::<3>().0) {
                *value = (f32::from(pixel[channel]) - MEAN) / SPREAD;
            }
        }
    }
    Some(values)
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
