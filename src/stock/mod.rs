//! The stock: the shop's own records, and which of them a sleeve is, or looks like.
//!
//! - [`Record`] and its [`Details`]: what the shop tells of a record; [`Lookalike`]: one that looks like what is shown.
//! - [`Matrix`]: exact nearest neighbours by cosine, in one pass.
//! - [`Rule`]: how near is near enough; fitted by the trainer, it lies in the bundle as `stock.toml`.
//! - [`WordIndex`]: which records the words on a sleeve name, by a [`WordRule`].
//! - [`Votes`]: what the records say of the genre of a sleeve that is none of them.
//! - [`Catalogue`]: all of it in memory. These are pure.
//! - [`rows`] of a table: what an import reads.
//! - [`Export`]: what an export writes, and what a trainer can learn from.
//! - [`Stock`]: one file that lasts, shared between threads.

mod by_words;
mod catalogue;
mod covers;
mod encoding;
mod error;
mod export;
mod fields;
mod kept;
mod nearest;
mod opening;
mod pattern;
mod record;
mod rule;
mod search;
mod shared;
mod store;
mod table;
mod vote;
mod year;

pub use by_words::{ByWords, WordIndex, WordRule};
pub use catalogue::Catalogue;
pub use error::StockError;
pub use export::{Export, ExportedFile};
pub use kept::Kept;
pub use nearest::{Matrix, Near};
pub use record::{By, Candidate, Details, Findings, Known, Lookalike, MAX_LABEL, MAX_NAME, MAX_NOTE, Record};
pub use rule::{Metric, Rule, RuleError};
pub use shared::Stock;
pub use table::{BadRow, Entry, EntryCover, Table, TableError, rows};
pub use vote::{Vote, Votes, Voting};
