//! Why a model is not installed.

use std::io;
use std::path::{Path, PathBuf};

use crate::network::BundleError;
use crate::words::WordsFolderError;

/// Why a model is not installed, or not left. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {reason}; check the file, its permissions and the disk")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The folder of models is a link, or no folder.
    #[error("{0} is a link or no folder; models are installed in a folder alone: move it away")]
    NoFolder(PathBuf),
    /// The folder of models is another user's.
    #[error(
        "{path} belongs to another user ({owner}); install as that user: sudo -u '#{owner}' sleevesight model install FILE"
    )]
    Foreign {
        /// Which folder.
        path: PathBuf,
        /// The number of the user that it belongs to.
        owner: u32,
    },
    /// No key is known.
    #[error(
        "no key is known by which models are signed; put the public one into the configuration (keys under [model])"
    )]
    NoKey,
    /// What is configured is no key.
    #[error(
        "\"{0}\" under [model] in the configuration is no public key of minisign; such a one begins with RW"
    )]
    BadKey(String),
    /// There is no signature beside the file, or it is none.
    #[error("{path} is no signature ({reason}); copy the file .minisig that belongs to the model beside it")]
    NoSignature {
        /// Where it is looked for.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// It is signed by somebody else, or was changed since.
    #[error(
        "{path} is not signed by a key of this station, or was changed since; have it sent again by whom you trust"
    )]
    Forged {
        /// Which file.
        path: PathBuf,
    },
    /// Its signature is of minisign before 0.10, or of `minisign -S -l`.
    #[error("{path} is signed in minisign's old form; sign it again by minisign 0.10 or later, without -l")]
    OldSignature {
        /// Which file.
        path: PathBuf,
    },
    /// It is too large.
    #[error("{path} has more bytes than any model ({most}); it is none")]
    Huge {
        /// Which file.
        path: PathBuf,
        /// The most that there may be.
        most: u64,
    },
    /// It holds what a model does not.
    #[error("the file is no model: {0}; pack it again by: sleevesight model pack")]
    Parcel(String),
    /// The bundle in it cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The files in it that read words cannot be used.
    #[error(transparent)]
    Words(#[from] WordsFolderError),
    /// It does not read its own covers as whoever packed it saw them read.
    #[error("the model fails its trial: {0}; it is not installed, the one in use stays")]
    Trial(String),
    /// The station's configuration asks for what it does not have.
    #[error("the configuration does not fit the model {name}: {reason}; the one in use stays")]
    Unfit {
        /// The model's name.
        name: String,
        /// What does not fit.
        reason: String,
    },
    /// There is nothing to go back to.
    #[error("no other model is installed here; the one of the package is in use")]
    NoOther,
    /// Another installation is at work.
    #[error("another installation is at work; wait for its end")]
    Locked,
}

impl ModelError {
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |reason| Self::File { path, reason }
    }
}
