//! The sleeves of which something was said lately: in memory alone, and few.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Bytes;
use image::RgbImage;

use super::darkroom;
use super::herald::Announcement;
use crate::explanation::explanation;
use crate::network::Reading;
use crate::picture;
use crate::sleeve::Cover;

/// How many are kept.
const MOST: usize = 24;

/// The side of a cover that is kept, in pixels: enough to look at, and to learn from.
const SIDE: u32 = 512;

/// One sleeve that was shown: what was said of it, and what that rests on.
#[derive(Clone, Debug)]
pub(super) struct Showing {
    /// The number of its announcement.
    pub(super) number: u64,
    pub(super) at: SystemTime,
    pub(super) said: Announcement,
    pub(super) reading: Arc<Reading>,
    /// The flat cover, as JPEG.
    pub(super) cover: Bytes,
}

impl Showing {
    pub(super) fn new(said: Announcement, reading: Arc<Reading>, cover: &Cover, at: SystemTime) -> Self {
        let cover = darkroom::cover(cover.picture(), SIDE).into();
        Self { number: said.number, at, said, reading, cover }
    }

    /// The flat cover, as it was kept.
    pub(super) fn picture(&self) -> RgbImage {
        picture::decode(&self.cover).expect("what was encoded here can be decoded")
    }

    /// What speaks on the cover for a genre, by its place among the logits, as JPEG; `None` where it has no such
    /// place.
    pub(super) fn why(&self, genre: usize) -> Option<Vec<u8>> {
        let cover = Cover::centred(&self.picture());
        (genre < self.reading.logits.len())
            .then(|| darkroom::cover(&explanation(&cover, &self.reading, genre), SIDE))
    }
}

/// The last sleeves of which something was said, the newest first.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    lately: VecDeque<Arc<Showing>>,
    /// The last of them, whatever was made of it meanwhile.
    last: Option<Arc<Showing>>,
}

impl Inbox {
    pub(super) fn put(&mut self, showing: Showing) {
        let showing = Arc::new(showing);
        self.last = Some(Arc::clone(&showing));
        self.lately.push_front(showing);
        self.lately.truncate(MOST);
    }

    /// More is said of a sleeve that was shown, whatever was made of it meanwhile.
    pub(super) fn refine(&mut self, said: &Announcement) {
        let known = self.last.iter_mut().chain(&mut self.lately).filter(|known| known.number == said.number);
        for showing in known.filter(|known| known.said.is_otherwise(said)) {
            *showing = Arc::new(Showing { said: said.clone(), ..Showing::clone(showing) });
        }
    }

    /// The last of them, if that is its number.
    pub(super) fn last(&self, number: u64) -> Option<Arc<Showing>> {
        self.last.clone().filter(|showing| showing.number == number)
    }

    pub(super) fn get(&self, number: u64) -> Option<Arc<Showing>> {
        self.lately.iter().find(|showing| showing.number == number).cloned()
    }

    pub(super) fn take(&mut self, number: u64) -> Option<Arc<Showing>> {
        let place = self.lately.iter().position(|showing| showing.number == number)?;
        self.lately.remove(place)
    }

    /// What was taken is there again.
    pub(super) fn put_back(&mut self, showing: Arc<Showing>) {
        let place = self.lately.partition_point(|other| other.number > showing.number);
        self.lately.insert(place, showing);
        self.lately.truncate(MOST);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Showing>> {
        self.lately.iter()
    }
}
