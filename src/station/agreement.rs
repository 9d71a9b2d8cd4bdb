//! Several readings of one sleeve, and what they come to together.

use std::time::Duration;

use super::presence::Conclusion;
use crate::network::Reading;

/// How many readings must agree.
pub const AGREEING: usize = 3;

/// The part of the readings that must agree.
///
/// Source: Frigate NVR, documentation of custom classification models (three attempts, 60 %).
pub const PART: f32 = 0.6;

/// Readings after which it is said that they do not agree.
pub const MOST: usize = 7;

/// Readings of one sleeve, the sharpest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Agreement(Vec<Taken>);

/// A reading, when it was taken, and of how sharp a picture.
#[derive(Clone, Debug)]
struct Taken {
    at: Duration,
    sharpness: f32,
    reading: Reading,
}

impl Agreement {
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Forgets what was read before a time.
    pub(super) fn forget_before(&mut self, time: Duration) {
        self.0.retain(|one| one.at >= time);
    }

    /// Adds a reading behind those that are as sharp or sharper.
    pub(super) fn add(&mut self, at: Duration, sharpness: f32, reading: Reading) {
        let place = self.0.partition_point(|known| known.sharpness >= sharpness);
        self.0.insert(place, Taken { at, sharpness, reading });
    }

    /// What they come to: the mean of the fewest, the sharpest first, of which enough agree with their mean;
    /// the mean of all where they are many and do not agree; `None` where more are needed.
    pub(super) fn conclusion(&self) -> Option<Conclusion> {
        for count in AGREEING..=self.0.len() {
            let sharpest = &self.0[..count];
            let reading = mean(sharpest);
            let genre = likeliest(&reading);
            let agreeing = sharpest.iter().filter(|one| likeliest(&one.reading) == genre).count();
            if agreeing >= AGREEING && agreeing as f32 >= PART * count as f32 {
                return Some(Conclusion { reading, agreed: true, sharpest: sharpest[0].at });
            }
        }
        (self.0.len() >= MOST).then(|| Conclusion {
            reading: mean(&self.0),
            agreed: false,
            sharpest: self.0[0].at,
        })
    }
}

/// The genre with the highest logit, by its place; of two the first.
fn likeliest(reading: &Reading) -> Option<usize> {
    let logits = &reading.logits;
    (0..logits.len()).rev().max_by(|a, b| logits[*a].total_cmp(&logits[*b]))
}

/// The mean of readings: of logits and evidence value by value, of embeddings in direction.
fn mean(readings: &[Taken]) -> Reading {
    let readings: Vec<&Reading> = readings.iter().map(|one| &one.reading).collect();
    let average = |values: fn(&Reading) -> &Vec<f32>| -> Vec<f32> {
        let length = readings.iter().map(|one| values(one).len()).min().unwrap_or(0);
        let part = 1.0 / readings.len() as f32;
        (0..length).map(|place| readings.iter().map(|one| part * values(one)[place]).sum()).collect()
    };
    let mut embedding = average(|one| &one.embedding);
    let length = embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        embedding.iter_mut().for_each(|value| *value /= length);
    }
    let sleeve: Option<f32> = readings.iter().map(|one| one.sleeve).sum();
    Reading {
        logits: average(|one| &one.logits),
        embedding,
        evidence: average(|one| &one.evidence),
        grid: readings.first().map_or(0, |one| one.grid),
        sleeve: sleeve.map(|sum| sum / readings.len() as f32),
        // Each was turned upright on its own.
        turned: None,
    }
}
