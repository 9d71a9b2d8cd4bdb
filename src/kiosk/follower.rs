//! What follows the station, and prepares what clients are told and shown.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

use super::darkroom::Darkroom;
use super::herald::{Announcement, Herald, Trouble};
use super::inbox::{Inbox, Showing};
use super::metrics::Metrics;
use super::shot::Shot;
use super::{House, KioskSettings};
use crate::notices::Notices;
use crate::sleeve::flatten;
use crate::station::{Bulletin, State};

/// How often it looks whether to end.
const TICK: Duration = Duration::from_millis(200);

/// The least time from one picture to the next: a picture is printed for people, and each print costs the board what
/// it could read sleeves with.
const PACE: Duration = Duration::from_millis(80);

/// What is told, and its JSON, which is written once for all clients.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) told: Announcement,
    pub(super) json: String,
}

impl News {
    fn of(told: Announcement) -> Self {
        let json = serde_json::to_string(&told).expect("an announcement can be written as JSON");
        Self { told, json }
    }
}

/// What the server shows, as it is now: the end of the follower that handlers hold.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) house: House,
    pub(super) language: Option<String>,
    pub(super) news: watch::Receiver<Arc<News>>,
    pub(super) shots: watch::Receiver<Option<Shot>>,
    pub(super) darkroom: Darkroom,
    pub(super) inbox: Arc<Mutex<Inbox>>,
    pub(super) metrics: Arc<Metrics>,
}

/// Follows the station.
#[derive(Debug)]
pub(super) struct Follower {
    herald: Herald,
    news: watch::Sender<Arc<News>>,
    shots: watch::Sender<Option<Shot>>,
    /// When the last picture was handed on.
    handed: Option<Instant>,
    inbox: Arc<Mutex<Inbox>>,
    metrics: Arc<Metrics>,
    /// What is wrong from the start.
    trouble: Option<Trouble>,
    /// What is wrong besides.
    notices: Notices,
}

impl Follower {
    /// The follower, and what it prepares.
    pub(super) fn new(house: House, settings: &KioskSettings) -> (Self, Stage) {
        let trouble = house.trouble.clone().map(|(with, sentence)| Trouble { with, sentence });
        let notices = house.notices.clone();
        let first =
            Announcement { trouble: trouble.clone(), notices: notices.read(), ..Announcement::default() };
        let (news, told) = watch::channel(Arc::new(News::of(first)));
        let (shots, shown) = watch::channel(None);
        let inbox = Arc::new(Mutex::new(Inbox::default()));
        let metrics = Arc::new(Metrics::new(house.bundle.as_deref()));
        let stage = Stage {
            house,
            language: settings.language.clone(),
            news: told,
            shots: shown,
            darkroom: Darkroom::default(),
            inbox: Arc::clone(&inbox),
            metrics: Arc::clone(&metrics),
        };
        let herald = Herald::default();
        (Self { herald, news, shots, handed: None, inbox, metrics, trouble, notices }, stage)
    }

    /// Follows until it is told to end.
    pub(super) fn follow(mut self, bulletin: &Bulletin, ended: &AtomicBool) {
        let (mut edition, state) = bulletin.read();
        self.see(edition, &state);
        while !ended.load(Ordering::Relaxed) {
            if bulletin.is_closed() {
                // The station stopped, and so will the program.
                return;
            }
            if let Some((next, state)) = bulletin.wait(edition, TICK) {
                edition = next;
                self.see(edition, &state);
            } else {
                let told = self.news.borrow().told.clone();
                self.tell(told);
            }
        }
    }

    fn see(&mut self, edition: u64, state: &State) {
        self.metrics.count(state, self.trouble.is_some());
        let mut told = self.herald.announce(state);
        if let Some(trouble) = &self.trouble {
            told.trouble = Some(trouble.clone());
        }
        let is_new = told.number != self.news.borrow().told.number;
        if is_new && told.is_of_a_sleeve() {
            self.metrics.say(&told);
            self.keep(&told, state);
        } else if told.is_of_a_sleeve() {
            // Its words may have refined it.
            self.inbox.lock().unwrap_or_else(PoisonError::into_inner).refine(&told);
        }
        self.tell(told);
        self.show(edition, state);
    }

    /// Tells this and what is on the board of notices, where either is new.
    fn tell(&self, told: Announcement) {
        let told = Announcement { notices: self.notices.read(), ..told };
        self.news.send_if_modified(|news| {
            let changed = news.told != told;
            if changed {
                *news = Arc::new(News::of(told));
            }
            changed
        });
    }

    /// Keeps what was said for the staff, before anyone is told of it.
    fn keep(&self, told: &Announcement, state: &State) {
        let (Some(sighting), Some(reading), Some(seen)) = (&state.sighting, &state.reading, &state.seen)
        else {
            return;
        };
        let cover = sighting.outline.and_then(|outline| flatten(&seen.picture, &outline));
        if let Some(cover) = cover {
            let showing = Showing::new(told.clone(), Arc::clone(reading), &cover, SystemTime::now());
            self.inbox.lock().unwrap_or_else(PoisonError::into_inner).put(showing);
        }
    }

    fn show(&mut self, edition: u64, state: &State) {
        if state.trouble.is_some() {
            self.shots.send_if_modified(|shot| shot.take().is_some());
            return;
        }
        let Some(frame) = &state.frame else { return };
        if self.handed.is_some_and(|handed| handed.elapsed() < PACE) {
            return;
        }
        self.handed = Some(Instant::now());
        let shot = Shot { number: edition, frame: Arc::clone(frame), outline: state.outline };
        self.shots.send_replace(Some(shot));
    }
}
