//! The stock's file. Only this file and `opening.rs` name `SQLite`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::opening::{TimeLimit, readable, sentence, writable};
use super::{Details, Kept, Record, StockError};

/// Asks for records as [`stored`] reads them.
const RECORDS: &str = "SELECT id, artist, title, year, genre, shelf, price, note FROM records";

/// Records, views of their covers, and what one network read in these. Each change is all there or not at all, and
/// synced before it is told to be done.
pub(super) struct Store {
    path: PathBuf,
    connection: Connection,
    time: TimeLimit,
    /// SHA-256 of the network whose embeddings are written and read.
    network: String,
    /// By this number `SQLite` tells that others have written.
    version: i64,
    /// How many views were another network's at the last [`Store::load`].
    unread: usize,
    /// Why it cannot be written, where it cannot.
    unwritable: Option<String>,
}

impl Store {
    /// Opens a file, or begins one, and makes it one of the newest version. One that is there and cannot be written, on
    /// a disk that is full or read-only, say, is opened to be read.
    pub(super) fn open(path: &Path, network: &str) -> Result<Self, StockError> {
        let time = TimeLimit::default();
        let (connection, unwritable) = match writable(path, &time) {
            Ok(connection) => (connection, None),
            Err(StockError::File { reason, .. } | StockError::ReadOnly { reason, .. }) if path.exists() => {
                (readable(path, &time)?, Some(reason))
            }
            Err(StockError::Full(_)) if path.exists() => {
                (readable(path, &time)?, Some("its disk is full".into()))
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            path: path.to_owned(),
            connection,
            time,
            network: network.to_owned(),
            version: 0,
            unread: 0,
            unwritable,
        })
    }

    /// Why it cannot be written, where it cannot.
    pub(super) fn unwritable(&self) -> Option<&str> {
        self.unwritable.as_deref()
    }

    /// Adds a record, with a view of its cover where there is one, and returns its number.
    pub(super) fn insert(
        &mut self,
        details: &Details,
        view: Option<(&Kept, &[f32])>,
    ) -> Result<i64, StockError> {
        let Details { artist, title, year, genre, shelf, price, note } = details;
        let network = self.network.clone();
        self.change(|file| {
            file.execute(
                "INSERT INTO records (artist, title, year, genre, shelf, price, note)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![artist, title, year, genre, shelf, price, note],
            )?;
            let id = file.last_insert_rowid();
            if let Some((cover, embedding)) = view {
                insert_view(file, id, cover, &network, embedding)?;
            }
            Ok(id)
        })
    }

    /// Adds a view of a record's cover.
    pub(super) fn insert_view(&mut self, id: i64, cover: &Kept, embedding: &[f32]) -> Result<(), StockError> {
        let network = self.network.clone();
        self.change(|file| insert_view(file, id, cover, &network, embedding))
    }

    /// Writes anew what is told of a record, and whether its genre is the shop's correction. A longer text of which
    /// this is what is shown stays as it is.
    pub(super) fn update(&mut self, id: i64, details: &Details, corrected: bool) -> Result<(), StockError> {
        self.change(|file| {
            let mut details = details.clone();
            if let Some(before) = file.query_row(&format!("{RECORDS} WHERE id = ?"), [id], stored).optional()? {
                details = details.or_longer(before.details);
            }
            let Details { artist, title, year, genre, shelf, price, note } = details;
            file.execute(
                "UPDATE records SET artist = ?, title = ?, year = ?, genre = ?, shelf = ?, price = ?, note = ?,
                 corrected = ? WHERE id = ?",
                params![artist, title, year, genre, shelf, price, note, corrected, id],
            )
        })
        .map(drop)
    }

    /// Takes a record out, and all views of it.
    pub(super) fn delete(&mut self, id: i64) -> Result<(), StockError> {
        self.change(|file| file.execute("DELETE FROM records WHERE id = ?", [id])).map(drop)
    }

    /// Whether a record's genre is the shop's correction.
    pub(super) fn is_corrected(&self, id: i64) -> Result<bool, StockError> {
        let corrected = self.told(|file| {
            file.query_row("SELECT corrected FROM records WHERE id = ?", [id], |row| row.get(0)).optional()
        })?;
        corrected.ok_or(StockError::NoRecord(id))
    }

    /// The records of this artist, title and year with a cover that came from this file, or was kept as this.
    pub(super) fn copies(&self, details: &Details, digest: &[u8; 32]) -> Result<Vec<i64>, StockError> {
        let Details { artist, title, year, .. } = details;
        self.told(|file| {
            file.prepare_cached(
                "SELECT DISTINCT records.id FROM records JOIN views ON record = records.id
                 WHERE (digest = ?1 OR kept = ?1) AND artist = ?2 AND title = ?3 AND year IS ?4
                 ORDER BY records.id",
            )?
            .query_map(params![digest, artist, title, year], |row| row.get(0))?
            .collect()
        })
    }

