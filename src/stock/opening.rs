//! The stock's file is opened: to be written, or where it cannot be, to be read; and what is wrong with it is told.

use std::fmt::Write;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, TransactionBehavior};
use rustix::fs::{Gid, Uid, fchown};
use rustix::process::geteuid;

use super::StockError;
use crate::file;

/// How the file says that it is ours: "slvs".
const APPLICATION: i64 = 0x736c_7673;

/// What makes a file of each version one of the next, the first of an empty file. Never edited, only added to.
const MIGRATIONS: [&str; 2] = [include_str!("schema-1.sql"), include_str!("schema-2.sql")];

/// What our file has in its first bytes, in whatever state it is: a name in its schema.
const TRACE: &[u8] = b"views_of_record";

/// How many bytes of a file are looked through for it.
const BEGINNING: u64 = 64 << 10;

/// What `SQLite` keeps beside the file: the name of each ends so.
pub(super) const BESIDE: [&str; 2] = [LOG, "-shm"];
const LOG: &str = "-wal";

/// How long another program may hold the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest text or picture that is read of a file: beyond it, it is none of ours.
const MAX_VALUE_BYTES: i32 = 16 << 20;

/// The longest command to `SQLite`, the file's own tables included.
const MAX_SQL_BYTES: i32 = 64 << 10;

/// How long a question to a file may take: a large stock on a slow card takes a tenth of it.
const MAX_TIME: Duration = Duration::from_secs(60);

/// How many of its steps `SQLite` takes before it asks whether it took too long.
const STEPS: i32 = 100_000;

/// When a question to the file was asked.
#[derive(Clone)]
pub(super) struct TimeLimit {
    asked: Arc<Mutex<Instant>>,
    most: Duration,
}

impl Default for TimeLimit {
    fn default() -> Self {
        Self { asked: Arc::new(Mutex::new(Instant::now())), most: MAX_TIME }
    }
}

impl TimeLimit {
    /// A question is asked now.
    pub(super) fn begin(&self) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn is_over(&self) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).elapsed() > self.most
    }
}

/// Opens a file to be read and written.
pub(super) fn writable(path: &Path, time: &TimeLimit) -> Result<Connection, StockError> {
    begin(path)?;
    let failed = |error: rusqlite::Error| sentence(path, &error);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    // SQLite opens what it may not write to be read, and says so when something is to be written: beside what a kill
    // has left there, not before.
    if connection.is_readonly(MAIN_DB).map_err(failed)? {
        let reason = "its disk or its folder is read-only, or it is itself".into();
        return Err(StockError::ReadOnly { path: path.to_owned(), reason });
    }
    distrust(&connection, time).map_err(failed)?;
    migrate(&mut connection, path)?;
    connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    Ok(connection)
}

/// Opens a file to be read alone. Where it was closed well, it is taken as it lies: on a read-only disk, what others
/// would be kept away by cannot be written.
pub(super) fn readable(path: &Path, time: &TimeLimit) -> Result<Connection, StockError> {
    let failed = |error: rusqlite::Error| sentence(path, &error);
    let mut log = path.as_os_str().to_owned();
    log.push(LOG);
    let closed_well = Path::new(&log).metadata().map_or(true, |log| log.len() == 0);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if closed_well {
        Connection::open_with_flags(address(path), flags | OpenFlags::SQLITE_OPEN_URI)
    } else {
        Connection::open_with_flags(path, flags)
    };
    let connection = connection.map_err(failed)?;
    distrust(&connection, time).map_err(failed)?;
    let version = whose(&connection, path)?;
    if version != MIGRATIONS.len() as i64 {
        let reason = "it is of an older version, and cannot be made one of this".into();
        return Err(StockError::ReadOnly { path: path.to_owned(), reason });
    }
    Ok(connection)
}

/// A path as an address that says that nobody writes.
fn address(path: &Path) -> String {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                address.push(char::from(*byte));
            }
            // A string takes any text.
            other => drop(write!(address, "%{other:02X}")),
        }
    }
    address + "?immutable=1"
}

/// Begins an empty file where there is none, which this user alone may read; root begins it for the folder's owner.
fn begin(path: &Path) -> Result<(), StockError> {
    let begun = || -> io::Result<()> {
        let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        if geteuid().is_root() {
            let folder = file::folder_of(path).metadata()?;
            fchown(&new, Some(Uid::from_raw(folder.uid())), Some(Gid::from_raw(folder.gid())))?;
        }
        Ok(())
    };
    match begun() {
        // What cannot be begun may be there all the same, to be read.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !path.exists() => {
            Err(StockError::File { path: path.to_owned(), reason: error.to_string() })
        }
        _ => Ok(()),
    }
}

