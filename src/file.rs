//! Picture files: read with a limit that holds before their bytes are, written whole or not at all.

use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use tempfile::NamedTempFile;

/// The most bytes of a picture file: beyond it, it is no picture of a sleeve.
const LARGEST: u64 = 256 << 20;

/// Why a file could not be read. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("there is no such file; check its name")]
    Missing,
    /// It is a folder.
    #[error("this is a folder; name the pictures in it")]
    Folder,
    /// It is a device, a pipe or a socket.
    #[error("this is no file but a device or a pipe; name a picture")]
    NoFile,
    /// More bytes than any picture has.
    #[error("the file has {0} bytes, more than any picture of a sleeve; scale it down")]
    Huge(u64),
    /// The system refuses it.
    #[error("it cannot be read ({0}); check its permissions and the disk")]
    Unreadable(String),
}

/// All bytes of a picture file.
///
/// # Errors
///
/// [`FileError`], by what is wrong with it.
///
/// ```
/// use sleevesight::file::{self, FileError};
///
/// assert!(matches!(file::read("src".as_ref()), Err(FileError::Folder)));
/// assert!(matches!(file::read("/dev/null".as_ref()), Err(FileError::NoFile)));
/// ```
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::Missing,
        _ => FileError::Unreadable(error.to_string()),
    };
    let file = open(path).map_err(refused)?;
    let about = file.metadata().map_err(refused)?;
    if about.is_dir() {
        return Err(FileError::Folder);
    }
    if !about.is_file() {
        return Err(FileError::NoFile);
    }
    if about.len() > LARGEST {
        return Err(FileError::Huge(about.len()));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(refused)?;
    Ok(bytes)
}

/// Opens a file to be read. One that has no bytes yet, a pipe that nobody writes into for instance, is not waited for.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// The same, of a file that is no pipe, no socket and no folder.
///
/// # Errors
///
/// What the system says; [`io::ErrorKind::InvalidInput`] where it is one of these.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    let file = open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_fifo() || kind.is_socket() {
        let reason = "it is no file but a pipe; name a file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    if kind.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name a file"));
    }
    Ok(file)
}

/// All bytes of a file, or of a device that can be read as one, unless there are more than `most`.
///
/// # Errors
///
/// What the system says; [`io::ErrorKind::FileTooLarge`] where there are more.
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_plain(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let reason = format!("it has more than {most} bytes, which is all that is read");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(bytes)
}

/// The first bytes of a file, so many at most.
///
/// # Errors
///
/// What the system says.
pub fn beginning(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_plain(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The path of this name below a folder, the name being a path itself or not; `None` where it leads elsewhere. All paths
/// are made by this of which a name is not the program's own.
///
/// ```
/// use sleevesight::file;
///
/// assert_eq!(file::below("covers".as_ref(), "jazz/a.jpg"), Some("covers/jazz/a.jpg".into()));
/// assert_eq!(file::below("covers".as_ref(), "../a.jpg"), None);
/// assert_eq!(file::below("covers".as_ref(), "/etc/passwd"), None);
/// ```
#[must_use]
pub fn below(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = Path::new(name);
    let is_below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    (name.file_name().is_some() && name.components().all(is_below)).then(|| folder.join(name))
}

/// The path of a file of this name in a folder; `None` where the name is none of a file alone.
#[must_use]
pub fn beside(folder: &Path, name: &str) -> Option<PathBuf> {
    below(folder, name).filter(|_| Path::new(name).file_name().is_some_and(|alone| alone == name))
}

/// Whether a file that is there lies below this folder, whatever links lead to it.
#[must_use]
pub fn lies_below(folder: &Path, path: &Path) -> bool {
    matches!((folder.canonicalize(), path.canonicalize()), (Ok(folder), Ok(path)) if path.starts_with(&folder))
}

/// Writes a file whole or not at all: beside its place, synced, then renamed into it.
///
/// # Errors
///
/// What the system says: the folder is missing or full, or may not be written to.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, bytes, 0o666)
}

/// The same, readable for this user alone, under a name that is not taken: `name-1.jpg` where `name.jpg` is, and so
/// on. Tells which.
///
/// # Errors
///
/// As [`write()`].
pub fn write_new_private(folder: &Path, name: &str, ending: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut beside = written_beside(folder, bytes, 0o600)?;
    let mut path = folder.join(format!("{name}.{ending}"));
    for number in 1.. {
        match beside.persist_noclobber(&path) {
            Ok(_) => break,
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => beside = taken.file,
            Err(other) => return Err(other.error),
        }
        path = folder.join(format!("{name}-{number}.{ending}"));
    }
    sync_folder_of(&path)?;
    Ok(path)
}

/// As [`write()`], readable for this user alone.
///
/// # Errors
///
/// As [`write()`].
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, bytes, 0o600)
}

fn write_with(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    written_beside(folder_of(path), bytes, mode)?.persist(path).map_err(|error| error.error)?;
    sync_folder_of(path)
}

/// Syncs the folder that a file lies in: its new name lasts from then on.
///
/// # Errors
///
/// What the system says.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file of no name yet, synced.
fn written_beside(folder: &Path, bytes: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    let mut beside =
        tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
    beside.write_all(bytes)?;
    beside.as_file().sync_all()?;
    Ok(beside)
}
