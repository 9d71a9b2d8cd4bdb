//! The service manager, systemd, told of how the station gets on.
//!
//! Its watchdog is fed by what the station gets done, not by a timer beside it: a reader that hangs is a station that
//! hangs, and is started anew.

use std::io;
use std::time::Duration;

use sd_notify::NotifyState;

/// The least time that a watchdog gives: a look at a frame may take a second on a slow board.
const LEAST: Duration = Duration::from_secs(30);

/// How much longer than the slowest camera's silence a watchdog waits: a camera that is silent is opened anew, and
/// that is progress.
const GRACE: Duration = Duration::from_secs(20);

/// The watchdog is fed so many times in the time that it gives.
const MEALS: u32 = 4;

/// What a service manager may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News<'a> {
    /// The station is up.
    Ready,
    /// It has got something done.
    Alive,
    /// What it is at, in a sentence.
    Status(&'a str),
    /// The watchdog shall give this much time.
    Patience(Duration),
    /// It is being shut down, and that is well.
    Stopping,
}

/// A service manager, or what stands in for one.
pub trait Manager {
    /// How long it waits for a sign of life; `None` where it does not wait for one.
    fn watchdog(&self) -> Option<Duration>;

    /// Tells it these.
    ///
    /// # Errors
    ///
    /// What the system says, where it cannot be reached.
    fn tell(&mut self, news: News<'_>) -> io::Result<()>;
}

/// systemd, by the protocol of `sd_notify(3)`. Where the program was not started by it, nobody is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Systemd;

impl Manager for Systemd {
    fn watchdog(&self) -> Option<Duration> {
        sd_notify::watchdog_enabled()
    }

    fn tell(&mut self, news: News<'_>) -> io::Result<()> {
        sd_notify::notify(&[match news {
            News::Ready => NotifyState::Ready,
            News::Alive => NotifyState::Watchdog,
            News::Status(sentence) => NotifyState::Status(sentence),
            News::Patience(time) => {
                NotifyState::WatchdogUsec(u32::try_from(time.as_micros()).unwrap_or(u32::MAX))
            }
            News::Stopping => NotifyState::Stopping,
        }])
    }
}

/// The station as its manager sees it: ready once, alive whenever something was done, and never told more often than
/// it wants to know. One that cannot be told any more is let be: it will do what it must.
///
/// ```
/// use sleevesight::service::{Manager, News, Service};
/// use std::io;
/// use std::time::Duration;
///
/// struct Ear(u32);
///
/// impl Manager for &mut Ear {
///     fn watchdog(&self) -> Option<Duration> {
///         Some(Duration::from_secs(40))
///     }
///
///     fn tell(&mut self, news: News<'_>) -> io::Result<()> {
///         self.0 += u32::from(news == News::Alive);
///         Ok(())
///     }
/// }
///
/// let mut ear = Ear(0);
/// let mut service = Service::begin(&mut ear, Duration::from_secs(2));
/// (0..100).for_each(|second| service.alive(Duration::from_secs(second), None));
/// drop(service);
/// assert_eq!(ear.0, 10);
/// ```
#[derive(Debug)]
pub struct Service<M: Manager> {
    manager: M,
    /// The time from one sign of life to the next; `None` where nobody waits for one.
    interval: Option<Duration>,
    last: Option<Duration>,
    status: Option<String>,
}

impl<M: Manager> Service<M> {
    /// The station is up. `silence`: how long its camera may give nothing before it is opened anew, which is the
    /// longest that a station that is well gets nothing done.
    pub fn begin(manager: M, silence: Duration) -> Self {
        let mut service = Self { manager, interval: None, last: None, status: None };
        if let Some(given) = service.manager.watchdog() {
            let needed = LEAST.max(silence + GRACE);
            if given < needed {
                service.tell(News::Patience(needed));
            }
            service.interval = Some(given.max(needed) / MEALS);
        }
        service.tell(News::Ready);
        service
    }

    /// Something was done, at this time since the start; `trouble`: what is wrong nevertheless, as a sentence.
    pub fn alive(&mut self, at: Duration, trouble: Option<&str>) {
        let status = trouble.unwrap_or("all is well");
        if self.status.as_deref() != Some(status) {
            self.tell(News::Status(status));
            self.status = Some(status.to_owned());
        }
        let Some(interval) = self.interval else { return };
        if self.last.is_none_or(|last| at.saturating_sub(last) >= interval) {
            self.tell(News::Alive);
            self.last = Some(at);
        }
    }

    fn tell(&mut self, news: News<'_>) {
        let _ = self.manager.tell(news);
    }
}

impl<M: Manager> Drop for Service<M> {
    fn drop(&mut self) {
        self.tell(News::Stopping);
    }
}
