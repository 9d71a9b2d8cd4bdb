//! What is wrong and does not stop the station: on the screen and in the log, once each, until it is mended.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::level::Level;

/// What a notice is about. Each has its sentence for customers in every language of the kiosk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Matter {
    /// The shop's own records: damaged, or of no use, and the station goes on without them.
    Stock,
    /// Records that are not known for the time being: another network has read their covers.
    Renewal,
    /// The bundle: damaged, and another is in use.
    Model,
    /// The words on sleeves cannot be read, and the picture alone decides.
    Words,
    /// Nothing new can be kept: the disk is full, say, or read-only.
    Disk,
    /// It is too hot, and the station looks less often.
    Heat,
    /// The clock says a time that cannot be.
    Clock,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What it is about.
    #[serde(rename = "with")]
    pub matter: Matter,
    /// What is wrong and what to do, in English.
    pub sentence: String,
}

/// The board on which notices are put, one a matter, and from which they are taken when all is well again. Clones are
/// the same board. What is put there is told to the log, too.
///
/// ```
/// use sleevesight::notices::{Matter, Notices};
///
/// let board = Notices::default();
/// board.put(Matter::Heat, "it is too hot".into());
/// assert_eq!(board.read()[0].sentence, "it is too hot");
/// board.take(Matter::Heat, "it has cooled down");
/// assert!(board.read().is_empty());
/// ```
#[derive(Clone, Default)]
pub struct Notices(Arc<Mutex<Board>>);

type Log = Box<dyn FnMut(Level, &str) + Send>;

#[derive(Default)]
struct Board {
    notices: Vec<Notice>,
    log: Option<Log>,
}

impl fmt::Debug for Notices {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Notices").field(&self.read()).finish()
    }
}

impl Notices {
    /// An empty board that tells `log` what is put on it.
    pub fn logged(log: impl FnMut(Level, &str) + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Board { notices: Vec::new(), log: Some(Box::new(log)) })))
    }

    /// Puts a notice in place of the one on the same matter. It is logged where it is new.
    pub fn put(&self, matter: Matter, sentence: String) {
        let mut board = self.board();
        let notice = Notice { matter, sentence };
        if board.notices.contains(&notice) {
            return;
        }
        board.tell(Level::Warning, &notice.sentence);
        board.notices.retain(|other| other.matter != matter);
        board.notices.push(notice);
        board.notices.sort_by_key(|notice| notice.matter);
    }

    /// Takes the notice on a matter away, if there is one, and logs that.
    pub fn take(&self, matter: Matter, sentence: &str) {
        let mut board = self.board();
        let before = board.notices.len();
        board.notices.retain(|notice| notice.matter != matter);
        if board.notices.len() < before {
            board.tell(Level::Notice, sentence);
        }
    }

    /// What is on it now, one notice a matter.
    #[must_use]
    pub fn read(&self) -> Vec<Notice> {
        self.board().notices.clone()
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Board {
    fn tell(&mut self, level: Level, sentence: &str) {
        if let Some(log) = &mut self.log {
            log(level, sentence);
        }
    }
}
