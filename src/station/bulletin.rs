//! The station's state, for whoever wants to know it: indicators, a page in a browser.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::Log;
use super::presence::Phase;
use crate::frame::Frame;
use crate::network::Reading;
use crate::sighting::Sighting;
use crate::sleeve::Outline;

/// What the station is at now. It is cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What it is at.
    pub phase: Phase,
    /// What is being said: a verdict, or that nothing is there; `None` while there is nothing to say.
    pub sighting: Option<Arc<Sighting>>,
    /// What was read, where a verdict is being said: the mean of the readings that agreed.
    pub reading: Option<Arc<Reading>>,
    /// The frame in which that was seen, the sharpest of those that agreed: the sighting's outline is the sleeve's in it.
    pub seen: Option<Arc<Frame>>,
    /// The number of the sleeve of which something is said, from 1; 0 while there is none. A verdict on the same sleeve
    /// may be refined by its words.
    pub sleeve: u64,
    /// Whether the words of that sleeve are still being read.
    pub reads_words: bool,
    /// The last frame that was looked at.
    pub frame: Option<Arc<Frame>>,
    /// The sleeve in that frame, where one was found.
    pub outline: Option<Outline>,
    /// What is wrong with the camera, as a sentence, while it gives no pictures.
    pub trouble: Option<Arc<str>>,
    /// How long the station has been running, or how much time its frames tell of: what blinks, blinks by it.
    pub at: Duration,
    /// What the run came to so far.
    pub log: Log,
}

/// A board on which the station posts its [`State`], and which anyone may read at any pace: the newest is
/// there, what was missed is gone.
///
/// ```
/// use sleevesight::station::{Bulletin, Phase};
/// use std::time::Duration;
///
/// let bulletin = Bulletin::default();
/// let (edition, _) = bulletin.read();
/// bulletin.post(|state| state.phase = Phase::Empty);
/// let (_, state) = bulletin.wait(edition, Duration::from_secs(1)).expect("there is news");
/// assert_eq!(state.phase, Phase::Empty);
/// ```
#[derive(Debug, Default)]
pub struct Bulletin {
    inner: Mutex<Inner>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    edition: u64,
    closed: bool,
}

impl Bulletin {
    /// Changes the state, and wakes who waits for news.
    pub fn post(&self, change: impl FnOnce(&mut State)) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut inner.state);
        inner.edition += 1;
        self.news.notify_all();
    }

    /// The state as it is now, and its number.
    #[must_use]
    pub fn read(&self) -> (u64, State) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        (inner.edition, inner.state.clone())
    }

    /// The state when it has another number than this one, for which it waits so long at most; `None` where
    /// there is no news.
    #[must_use]
    pub fn wait(&self, edition: u64, at_most: Duration) -> Option<(u64, State)> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let old = |inner: &mut Inner| inner.edition == edition && !inner.closed;
        let (inner, _) =
            self.news.wait_timeout_while(inner, at_most, old).unwrap_or_else(PoisonError::into_inner);
        (inner.edition != edition).then(|| (inner.edition, inner.state.clone()))
    }

    /// Whether the station has stopped: there will be no news.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).closed
    }

    pub(super) fn close(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.news.notify_all();
    }
}
