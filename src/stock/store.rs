//! The stock's file. Only this file names `SQLite`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, TransactionBehavior, params};

use super::{Details, Kept, Record, StockError};

/// How the file says that it is ours: "slvs".
const APPLICATION: i64 = 0x736c_7673;

/// What makes a file of each version one of the next, the first of an empty file. Never edited, only added to.
const MIGRATIONS: [&str; 1] = [include_str!("schema-1.sql")];

/// How long another program may hold the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// Records, views of their covers, and what one network read in these. Each change is all there or not at all, and
/// synced before it is told to be done.
pub(super) struct Store {
    path: PathBuf,
    connection: Connection,
    /// SHA-256 of the network whose embeddings are written and read.
    network: String,
    /// By this number `SQLite` tells that others have written.
    version: i64,
}

impl Store {
    /// Opens a file, or begins one, and makes it one of the newest version.
    pub(super) fn open(path: &Path, network: &str) -> Result<Self, StockError> {
        let opened = || -> rusqlite::Result<Connection> {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(PATIENCE)?;
            Ok(connection)
        };
        let mut connection = opened().map_err(|error| sentence(path, &error))?;
        migrate(&mut connection, path)?;
        let store = Self { path: path.to_owned(), connection, network: network.to_owned(), version: 0 };
        store.told(|file| {
            file.pragma_update(None, "journal_mode", "wal")?;
            file.pragma_update(None, "synchronous", "full")?;
            file.pragma_update(None, "foreign_keys", true)
        })?;
        Ok(store)
    }

    /// Adds a record and a view of its cover, and tells its number.
    pub(super) fn insert(
        &mut self,
        details: &Details,
        cover: &Kept,
        embedding: &[f32],
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
            insert_view(file, id, cover, &network, embedding)?;
            Ok(id)
        })
    }

    /// Adds a view of a record's cover.
    pub(super) fn insert_view(&mut self, id: i64, cover: &Kept, embedding: &[f32]) -> Result<(), StockError> {
        let network = self.network.clone();
        self.change(|file| insert_view(file, id, cover, &network, embedding))
    }

    /// Writes anew what is told of a record, and whether its genre is the shop's correction.
    pub(super) fn update(&mut self, id: i64, details: &Details, corrected: bool) -> Result<(), StockError> {
        let Details { artist, title, year, genre, shelf, price, note } = details;
        self.change(|file| {
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

    /// Gives all records, then all embeddings of this network with the records that they belong to: as they were at
    /// one moment.
    pub(super) fn load(
        &mut self,
        mut put: impl FnMut(Record),
        mut show: impl FnMut(i64, &[f32]),
    ) -> Result<(), StockError> {
        let network = self.network.clone();
        self.version = self.change(|file| {
            let mut records =
                file.prepare("SELECT id, artist, title, year, genre, shelf, price, note FROM records")?;
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
            data_version(file)
        })?;
        Ok(())
    }

    /// What the file answers.
    fn told<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StockError> {
        ask(&self.connection).map_err(|error| sentence(&self.path, &error))
    }

    /// Changes the file: all of it or nothing, and synced.
    fn change<T>(
        &mut self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StockError> {
        let path = &self.path;
        let failed = |error: rusqlite::Error| sentence(path, &error);
        let transaction = self.connection.transaction().map_err(failed)?;
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

/// Checks whose file it is, and makes it one of the newest version.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StockError> {
    let failed = |error: rusqlite::Error| sentence(path, &error);
    // Two programs that begin a stock together begin one: the second waits for the first.
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let number = |pragma: &str| step.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let version = number("user_version").map_err(failed)?;
    let tables: i64 =
        step.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if number("application_id").map_err(failed)? != APPLICATION && (version != 0 || tables != 0) {
        return Err(StockError::Foreign(path.to_owned()));
    }
    let known = MIGRATIONS.len() as i64;
    let missing = usize::try_from(version).ok().and_then(|done| MIGRATIONS.get(done..));
    let Some(missing) = missing else {
        return Err(StockError::Newer { path: path.to_owned(), found: version, known });
    };
    for migration in missing {
        step.execute_batch(migration).map_err(failed)?;
    }
    step.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    step.pragma_update(None, "user_version", known).map_err(failed)?;
    step.commit().map_err(failed)
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
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

/// What `SQLite` says, in a sentence.
fn sentence(path: &Path, error: &rusqlite::Error) -> StockError {
    let (path, reason) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StockError::Foreign(path),
        Some(ErrorCode::DatabaseCorrupt) => StockError::Damaged { path, reason },
        _ => StockError::File { path, reason },
    }
}
