//! A bundle and its golden covers in one file: a plain tar.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tar::{Archive, Builder, EntryType, Header};

use super::ModelError;
use crate::file;
use crate::words::files::{self, FOLDER as WORDS};

/// The folder of golden covers.
pub(super) const GOLDEN: &str = "golden";

/// The most entries: a bundle's files, those that read words, and some covers.
const MOST_ENTRIES: usize = 96;

/// The most bytes of any entry but these: the network, and a stock's metric.
const LARGEST_ENTRY: u64 = 4 << 20;
const LARGEST_NETWORK: u64 = 256 << 20;
const LARGEST_METRIC: u64 = 16 << 20;

/// The most bytes of a parcel.
pub(super) const LARGEST: u64 =
    LARGEST_NETWORK + LARGEST_METRIC + files::MAX_BYTES + MOST_ENTRIES as u64 * LARGEST_ENTRY;

/// How many bytes an entry of this name may have; `None` where a parcel has none of this name.
pub(super) fn allowance(name: &str) -> Option<u64> {
    let is_plain = |name: &str| {
        !name.starts_with('.')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
    };
    match name.split_once('/') {
        Some((GOLDEN, cover)) => {
            let is_picture = [".jpg", ".jpeg", ".png", ".webp"].iter().any(|ending| cover.ends_with(ending));
            (is_plain(cover) && is_picture).then_some(LARGEST_ENTRY)
        }
        Some((WORDS, file)) => files::is_plain(file).then_some(files::MAX_FILE_BYTES),
        None if is_plain(name) && name.ends_with(".onnx") => Some(LARGEST_NETWORK),
        None if is_plain(name) && name.ends_with(".f32") => Some(LARGEST_METRIC),
        None if is_plain(name) && [".toml", ".md"].iter().any(|ending| name.ends_with(ending)) => {
            Some(LARGEST_ENTRY)
        }
        _ => None,
    }
}

/// Unpacks a parcel into a folder that is there and empty. What has another name than a bundle's files, is no plain
/// file or too large is refused before it is written. Returns the names of the files.
///
/// # Errors
///
/// [`ModelError::Parcel`], [`ModelError::File`].
pub fn unpack(parcel: impl Read, folder: &Path) -> Result<Vec<String>, ModelError> {
    let damaged = |error: std::io::Error| ModelError::Parcel(format!("it is damaged ({error})"));
    let mut archive = Archive::new(parcel.take(LARGEST));
    let mut names = Vec::new();
    let mut words = 0;
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = path.strip_prefix("./").unwrap_or(&path);
        if entry.header().entry_type() == EntryType::Directory
            && matches!(name.trim_end_matches('/'), "" | GOLDEN | WORDS)
        {
            continue;
        }
        if names.len() == MOST_ENTRIES {
            return Err(ModelError::Parcel(format!("it has more than {MOST_ENTRIES} files")));
        }
        let shown = name.escape_debug();
        let Some(most) = allowance(name).filter(|_| entry.header().entry_type() == EntryType::Regular) else {
            return Err(ModelError::Parcel(format!("a model has no \"{shown}\"")));
        };
        if entry.size() > most {
            return Err(ModelError::Parcel(format!("\"{shown}\" has more than {most} bytes")));
        }
        if name.starts_with(WORDS) {
            words += entry.size();
            if words > files::MAX_BYTES {
                let most = files::MAX_BYTES;
                return Err(ModelError::Parcel(format!(
                    "the files below {WORDS}/ have more than {most} bytes"
                )));
            }
        }
        let Some(to) = file::below(folder, name) else {
            return Err(ModelError::Parcel(format!("a model has no \"{shown}\"")));
        };
        if let Some(parent) = to.parent().filter(|parent| *parent != folder) {
            fs::create_dir_all(parent).map_err(ModelError::at(parent))?;
            fs::set_permissions(parent, Permissions::from_mode(0o755)).map_err(ModelError::at(parent))?;
        }
        let mut file = File::create_new(&to).map_err(ModelError::at(&to))?;
        // Whoever installs a model is seldom whoever reads it, and may have any umask.
        file.set_permissions(Permissions::from_mode(0o644)).map_err(ModelError::at(&to))?;
        let copied = std::io::copy(&mut entry, &mut file).map_err(damaged)?;
        if copied != entry.size() {
            return Err(ModelError::Parcel(format!("\"{shown}\" is cut short")));
        }
        file.sync_all().map_err(ModelError::at(&to))?;
        names.push(name.to_owned());
    }
    if names.is_empty() {
        return Err(ModelError::Parcel("it is empty".into()));
    }
    Ok(names)
}

/// Packs these files, each with its name in the parcel; the same files give the same bytes.
///
/// # Errors
///
/// [`ModelError::Parcel`] for a file that has no place in a parcel, [`ModelError::File`] where the system refuses.
pub fn pack(files: &[(String, Vec<u8>)], to: impl Write) -> Result<(), ModelError> {
    let mut archive = Builder::new(to);
    for (name, bytes) in files {
        if allowance(name).is_none_or(|most| bytes.len() as u64 > most) {
            let reason = format!("\"{}\" is too large or has no place in one", name.escape_debug());
            return Err(ModelError::Parcel(reason));
        }
        let mut head = Header::new_ustar();
        head.set_size(bytes.len() as u64);
        head.set_mode(0o644);
        archive.append_data(&mut head, name, &bytes[..]).map_err(ModelError::at(name.as_ref()))?;
    }
    archive.finish().map_err(ModelError::at("the parcel".as_ref()))
}
