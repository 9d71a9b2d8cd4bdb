//! What speaks for each outline that the finder considers? Writes a CSV for scenes that `sleevetrainer scenes` has
//! rendered; `sleevetrainer finder` learns from it.
//!
//! ```text
//! cargo run --release --example clues -- SCENES --closer > clues.csv
//! ```
//!
//! With `--glance`, of the outlines that are considered at first; with `--closer`, of those that are looked at once more.
//!
//! Columns: the scene's picture; its cover, empty where it has no sleeve; the corners' error in sides and the overlap, as
//! `evaluate` counts them; the clues. Where nothing is considered, all but the first two are empty.

use std::error::Error;
use std::io;
use std::path::Path;

use sleevesight::picture;
use sleevesight::sleeve::{Finder, clues, likeness};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of scenes")?;
    let glance = match std::env::args().nth(2).as_deref() {
        Some("--glance") => true,
        Some("--closer") => false,
        _ => return Err("say which outlines: --glance or --closer".into()),
    };
    let folder = Path::new(&folder);
    let finder = Finder::default();
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    let count = clues(if glance { 1 } else { 2 });
    let names = (0..count).map(|number| format!("clue{number}"));
    out.write_record(["scene", "cover", "error", "overlap"].map(str::to_owned).into_iter().chain(names))?;
    for row in csv::Reader::from_path(folder.join("scenes.csv"))?.records() {
        let row = row?;
        let truth: Vec<f32> = row.iter().skip(3).take(8).filter_map(|value| value.parse().ok()).collect();
        let truth: Option<[[f32; 2]; 4]> = <[f32; 8]>::try_from(truth)
            .ok()
            .map(|all| std::array::from_fn(|place| [all[2 * place], all[2 * place + 1]]));
        let scene = picture::decode(&std::fs::read(folder.join(&row[0]))?)?;
        let considered = if glance { finder.glance(&scene) } else { finder.consider(&scene) };
        if considered.is_empty() {
            let nothing = (0..count + 2).map(|_| "");
            out.write_record([&row[0], &row[1]].into_iter().chain(nothing))?;
        }
        for one in considered {
            let likeness = truth.and_then(|truth| likeness(&one.corners, &truth));
            let (error, overlap) = likeness.map_or((9.0, 0.0), |likeness| (likeness.error, likeness.overlap));
            let numbers = [error, overlap].into_iter().chain(one.clues).map(|value| format!("{value:.4}"));
            out.write_record([&row[0], &row[1]].map(str::to_owned).into_iter().chain(numbers))?;
        }
    }
    out.flush()?;
    Ok(())
}
