//! Whose the models are: a command that root starts does no more than their owner may.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Gid, Mode, OFlags, Uid, fchown, open};
use rustix::io::Errno;
use rustix::process::geteuid;
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::ModelError;
use super::depot::FOLDER;

/// Where root started the program, the calling thread and those that it starts go on as the owner of the station's
/// folder. An empty or older folder of models that root has made there is handed over to that owner first.
///
/// # Errors
///
/// [`ModelError::File`] where the system refuses.
pub fn become_owner(state: &Path) -> Result<(), ModelError> {
    let Ok(about) = state.metadata() else { return Ok(()) };
    if !geteuid().is_root() || about.uid() == 0 {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(about.uid()), Gid::from_raw(about.gid()));
    let models = state.join(FOLDER);
    let taken = || -> io::Result<()> {
        if let Ok(folder) = folder(&models)
            && folder.metadata()?.uid() == 0
        {
            fchown(&folder, Some(user), Some(group))?;
        }
        set_thread_groups(&[])?;
        set_thread_res_gid(group, group, group)?;
        Ok(set_thread_res_uid(user, user, user)?)
    };
    taken().map_err(ModelError::at(&models))
}

/// Opens a folder that is no link and belongs to the user that this program runs as.
pub(super) fn own_folder(path: &Path) -> Result<File, ModelError> {
    let folder = folder(path).map_err(|error| match error {
        Errno::LOOP | Errno::NOTDIR => ModelError::NoFolder(path.to_owned()),
        other => ModelError::at(path)(other.into()),
    })?;
    let owner = folder.metadata().map_err(ModelError::at(path))?.uid();
    if owner != geteuid().as_raw() {
        return Err(ModelError::Foreign { path: path.to_owned(), owner });
    }
    Ok(folder)
}

fn folder(path: &Path) -> rustix::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    open(path, flags, Mode::empty()).map(File::from)
}
