//! Reading: a flat cover comes in, lines of text go out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::crop::{HEIGHT_PX, cropped};
use super::network::{TextNetwork, WideNetwork};
use super::pass::{PASSES, Pass};
use super::recognise::decoded;
use super::region::regions;
use super::{Line, WordsError};
use crate::picture;
use crate::sleeve::Cover;

/// The detector's file in the `words` folder.
pub(super) const DETECTOR: &str = "detector.onnx";

/// The recogniser's file.
pub(super) const RECOGNISER: &str = "recogniser.onnx";

/// The file of the letters of the recogniser's classes, but for the first, which is blank.
pub(super) const LETTERS: &str = "letters.txt";

/// The widths of the recogniser's input, pixels: a line takes the least that it fits into.
const WIDTHS_PX: [u32; 3] = [128, 256, 448];

/// The most lines that are recognised of a cover, the largest first: a page of a newspaper costs no more.
const MAX_LINES: usize = 8;

/// Per channel (B, G, R) of the detector's input, of values from 0 to 1.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const STD: [f32; 3] = [0.229, 0.224, 0.225];

/// Reads the lines of text on flat covers.
///
/// Its networks are planned when they are first needed, and dropped by [`LineReader::rest`].
pub(super) struct LineReader {
    detector: Vec<u8>,
    recogniser: Vec<u8>,
    letters: Vec<char>,
    plans: Mutex<Plans>,
}

/// Networks by the side of the detector's input and the width of the recogniser's.
#[derive(Default)]
struct Plans {
    detectors: BTreeMap<u32, Arc<TextNetwork>>,
    recognisers: BTreeMap<u32, Arc<TextNetwork>>,
    /// What the recogniser's plans are made of, until there is one for each width.
    recogniser: Option<WideNetwork>,
}

impl LineReader {
    /// A reader with these networks, as ONNX files, and the letters of the recogniser's classes but for the blank.
    pub(super) fn new(detector: Vec<u8>, recogniser: Vec<u8>, letters: &str) -> Self {
        Self { detector, recogniser, letters: letters.chars().collect(), plans: Mutex::default() }
    }

    /// Drops the networks' plans and their memory until a cover is read again.
    pub(super) fn rest(&self) {
        *self.plans.lock().unwrap_or_else(PoisonError::into_inner) = Plans::default();
    }

    /// The lines on a cover by this pass, the largest first.
    ///
    /// # Errors
    ///
    /// [`WordsError`] where a network cannot be planned or run.
    ///
    /// # Panics
    ///
    /// Where there is no such pass.
    pub(super) fn read(&self, cover: &Cover, pass: usize) -> Result<Vec<Line>, WordsError> {
        let Pass { side, thresholds, preparation } = PASSES[pass];
        let prepared = preparation.prepared(cover.picture());
        let pixels = prepared.as_ref().unwrap_or(cover.picture());
        let scaled = picture::resize_cubic(pixels, side, side);
        let map = self.detector(side)?.run(&channels_first(&scaled, side, |value, channel| {
            (f32::from(value) / 255.0 - MEAN[channel]) / STD[channel]
        }))?;
        if (map.rows, map.columns) != (side as usize, side as usize) {
            return Err(WordsError::file(DETECTOR, "its map is not of its input's size"));
        }
        let scale = cover.side() as f32 / side as f32;
        let mut lines = Vec::new();
        for corners in regions(&map.values, side as usize, thresholds).into_iter().take(MAX_LINES) {
            let pixels_of = corners.map(|corner| corner.map(|value| value * scale));
            let Some(level) = cropped(pixels, pixels_of, WIDTHS_PX[WIDTHS_PX.len() - 1]) else { continue };
            let (text, confidence) = self.recognised(&level)?;
            if !text.is_empty() {
                let corners = corners.map(|corner| corner.map(|value| value / side as f32));
                lines.push(Line { text, confidence, corners });
            }
        }
        Ok(lines)
    }

    fn recognised(&self, level: &image::RgbImage) -> Result<(String, f32), WordsError> {
        let fits = |width: &u32| *width >= level.width();
        let width = WIDTHS_PX.into_iter().find(fits).unwrap_or(WIDTHS_PX[WIDTHS_PX.len() - 1]);
        let values = channels_first(level, width, |value, _| f32::from(value) / 127.5 - 1.0);
        let said = self.recogniser(width)?.run(&values)?;
        if said.columns != self.letters.len() + 1 {
            let (classes, letters) = (said.columns, self.letters.len());
            let reason = format!("it has {classes} classes for {letters} letters and a blank");
            return Err(WordsError::file(RECOGNISER, reason));
        }
        debug_assert_eq!(said.values.len(), said.rows * said.columns, "one line is recognised at a time");
        Ok(decoded(&said.values, said.columns, &self.letters))
    }

    fn detector(&self, side: u32) -> Result<Arc<TextNetwork>, WordsError> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = || TextNetwork::plan(DETECTOR, &self.detector, side as usize, side as usize);
        planned(&mut plans.detectors, side, plan)
    }

    fn recogniser(&self, width: u32) -> Result<Arc<TextNetwork>, WordsError> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let Plans { recognisers, recogniser, .. } = &mut *plans;
        let plan = || {
            let opened = match recogniser.take() {
                Some(opened) => opened,
                None => WideNetwork::open(RECOGNISER, &self.recogniser, HEIGHT_PX as usize)?,
            };
            recogniser.insert(opened).plan(width as usize)
        };
        let network = planned(recognisers, width, plan)?;
        if recognisers.len() == WIDTHS_PX.len() {
            *recogniser = None;
        }
        Ok(network)
    }
}

/// The plan for a size; it is made where there is none yet.
fn planned(
    plans: &mut BTreeMap<u32, Arc<TextNetwork>>,
    size: u32,
    plan: impl FnOnce() -> Result<TextNetwork, WordsError>,
) -> Result<Arc<TextNetwork>, WordsError> {
    if let Some(known) = plans.get(&size) {
        return Ok(Arc::clone(known));
    }
    let network = Arc::new(plan()?);
    plans.insert(size, Arc::clone(&network));
    Ok(network)
}

/// A picture's values, channels first in the order B, G, R, each row `width` long: what a narrower picture leaves free is 0.
fn channels_first(picture: &image::RgbImage, width: u32, value: impl Fn(u8, usize) -> f32) -> Vec<f32> {
    let (columns, rows) = (picture.width() as usize, picture.height() as usize);
    let mut values = vec![0.0; 3 * rows * width as usize];
    for channel in 0..3 {
        for row in 0..rows {
            let start = (channel * rows + row) * width as usize;
            let pixels = picture.as_raw()[3 * row * columns..].chunks_exact(3);
            for (place, pixel) in values[start..start + columns].iter_mut().zip(pixels) {
                *place = value(pixel[2 - channel], channel);
            }
        }
    }
    values
}
