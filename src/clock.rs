//! The clock on the wall: nothing depends on it but dates, and where it is wrong, that is said.

use std::time::{Duration, SystemTime};

use crate::notices::{Matter, Notices};

/// No clock is right that says an earlier time: when this was written, in seconds since 1970.
pub const WRITTEN: u64 = 1_790_000_000;

/// What is typed to set it.
pub const SET: &str = "sudo timedatectl set-time '2027-01-31 12:00'";

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// By so much it may be set without a word: that is what a network corrects it by, now and then.
const SMALL: Duration = Duration::from_secs(60);

/// Whether it says a time that can be.
#[must_use]
pub fn is_possible(wall: SystemTime) -> bool {
    wall >= SystemTime::UNIX_EPOCH + Duration::from_secs(WRITTEN)
}

/// Looks at the clock beside time that only goes forward. A time that cannot be is put on the board of notices.
///
/// ```
/// use sleevesight::clock::{Clock, WRITTEN};
/// use sleevesight::notices::Notices;
/// use std::time::{Duration, SystemTime};
///
/// let (mut clock, notices) = (Clock::default(), Notices::default());
/// assert_eq!(clock.look(Duration::ZERO, SystemTime::UNIX_EPOCH, &notices), None);
/// assert!(notices.read()[0].sentence.contains("1970"));
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(WRITTEN);
/// let jump = clock.look(Duration::from_secs(9), now, &notices).expect("it was set");
/// assert!(jump.contains("forward") && notices.read().is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock(Option<(Duration, SystemTime)>);

impl Clock {
    /// It says `wall`, `passed` after whenever this began. That it was set, and by how much, is told as a sentence: it is
    /// for the log alone, since it is what a network does to a board that has just been started.
    pub fn look(&mut self, passed: Duration, wall: SystemTime, notices: &Notices) -> Option<String> {
        if self.0.is_some_and(|(then, _)| passed.saturating_sub(then) < EVERY) {
            return None;
        }
        let before = self.0.replace((passed, wall));
        if is_possible(wall) {
            notices.take(Matter::Clock, "the clock says a time that can be");
        } else {
            notices.put(
                Matter::Clock,
                format!(
                    "the clock says that it is {}, so that dates of what is kept are wrong; let this machine see a network once, or type, with the right time: {SET}",
                    year(wall)
                ),
            );
        }
        let (then, said) = before?;
        let expected = said.checked_add(passed.saturating_sub(then))?;
        let (way, jump) = match wall.duration_since(expected) {
            Ok(ahead) => ("forward", ahead),
            Err(behind) => ("back", behind.duration()),
        };
        (jump > SMALL).then(|| format!("the clock was set {way} by {} s", jump.as_secs()))
    }
}

/// The year that it says; before 1970, that year.
#[must_use]
pub fn year(wall: SystemTime) -> u64 {
    let since = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    1970 + since.as_secs() / 31_556_952
}
