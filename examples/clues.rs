//! What speaks for each outline that the finder considers? Writes a CSV for scenes that `sleevetrainer scenes` has
//! rendered; `sleevetrainer finder` learns from it.
//!
//! ```text
//! cargo run --release --example clues -- SCENES > clues.csv
//! ```
//!
//! Columns: the scene's picture; 1 where it has a sleeve; the corners' error in sides and the overlap, as `evaluate`
//! counts them; the clues. Where nothing is considered, all but the first two are empty.

use std::error::Error;
use std::io;
use std::path::Path;

use image::RgbImage;
use sleevesight::picture;
use sleevesight::sleeve::{CLUES, Finder, exact, likeness};

/// The largest error, in sides, of an outline that can be the sleeve's: others need not be made exact.
const NEAR: f32 = 0.035;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of scenes")?;
    let folder = Path::new(&folder);
    let finder = Finder::default();
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    let clues = (0..CLUES).map(|number| format!("clue{number}"));
    out.write_record(["scene", "sleeve", "error", "overlap"].map(str::to_owned).into_iter().chain(clues))?;
    for row in csv::Reader::from_path(folder.join("scenes.csv"))?.records() {
        let row = row?;
        let truth: Vec<f32> = row.iter().skip(3).take(8).filter_map(|value| value.parse().ok()).collect();
        let truth: Option<[[f32; 2]; 4]> = <[f32; 8]>::try_from(truth)
            .ok()
            .map(|all| std::array::from_fn(|place| [all[2 * place], all[2 * place + 1]]));
        let scene = picture::decode(&std::fs::read(folder.join(&row[0]))?)?;
        let considered = finder.consider(&scene);
        let sleeve = u8::from(truth.is_some()).to_string();
        if considered.is_empty() {
            let nothing = (0..CLUES + 2).map(|_| "");
            out.write_record([&row[0], &sleeve].into_iter().chain(nothing))?;
        }
        for one in considered {
            let likeness = truth.and_then(|truth| likeness(&seen(&scene, &one.corners, &truth), &truth));
            let (error, overlap) = likeness.map_or((9.0, 0.0), |likeness| (likeness.error, likeness.overlap));
            let numbers = [error, overlap].into_iter().chain(one.clues).map(|value| format!("{value:.4}"));
            out.write_record([row[0].to_owned(), sleeve.clone()].into_iter().chain(numbers))?;
        }
    }
    out.flush()?;
    Ok(())
}

/// The corners as the finder would give them.
fn seen(scene: &RgbImage, corners: &[[f32; 2]; 4], truth: &[[f32; 2]; 4]) -> [[f32; 2]; 4] {
    match likeness(corners, truth) {
        Some(likeness) if likeness.error < NEAR => exact(scene, corners),
        _ => *corners,
    }
}