/// The file may have been damaged, or come from anyone.
fn distrust(connection: &Connection, time: &TimeLimit) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_BYTES)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    let time = time.clone();
    time.begin();
    connection.progress_handler(STEPS, Some(move || time.is_over()))?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// Checks whose file it is, and tells its version.
fn whose(connection: &Connection, path: &Path) -> Result<i64, StockError> {
    let failed = |error: rusqlite::Error| sentence(path, &error);
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let version = number("user_version").map_err(failed)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if number("application_id").map_err(failed)? != APPLICATION && (version != 0 || tables != 0) {
        return Err(strange(path));
    }
    if let Some(migrations) = usize::try_from(version).ok().and_then(|version| MIGRATIONS.get(..version))
        && tables_of(connection).map_err(failed)? != wanted_tables(migrations).map_err(failed)?
    {
        let reason = format!("its tables are not those of version {version}");
        return Err(StockError::Damaged { path: path.to_owned(), reason });
    }
    Ok(version)
}

/// The tables, indexes, views and triggers of a file, as they were begun; those that `SQLite` begins itself are left out.
fn tables_of(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare(
            "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// What these migrations make of an empty file.
fn wanted_tables(migrations: &[&str]) -> rusqlite::Result<Vec<(String, String)>> {
    let empty = Connection::open_in_memory()?;
    migrations.iter().try_for_each(|migration| empty.execute_batch(migration))?;
    tables_of(&empty)
}

/// A file that does not say that it is ours: it was, or it is another's.
fn strange(path: &Path) -> StockError {
    let path = path.to_owned();
    let beginning = file::beginning(&path, BEGINNING).unwrap_or_default();
    if beginning.windows(TRACE.len()).any(|bytes| bytes == TRACE) {
        StockError::Damaged { path, reason: "its beginning is overwritten".into() }
    } else {
        StockError::Foreign(path)
    }
}

/// Checks whose file it is, and makes it one of the newest version.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StockError> {
    let failed = |error: rusqlite::Error| sentence(path, &error);
    // Two programs that begin a stock together begin one: the second waits for the first.
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let version = whose(&step, path)?;
    let known = MIGRATIONS.len() as i64;
    let missing = usize::try_from(version).ok().and_then(|done| MIGRATIONS.get(done..));
    let Some(missing) = missing else {
        return Err(StockError::Newer { path: path.to_owned(), found: version, known });
    };
    if missing.is_empty() {
        // Nothing is written where nothing has to be: cards wear out.
        return Ok(());
    }
    for migration in missing {
        step.execute_batch(migration).map_err(failed)?;
    }
    step.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    step.pragma_update(None, "user_version", known).map_err(failed)?;
    step.commit().map_err(failed)
}

/// What `SQLite` says, in a sentence.
pub(super) fn sentence(path: &Path, error: &rusqlite::Error) -> StockError {
    let (path, reason) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => strange(&path),
        // Our own queries fit our own tables: where they do not, or hold something else, the file is not what it was.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::Unknown) | None => StockError::Damaged { path, reason },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StockError::Busy(path),
        Some(ErrorCode::OperationInterrupted) => StockError::File {
            path,
            reason: format!("it does not answer within {} seconds", MAX_TIME.as_secs()),
        },
        Some(ErrorCode::DiskFull) => StockError::Full(path),
        Some(ErrorCode::ReadOnly) => StockError::ReadOnly { path, reason },
        _ => StockError::File { path, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_without_end_is_given_up() {
        let connection = Connection::open_in_memory().expect("memory");
        let time = TimeLimit { most: Duration::from_millis(50), ..TimeLimit::default() };
        distrust(&connection, &time).expect("limits");
        let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT count(*) FROM c";
        let error = connection.query_row(endless, [], |row| row.get::<_, i64>(0)).expect_err("it has no end");
        assert!(sentence("a.db".as_ref(), &error).to_string().contains("does not answer"), "{error}");
        time.begin();
        connection.query_row("SELECT 1", [], |row| row.get::<_, i64>(0)).expect("the next is answered");
        let huge = "SELECT length(zeroblob(100000000))";
        assert!(connection.query_row(huge, [], |row| row.get::<_, i64>(0)).is_err(), "it is too long");
    }
}
