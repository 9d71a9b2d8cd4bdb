//! Why the stock does not do what it was asked.

use std::path::PathBuf;

use super::RuleError;

/// Why the stock does not do what it was asked. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// There is no such file.
    #[error("there is no stock at {0}; check its name, or begin one by: sleevesight stock import, or add")]
    Missing(PathBuf),
    /// It is a file of something else.
    #[error("{0} is no stock of this program; name another file")]
    Foreign(PathBuf),
    /// It was written by a newer program.
    #[error(
        "{path} is a stock of version {found}, this program knows versions up to {known}; update the program"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// Its covers were read by another network.
    #[error(
        "{views} covers of {path} were read by another model than {bundle}; read them again by: sleevesight stock renew --stock {path}"
    )]
    OtherBundle {
        /// Which file.
        path: PathBuf,
        /// How many views.
        views: usize,
        /// The bundle in use.
        bundle: String,
    },
    /// An embedding that is not of the network in use.
    #[error(
        "an embedding of {found} numbers is not of this model, whose have {wanted}; read the cover again"
    )]
    Embedding {
        /// How long it is.
        found: usize,
        /// How long it should be.
        wanted: usize,
    },
    /// A record without a title.
    #[error("a record needs a title; give it one")]
    NoTitle,
    /// A text that is longer than it may be.
    #[error("the {field} has {found} letters, and {most} are the most; shorten it")]
    TooLong {
        /// Which.
        field: &'static str,
        /// How many letters it has.
        found: usize,
        /// How many it may have.
        most: usize,
    },
    /// There is no such record.
    #[error("there is no record {0} in stock; look its number up by: sleevesight stock list")]
    NoRecord(i64),
    /// A cover that cannot be encoded or decoded.
    #[error("the cover cannot be kept ({0}); try another picture")]
    Cover(String),
    /// The bundle has no rule for stocks.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Another program has it for longer than one waits.
    #[error("another program writes to {0}; try again when it is done")]
    Busy(PathBuf),
    /// There is no room on its disk.
    #[error(
        "the disk of {0} is full; free some room on it (what was told before is safe, this was not kept)"
    )]
    Full(PathBuf),
    /// It can be read and not written.
    #[error(
        "{path} can be read and not written ({reason}); make its disk and its folder writable and start anew"
    )]
    ReadOnly {
        /// Which file.
        path: PathBuf,
        /// What `SQLite` said.
        reason: String,
    },
    /// The file is damaged.
    #[error("{path} is damaged ({reason}); put back a copy of it")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What `SQLite` said.
        reason: String,
    },
    /// The file cannot be read or written.
    #[error("{path} cannot be used ({reason}); check its permissions, the disk, and who else uses it")]
    File {
        /// Which file.
        path: PathBuf,
        /// What `SQLite` said.
        reason: String,
    },
}

impl StockError {
    /// Whether the file was a stock and is damaged, so that nobody will be able to use it as it is.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}
