//! Where bundles lie.

use std::env;
use std::path::{Path, PathBuf};

/// Where a package puts its bundles.
const INSTALLED: &str = "/usr/share/sleevesight/models";

/// Where a checkout has them.
const CHECKOUT: &str = "models";

/// No bundle lies in any of the places where one is looked for.
#[derive(Debug, thiserror::Error)]
#[error("no model bundle in {places}; name one with --bundle DIR, or put one at models/default")]
pub struct NoBundle {
    /// The places that were looked at.
    places: String,
}

/// The folder of the bundle to use: the one named on the command line, else the one in the
/// configuration, else the default one of the package or of the checkout. A folder of bundles
/// stands for the `default` one in it.
///
/// # Errors
///
/// [`NoBundle`] where none of them is there. A folder that was named and has none is not passed
/// over.
pub fn find_bundle(named: Option<&Path>, configured: Option<&Path>) -> Result<PathBuf, NoBundle> {
    let places: Vec<PathBuf> = match named.or(configured) {
        Some(folder) => vec![folder.to_owned()],
        None => usual_places(),
    };
    if let Some(folder) = bundles(&places).next() {
        return Ok(folder);
    }
    let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
    Err(NoBundle { places: places.join(", ") })
}

/// The bundles that lie where one is looked for if none is named, in that order: what there is to go on with.
#[must_use]
pub fn usual_bundles() -> Vec<PathBuf> {
    bundles(&usual_places()).collect()
}

fn usual_places() -> Vec<PathBuf> {
    [PathBuf::from(INSTALLED), PathBuf::from(CHECKOUT)].into_iter().chain(beside_program()).collect()
}

/// The folders among these, and the default ones in them, that hold a bundle.
fn bundles(places: &[PathBuf]) -> impl Iterator<Item = PathBuf> {
    let folders = places.iter().flat_map(|place| [place.clone(), place.join("default")]);
    folders.filter(|folder| folder.join("bundle.toml").exists())
}

/// The `models` folders beside the program and above it: a program that was built in a checkout
/// finds the checkout's bundles from wherever it is called.
fn beside_program() -> Vec<PathBuf> {
    let Ok(program) = env::current_exe() else { return Vec::new() };
    program.ancestors().skip(1).take(4).map(|folder| folder.join(CHECKOUT)).collect()
}
