//! The files of covers that a table names.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

/// The folder below which a table's covers lie.
///
/// A file is found though the table writes its name in another case or in another normal form of Unicode, as macOS does,
/// or with the separator of Windows.
pub(super) struct Covers<'a> {
    folder: &'a Path,
    /// The names in each folder that was looked into, by their keys.
    listings: RefCell<BTreeMap<PathBuf, Listing>>,
}

type Listing = BTreeMap<String, Vec<OsString>>;

impl<'a> Covers<'a> {
    pub(super) fn new(folder: &'a Path) -> Self {
        Self { folder, listings: RefCell::default() }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder
    }

    /// A name as the files have it; the same name where none of them, or more than one, has it in another form.
    pub(super) fn written(&self, name: &str) -> String {
        if self.folder.join(name).exists() {
            return name.to_owned();
        }
        let slashed = name.replace('\\', "/");
        self.found(&slashed).unwrap_or_else(|| name.to_owned())
    }

    fn found(&self, name: &str) -> Option<String> {
        let mut found = PathBuf::new();
        for part in name.split('/').filter(|part| !matches!(*part, "" | ".")) {
            let folder = self.folder.join(&found);
            let mut listings = self.listings.borrow_mut();
            let names = listings.entry(folder.clone()).or_insert_with(|| listing(&folder)).get(&key(part))?;
            match names.as_slice() {
                [name] => found.push(name),
                // Of several that differ in case alone, the very name is meant.
                several => found.push(several.iter().find(|name| *name == part)?),
            }
        }
        found.to_str().map(str::to_owned)
    }
}

fn listing(folder: &Path) -> Listing {
    let mut listing = Listing::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if let Some(text) = name.to_str() {
            listing.entry(key(text)).or_default().push(name.clone());
        }
    }
    listing
}

/// What two forms of a name have in common.
fn key(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_in_another_case_form_or_separator() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("Covers")).expect("a folder");
        for name in ["Covers/Bjo\u{308}rk.JPG", "a.jpg", "A.jpg", "plain.jpg"] {
            fs::write(folder.path().join(name), "").expect("a file");
        }
        let covers = Covers::new(folder.path());
        for (written, file) in [
            ("covers/Björk.jpg", "Covers/Bjo\u{308}rk.JPG"),
            ("covers\\BJÖRK.jpg", "Covers/Bjo\u{308}rk.JPG"),
            ("./PLAIN.JPG", "plain.jpg"),
            ("a.jpg", "a.jpg"),
            ("a.JPG", "a.JPG"),
            ("none.jpg", "none.jpg"),
            ("../plain.jpg", "../plain.jpg"),
            ("", ""),
        ] {
            assert_eq!(covers.written(written), file, "{written}");
        }
    }
}
