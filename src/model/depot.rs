//! The models that are installed on a station: a folder each, and two links that say which is in use and which was
//! before. Where there is no link, it is the package's own.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Seek};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::owner::own_folder;
use super::removal::{self, Manifest};
use super::seal::SignedFile;
use super::{Golden, ModelError, parcel};
use crate::aside::set_aside;
use crate::network::{Bundle, hex};
use crate::reader::{Reader, ReaderError};
use crate::verdict::Caution;
use crate::words::files::{FOLDER as WORDS, FUSION, LIST, WordsFolder};

/// The folder in the one for what is to last.
pub(super) const FOLDER: &str = "models";

/// The link to the model in use, and to the one before.
const CURRENT: &str = "current";
const PREVIOUS: &str = "previous";

/// What is being unpacked; left behind by a plug that was pulled, it is cleared away.
const COMING: &str = ".coming-";

/// How many letters `tempfile` puts behind it.
const RANDOM: usize = 6;

/// The models that are installed in a station's folder for what is to last.
#[derive(Clone, Debug)]
pub struct Depot(PathBuf);

/// A model that was taken into use.
#[derive(Debug)]
pub struct Taken {
    /// Its folder; `None` where it is the package's own.
    pub folder: Option<PathBuf>,
    /// While this lasts, nobody else changes models, and a station that is running waits before it takes this one: the
    /// stock is still being read by it, say. It ends with the program, however that ends.
    pub change: Change,
}

/// A change of models that is going on.
#[derive(Debug)]
pub struct Change(File);

impl Drop for Change {
    /// A lock belongs to an open file, which a program that is started at this moment has, too, until it executes: closing
    /// it here would not be enough (flock(2)).
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// How often a lock is tried, and the pause between two tries.
const LOCK_TRIES: usize = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// Which model is in use, told apart from any that takes its place, be it under the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(Option<(PathBuf, u64)>);

impl Depot {
    /// The one in the folder for what is to last.
    #[must_use]
    pub fn in_folder(state: &Path) -> Self {
        Self(state.join(FOLDER))
    }

    /// The folder of the model in use; `None` where it is the package's own.
    #[must_use]
    pub fn current(&self) -> Option<PathBuf> {
        self.linked(CURRENT)
    }

    /// The folder of the model that was in use before; `None` where it is the package's own.
    #[must_use]
    pub fn previous(&self) -> Option<PathBuf> {
        self.linked(PREVIOUS)
    }

    fn linked(&self, link: &str) -> Option<PathBuf> {
        let name = fs::read_link(self.0.join(link)).ok()?;
        // A link leads to a folder beside it, and nowhere else.
        let mut parts = name.components();
        let is_beside = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
        is_beside.then(|| self.0.join(name))
    }

    /// Which model is in use.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let folder = self.current();
        Mark(folder.map(|folder| {
            let number = folder.metadata().map_or(0, |about| about.ino());
            (folder, number)
        }))
    }

    /// Whether someone is changing models now.
    #[must_use]
    pub fn is_changing(&self) -> bool {
        File::open(&self.0).is_ok_and(|folder| match folder.try_lock_shared() {
            Ok(()) => {
                let _ = folder.unlock();
                false
            }
            Err(error) => matches!(error, TryLockError::WouldBlock),
        })
    }

    /// Installs a model from a file: copies it, checks its signature, unpacks it, has it read its golden covers, and
    /// takes it into use. `admit` may refuse it at last, for what it is used with. Until the very end the model in
    /// use stays in use, whatever goes wrong, and whenever the power fails.
    ///
    /// # Errors
    ///
    /// [`ModelError`], or what `admit` says.
    pub fn install<E: From<ModelError>>(
        &self,
        file: SignedFile,
        admit: impl FnOnce(&Bundle) -> Result<(), E>,
    ) -> Result<Taken, E> {
        let change = self.lock()?;
        self.clear_unfinished(&change);
        let at = ModelError::at;
        let coming = tempfile::Builder::new().prefix(COMING).tempdir_in(&self.0).map_err(at(&self.0))?;
        let folder = coming.path();
        // Who starts the station is seldom who installs a model.
        fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(at(folder))?;
        // A copy of our own: what was verified cannot be changed any more by whoever pulls the stick.
        let mut copy = tempfile::tempfile_in(&self.0).map_err(at(&self.0))?;
        file.copy(parcel::LARGEST, &mut copy)?;
        copy.rewind().map_err(at(&self.0))?;
        let files = parcel::unpack(copy, folder)?;
        Manifest::of(files).write(folder).map_err(at(folder))?;

        let reader = Reader::open(folder, Caution::Normal).map_err(|error| match error {
            ReaderError::Bundle(error) => ModelError::Bundle(error),
            other => ModelError::Trial(other.to_string()),
        })?;
        Golden::open(folder)?.try_out(&reader, folder)?;
        let bundle = reader.bundle();
        WordsFolder::open(folder, &bundle.sha256).map_err(ModelError::Words)?;
        admit(bundle)?;

        let name = folder_name(bundle)?;
        let place = self.0.join(&name);
        let before = self.current();
        let is_current = before.as_deref() == Some(&place);
        // One that was damaged in its place since is mended by installing it again.
        if !is_current || !is_whole(&place) {
            removal::remove_installed(&change.0, name.as_ref());
            if place.symlink_metadata().is_ok() {
                set_aside(&place, &[]).map_err(at(&place))?;
            }
            fs::rename(folder, &place).map_err(at(&place))?;
            // It has moved: there is nothing left to tidy up.
            let _ = coming.keep();
            self.sync()?;
        }
        if !is_current {
            self.point(CURRENT, Some(&name))?;
            if let Some(before) = &before {
                self.point(PREVIOUS, before.file_name().and_then(|name| name.to_str()))?;
            } else {
                self.point(PREVIOUS, None)?;
            }
            self.clear_unused(&change);
        }
        Ok(Taken { folder: Some(place), change })
    }

