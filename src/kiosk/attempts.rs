//! How often a PIN may be tried.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many tries there are in [`WITHIN`], by all clients together.
const MOST: usize = 10;

/// The time over which tries are counted.
const WITHIN: Duration = Duration::from_secs(60);

/// The tries of the last minute.
#[derive(Debug, Default)]
pub(super) struct Attempts(VecDeque<Instant>);

impl Attempts {
    /// Counts a try, or tells how long to wait for the next.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        while self.0.front().is_some_and(|first| now.saturating_duration_since(*first) >= WITHIN) {
            self.0.pop_front();
        }
        match self.0.front() {
            Some(first) if self.0.len() >= MOST => Err(WITHIN - now.saturating_duration_since(*first)),
            _ => {
                self.0.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_a_minute_and_then_one_waits() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!((0..10).all(|second| attempts.admit(after(second)).is_ok()));
        assert_eq!(attempts.admit(after(20)), Err(Duration::from_secs(40)));
        assert_eq!(attempts.admit(after(60)), Ok(()), "the first is forgotten");
        assert_eq!(attempts.admit(after(60)), Err(Duration::from_secs(1)));
    }
}
