//! Models are removed file by file: only what was installed, and through no link.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, unlinkat};

use super::parcel::{self, GOLDEN};
use crate::file;
use crate::words::files::FOLDER as WORDS;

/// The file that lists an installed model's files, one a line. No model brings one: its name begins with a dot.
const MANIFEST: &str = ".installed";

/// The most bytes of it.
const MAX_BYTES: u64 = 64 << 10;

/// The files of an installed model.
pub(super) struct Manifest(Vec<String>);

impl Manifest {
    pub(super) fn of(files: Vec<String>) -> Self {
        Self(files)
    }

    /// Writes it beside the files.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(MANIFEST);
        file::write(&path, (self.0.join("\n") + "\n").as_bytes())
    }

    /// The one in a folder. A name that no file of a model has is passed over, whoever wrote it.
    fn read(folder: &File) -> Option<Self> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(folder, MANIFEST, flags, Mode::empty()).ok()?);
        let mut text = String::new();
        file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
        let is_a_models = |name: &&str| parcel::allowance(name).is_some();
        Some(Self(text.lines().filter(is_a_models).map(str::to_owned).collect()))
    }

    /// All files in a folder that have the names of a model's.
    fn found(folder: &File) -> Self {
        let mut names = names(folder);
        for below in [GOLDEN, WORDS] {
            let inside = opened(folder, below.as_ref()).map(|folder| self::names(&folder));
            names.extend(inside.into_iter().flatten().map(|name| format!("{below}/{name}")));
        }
        names.retain(|name| parcel::allowance(name).is_some());
        Self(names)
    }

    /// Removes these files, and then the folders that are empty.
    fn remove(&self, folder: &File) {
        for name in &self.0 {
            // What is gone is gone, and what cannot be removed stays.
            let _ = match name.split_once('/') {
                None => unlinkat(folder, name.as_str(), AtFlags::empty()).ok(),
                Some((below, name)) => opened(folder, below.as_ref())
                    .and_then(|below| unlinkat(&below, name, AtFlags::empty()).ok()),
            };
        }
        for below in [GOLDEN, WORDS] {
            let _ = unlinkat(folder, below, AtFlags::REMOVEDIR);
        }
        let _ = unlinkat(folder, MANIFEST, AtFlags::empty());
    }
}

/// Removes an installed model from the folder of models: what its manifest lists. A folder without one is not touched.
pub(super) fn remove_installed(models: &File, name: &OsStr) {
    if let Some(folder) = opened(models, name)
        && let Some(manifest) = Manifest::read(&folder)
    {
        manifest.remove(&folder);
        let _ = unlinkat(models, name, AtFlags::REMOVEDIR);
    }
}

/// Removes what was unpacked of a model whose installation was cut off, before it had a manifest.
pub(super) fn remove_unfinished(models: &File, name: &OsStr) {
    if let Some(folder) = opened(models, name) {
        Manifest::found(&folder).remove(&folder);
        let _ = unlinkat(models, name, AtFlags::REMOVEDIR);
    }
}

/// A folder in this one; `None` where it is a link or no folder.
fn opened(folder: &File, name: &OsStr) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::empty()).ok().map(File::from)
}

fn names(folder: &File) -> Vec<String> {
    let entries = Dir::read_from(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned)).collect()
}