    /// The records of this artist, title and year: first those without a cover, then the others.
    pub(super) fn namesakes(&self, details: &Details) -> Result<Vec<(i64, bool)>, StockError> {
        let Details { artist, title, year, .. } = details;
        self.told(|file| {
            file.prepare_cached(
                "SELECT id, EXISTS (SELECT 1 FROM views WHERE record = records.id) AS seen FROM records
                 WHERE artist = ? AND title = ? AND year IS ? ORDER BY seen, id",
            )?
            .query_map(params![artist, title, year], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
        })
    }

    /// The records with at least one view.
    pub(super) fn with_covers(&self) -> Result<HashSet<i64>, StockError> {
        self.told(|file| {
            file.prepare("SELECT DISTINCT record FROM views")?.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// All kept covers of a record, the first view's first.
    pub(super) fn covers(&self, id: i64) -> Result<Vec<Vec<u8>>, StockError> {
        self.pictures("SELECT cover FROM views WHERE record = ? ORDER BY id", id)
    }

    /// The first view's thumbnail.
    pub(super) fn thumbnail(&self, id: i64) -> Result<Option<Vec<u8>>, StockError> {
        Ok(self.pictures("SELECT thumbnail FROM views WHERE record = ? ORDER BY id LIMIT 1", id)?.pop())
    }

    fn pictures(&self, query: &str, id: i64) -> Result<Vec<Vec<u8>>, StockError> {
        self.told(|file| file.prepare_cached(query)?.query_map([id], |row| row.get(0))?.collect())
    }

    /// The views that another network has read.
    pub(super) fn strangers(&self) -> Result<Vec<i64>, StockError> {
        self.told(|file| {
            file.prepare("SELECT view FROM embeddings WHERE network <> ? ORDER BY view")?
                .query_map([&self.network], |row| row.get(0))?
                .collect()
        })
    }

    /// A view's kept cover.
    pub(super) fn cover_of_view(&self, view: i64) -> Result<Vec<u8>, StockError> {
        self.told(|file| file.query_row("SELECT cover FROM views WHERE id = ?", [view], |row| row.get(0)))
    }

    /// Writes what this network read in views.
    pub(super) fn renew(&mut self, embeddings: &[(i64, Vec<f32>)]) -> Result<(), StockError> {
        let network = self.network.clone();
        self.change(|file| {
            for (view, embedding) in embeddings {
                file.execute(
                    "UPDATE embeddings SET network = ?, vector = ? WHERE view = ?",
                    params![network, bytes(embedding), view],
                )?;
            }
            Ok(())
        })
    }

    /// Whether another program has written since the last [`Store::load`].
    pub(super) fn has_news(&self) -> bool {
        data_version(&self.connection).is_ok_and(|version| version != self.version)
    }

    /// How many views another network had read at the last [`Store::load`].
    pub(super) fn unread(&self) -> usize {
        self.unread
    }

    /// Whether another network has read more views than at the last [`Store::load`]. What others have written until
    /// now is no news then.
    pub(super) fn is_taken_over(&mut self) -> Result<bool, StockError> {
        let version = self.told(data_version)?;
        let taken = self.told(|file| unread(file, &self.network))? > self.unread;
        if taken {
            self.version = version;
        }
        Ok(taken)
    }

    /// Gives all records, then all embeddings of this network with the records that they belong to: as they were at
    /// one moment.
    pub(super) fn load(
        &mut self,
        mut put: impl FnMut(Record),
        mut show: impl FnMut(i64, &[f32]),
    ) -> Result<(), StockError> {
        let network = self.network.clone();
        (self.version, self.unread) = self.change(|file| {
            let mut records = file.prepare(RECORDS)?;
            for record in records.query_map([], record)? {
                put(record?);
            }
            let mut views = file.prepare(
                "SELECT record, vector FROM views JOIN embeddings ON view = id WHERE network = ? ORDER BY id",
            )?;
            let mut rows = views.query([&network])?;
            while let Some(row) = rows.next()? {
                show(row.get(0)?, &floats(row.get_ref(1)?.as_blob()?));
            }
            Ok((data_version(file)?, unread(file, &network)?))
        })?;
        Ok(())
    }

    /// What the file answers.
    fn told<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StockError> {
        self.time.begin();
        ask(&self.connection).map_err(|error| sentence(&self.path, &error))
    }

    /// Changes the file: all of it or nothing, and synced.
    fn change<T>(
        &mut self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StockError> {
        let path = &self.path;
        let failed = |error: rusqlite::Error| sentence(path, &error);
        self.time.begin();
        // The right to write is waited for at once: one who reads first and writes then is refused where another writes.
        let immediate = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(immediate).map_err(failed)?;
        let result = change(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(result)
    }
}

fn insert_view(
    file: &Connection,
    record: i64,
    cover: &Kept,
    network: &str,
    embedding: &[f32],
) -> rusqlite::Result<()> {
    file.execute(
        "INSERT INTO views (record, digest, kept, thumbnail, cover) VALUES (?, ?, ?, ?, ?)",
        params![record, cover.digest, cover.digest_of_cover(), cover.thumbnail, cover.cover],
    )?;
    file.execute(
        "INSERT INTO embeddings (view, network, vector) VALUES (?, ?, ?)",
        params![file.last_insert_rowid(), network, bytes(embedding)],
    )?;
    Ok(())
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// How many views another network than this one has read.
fn unread(connection: &Connection, network: &str) -> rusqlite::Result<usize> {
    let count: i64 =
        connection
            .query_row("SELECT count(*) FROM embeddings WHERE network <> ?", [network], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// A record as it is shown: no longer than it may be.
fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let Record { id, details } = stored(row)?;
    Ok(Record { id, details: details.shortened() })
}

/// A record as it lies in the file.
fn stored(row: &Row<'_>) -> rusqlite::Result<Record> {
    let details = Details {
        artist: row.get(1)?,
        title: row.get(2)?,
        year: row.get(3)?,
        genre: row.get(4)?,
        shelf: row.get(5)?,
        price: row.get(6)?,
        note: row.get(7)?,
    };
    Ok(Record { id: row.get(0)?, details })
}

/// An embedding as it is written: 32-bit floats, the least byte first.
fn bytes(embedding: &[f32]) -> Vec<u8> {
    embedding.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
