//! What is broken is set aside: renamed beside its place, never deleted, never over anything that is there.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::file;

/// What is written behind the name, before a number.
const MARK: &str = ".damaged-";

/// How many broken ones may lie beside one another.
const MOST: u32 = 999;

/// Renames a file or a folder to its name with `.damaged-1` behind it, or the first number that is free, and what
/// belongs to it by having the name and one of these endings with it. Tells where it is.
///
/// # Errors
///
/// What the system says: the folder may not be written to, say. Then everything is where it was.
pub fn set_aside(path: &Path, endings: &[&str]) -> io::Result<PathBuf> {
    let free = |number: &u32| {
        let place = numbered(path, *number);
        !endings.iter().chain(&[""]).any(|ending| with(&place, ending).symlink_metadata().is_ok())
    };
    let Some(number) = (1..=MOST).find(free) else {
        return Err(io::Error::other(format!("{MOST} damaged ones lie beside it; look after them")));
    };
    let place = numbered(path, number);
    fs::rename(path, &place)?;
    for ending in endings {
        match fs::rename(with(path, ending), with(&place, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    file::sync_folder_of(path)?;
    Ok(place)
}

/// What was set aside from this place and still lies there, the last first.
#[must_use]
pub fn set_aside_from(path: &Path) -> Vec<PathBuf> {
    let there = |number| Some(numbered(path, number)).filter(|place| place.symlink_metadata().is_ok());
    let mut places: Vec<PathBuf> = (1..=MOST).map_while(there).collect();
    places.reverse();
    places
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    with(path, &format!("{MARK}{number}"))
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}
