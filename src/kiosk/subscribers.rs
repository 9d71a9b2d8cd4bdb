//! Who follows the events: only so many at once. One more ends the stream that began first, whose client may ask again:
//! nobody keeps others out by staying.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::oneshot;
use tokio_stream::Stream;
use tokio_stream::wrappers::WatchStream;

use super::follower::News;
use super::metrics::Metrics;
use super::places::Peer;

/// The streams that are open, the one that began first before the others.
#[derive(Debug)]
pub(super) struct Subscribers {
    /// How many of this machine there may be, and how many of the network.
    most: usize,
    open: Mutex<Vec<Open>>,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Open {
    peer: Peer,
    /// Dropping it ends the stream.
    end: oneshot::Sender<()>,
}

impl Subscribers {
    pub(super) fn new(most: usize, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default(), metrics })
    }

    /// A stream of news for one more.
    pub(super) fn subscribe(self: &Arc<Self>, peer: Peer, news: WatchStream<Arc<News>>) -> Subscription {
        let (end, ended) = oneshot::channel();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Those whose clients went away are no longer there.
        open.retain(|other| !other.end.is_closed());
        if open.iter().filter(|other| other.peer == peer).count() >= self.most {
            let first = open.iter().position(|other| other.peer == peer);
            first.map(|place| open.remove(place));
        }
        open.push(Open { peer, end });
        self.metrics.clients.inc();
        Subscription { news, ended: Some(ended), metrics: Arc::clone(&self.metrics) }
    }
}

/// What one who follows is told, until the stream is ended for another's sake.
#[derive(Debug)]
pub(super) struct Subscription {
    news: WatchStream<Arc<News>>,
    ended: Option<oneshot::Receiver<()>>,
    metrics: Arc<Metrics>,
}

impl Stream for Subscription {
    type Item = Arc<News>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Arc<News>>> {
        let Some(ended) = &mut self.ended else { return Poll::Ready(None) };
        if Pin::new(ended).poll(context).is_ready() {
            self.ended = None;
            return Poll::Ready(None);
        }
        Pin::new(&mut self.news).poll_next(context)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.metrics.clients.dec();
    }
}
