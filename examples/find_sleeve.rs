//! Where is the sleeve? Prints the corners found in each picture, one line of JSON a picture.
//!
//! ```text
//! cargo run --example find_sleeve -- tests/sleeves/scenes/*.jpg
//! ```

use std::error::Error;
use std::io::{self, Write};

use sleevesight::picture;
use sleevesight::sleeve::Finder;

fn main() -> Result<(), Box<dyn Error>> {
    let finder = Finder::default();
    for path in std::env::args().skip(1) {
        let outline = finder.find(&picture::decode(&std::fs::read(&path)?)?);
        let (corners, confidence) = outline.map(|found| (found.corners, found.confidence)).unzip();
        let answer = serde_json::json!({ "source": path, "outline": corners, "confidence": confidence });
        writeln!(io::stdout(), "{answer}")?;
    }
    Ok(())
}
