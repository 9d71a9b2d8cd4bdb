//! How often a PIN may be tried.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::file;

/// How many tries there are in [`WITHIN`], by all clients together.
const MOST: usize = 10;

/// The time over which tries are counted.
const WITHIN: Duration = Duration::from_secs(60);

/// The most bytes of the file with their times.
const LARGEST: u64 = 1 << 10;

/// The tries of the last minute.
#[derive(Debug, Default)]
pub(super) struct Attempts(VecDeque<Instant>);

impl Attempts {
    /// Those that were kept in a file; none where there is none.
    pub(super) fn kept(file: &Path, now: Instant, wall: SystemTime) -> Self {
        let text = file::read_at_most(file, LARGEST).ok().and_then(|text| String::from_utf8(text).ok());
        let mut tries: Vec<Instant> = text
            .iter()
            .flat_map(|text| text.lines())
            .filter_map(|line| UNIX_EPOCH.checked_add(Duration::from_millis(line.parse().ok()?)))
            // The clock may have been set back since then: the try counts as one of now.
            .filter_map(|at| now.checked_sub(wall.duration_since(at).unwrap_or_default()))
            .take(MOST)
            .collect();
        tries.sort();
        Self(tries.into())
    }

    /// Their times, as they are kept in a file.
    pub(super) fn text(&self, now: Instant, wall: SystemTime) -> String {
        let since_1970 = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = |at: &Instant| since_1970.saturating_sub(now.saturating_duration_since(*at)).as_millis();
        self.0.iter().map(|one| format!("{}\n", at(one))).collect()
    }

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

    #[test]
    fn tries_are_counted_beyond_a_start() {
        let (start, wall) = (Instant::now(), UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, after) = (folder.path().join("tries"), Duration::from_secs);
        assert!(Attempts::kept(&path, start, wall).0.is_empty());
        let mut attempts = Attempts::default();
        assert!((0..10).all(|second| attempts.admit(start + after(second)).is_ok()));
        std::fs::write(&path, attempts.text(start + after(9), wall + after(9))).expect("a file");
        let mut later = Attempts::kept(&path, start + after(30), wall + after(30));
        assert_eq!(later.admit(start + after(30)), Err(after(30)));
        assert_eq!(later.admit(start + after(60)), Ok(()));
        let mut set_back = Attempts::kept(&path, start + after(30), UNIX_EPOCH);
        assert_eq!(set_back.admit(start + after(30)), Err(after(60)), "a minute at most");
        std::fs::write(&path, "x\n-1\n99999999999999999999\n18446744073709551615\n").expect("a file");
        assert!(Attempts::kept(&path, start, wall).admit(start).is_ok());
    }
}