    /// Goes back to the model that was in use before, or to the package's own; calling it twice changes nothing.
    ///
    /// # Errors
    ///
    /// [`ModelError::NoOther`] where none was installed, [`ModelError::File`].
    pub fn back(&self) -> Result<Taken, ModelError> {
        let change = self.lock()?;
        let (current, previous) = (self.current(), self.previous().filter(|folder| folder.is_dir()));
        if current.is_none() && previous.is_none() {
            return Err(ModelError::NoOther);
        }
        let name = |folder: &Option<PathBuf>| {
            folder.as_ref().and_then(|folder| Some(folder.file_name()?.to_str()?.to_owned()))
        };
        self.point(CURRENT, name(&previous).as_deref())?;
        self.point(PREVIOUS, name(&current).as_deref())?;
        Ok(Taken { folder: previous, change })
    }

    /// Lets a link lead to a folder beside it, at one stroke, or takes it away.
    fn point(&self, link: &str, to: Option<&str>) -> Result<(), ModelError> {
        let place = self.0.join(link);
        match to {
            Some(to) => {
                let beside = self.0.join(format!(".{link}"));
                let _ = fs::remove_file(&beside);
                symlink(to, &beside).map_err(ModelError::at(&beside))?;
                fs::rename(&beside, &place).map_err(ModelError::at(&place))?;
            }
            None => match fs::remove_file(&place) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(ModelError::at(&place)(error));
                }
                _ => {}
            },
        }
        self.sync()
    }

    fn sync(&self) -> Result<(), ModelError> {
        File::open(&self.0).and_then(|folder| folder.sync_all()).map_err(ModelError::at(&self.0))
    }

    /// One change at a time, in a folder of our own.
    fn lock(&self) -> Result<Change, ModelError> {
        if self.0.symlink_metadata().is_err() {
            fs::create_dir_all(&self.0).map_err(ModelError::at(&self.0))?;
            fs::set_permissions(&self.0, Permissions::from_mode(0o755)).map_err(ModelError::at(&self.0))?;
        }
        let folder = own_folder(&self.0)?;
        // Whoever only asks whether there is a change holds the lock for a moment.
        for tries_left in (0..LOCK_TRIES).rev() {
            match folder.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries_left > 0 => thread::sleep(LOCK_PAUSE),
                Err(_) => return Err(ModelError::Locked),
            }
        }
        Ok(Change(folder))
    }

    /// Takes away what an installation has left behind that was cut off.
    fn clear_unfinished(&self, change: &Change) {
        for name in self.entries() {
            if name.strip_prefix(COMING).is_some_and(|end| end.len() == RANDOM) {
                removal::remove_unfinished(&change.0, name.as_ref());
            }
        }
    }

    /// Keeps two models: the one in use, and the one before. What was not installed is not touched.
    fn clear_unused(&self, change: &Change) {
        let kept = [self.current(), self.previous()];
        for name in self.entries() {
            if !kept.iter().flatten().any(|folder| *folder == self.0.join(&name)) {
                removal::remove_installed(&change.0, name.as_ref());
            }
        }
    }

    fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

/// Whether a bundle can be opened, and its files that read words.
fn is_whole(folder: &Path) -> bool {
    Bundle::open(folder).is_ok_and(|bundle| WordsFolder::open(folder, &bundle.sha256).is_ok())
}

/// The folder of a bundle: its name, as far as it can be one of a folder, and the beginning of a hash of all that is
/// written of it; of the network, `bundle.toml` tells the hash itself, and `words.toml` those of its files.
fn folder_name(bundle: &Bundle) -> Result<String, ModelError> {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    let name: String = bundle.name.chars().take(40).map(plain).collect();
    let mut hash = Sha256::new();
    let words = Path::new(WORDS);
    let files = ["bundle.toml".into(), "stock.toml".into(), words.join(LIST), words.join(FUSION)];
    for file in files {
        let path = bundle.folder.join(file);
        match fs::read(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ModelError::at(&path)(error));
            }
            bytes => hash.update(bytes.unwrap_or_default()),
        }
    }
    Ok(format!("{name}-{}", hex(&hash.finalize()[..6])))
}
