//! Covers of the stock that another model has read are read anew while the station runs.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sleevesight::notices::{Matter, Notices};
use sleevesight::reader::Reader;
use sleevesight::sleeve::Cover;
use sleevesight::stock::Stock;

/// Reads those of the reader's stock, until all are read or it is told that the run has ended. It is said meanwhile, and
/// after it where it did not succeed; each record is known as soon as its cover is read.
pub(super) fn renew(reader: &Reader, path: &Path, notices: &Notices, ended: &AtomicBool) {
    let unread = reader.stock().map_or(0, |stock| stock.unread());
    if unread == 0 {
        return;
    }
    let about = format!(
        "{unread} covers of {} were read by another model than {}",
        path.display(),
        reader.bundle().name
    );
    notices.put(Matter::Renewal, format!("{about}; they are being read again, and until then not known"));
    let has_ended = || ended.load(Ordering::Relaxed);
    let read = |cover: &Cover| {
        if has_ended() {
            return Err("the station stops".into());
        }
        reader.read_cover(cover).map(|reading| reading.embedding).map_err(|error| error.to_string())
    };
    match Stock::renew(path, reader.bundle(), read, |_, _| ()) {
        Ok(_) => notices.take(Matter::Renewal, "all covers of the stock are read by the model in use"),
        Err(_) if has_ended() => {}
        Err(error) => notices.put(
            Matter::Renewal,
            format!("{about}, and not all could be read again: {error}; it is tried at the next start"),
        ),
    }
}
