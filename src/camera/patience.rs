//! The time that a camera's keeper needs: to wait, and to know how long something has lasted.

use std::thread;
use std::time::{Duration, Instant};

/// Time as it passes. [`WallTime`] is the real one; a test lets it pass as it likes.
pub trait Patience: Send {
    /// How long it has been since some moment that stays the same.
    fn now(&self) -> Duration;

    /// Lets this much time pass.
    fn wait(&mut self, time: Duration);
}

/// Time as everyone knows it.
#[derive(Debug)]
pub struct WallTime(Instant);

impl Default for WallTime {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Patience for WallTime {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn wait(&mut self, time: Duration) {
        thread::sleep(time);
    }
}
