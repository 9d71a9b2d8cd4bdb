//! Who is signed in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How many may be signed in at once; who comes after that signs out who did nothing for longest.
const MOST: usize = 8;

/// The staff who are signed in, each by a random word that their browser keeps.
#[derive(Debug)]
pub(super) struct Sessions {
    /// How long one lasts that nothing is done in.
    idle: Duration,
    open: HashMap<String, Instant>,
}

impl Sessions {
    pub(super) fn new(idle: Duration) -> Self {
        Self { idle, open: HashMap::new() }
    }

    pub(super) fn open(&mut self, word: String, now: Instant) {
        self.open.retain(|_, last| now.saturating_duration_since(*last) < self.idle);
        if self.open.len() >= MOST {
            let oldest = self.open.iter().min_by_key(|(_, last)| **last).map(|(word, _)| word.clone());
            oldest.map(|word| self.open.remove(&word));
        }
        self.open.insert(word, now);
    }

    /// Whether it is open; if so, it lasts from now on.
    pub(super) fn renew(&mut self, word: &str, now: Instant) -> bool {
        let idle = self.idle;
        let Some(last) = self.open.get_mut(word) else { return false };
        if now.saturating_duration_since(*last) >= idle {
            self.open.remove(word);
            return false;
        }
        *last = now;
        true
    }

    pub(super) fn close(&mut self, word: &str) {
        self.open.remove(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_nothing_is_done_in_it() {
        let (mut sessions, start) = (Sessions::new(Duration::from_secs(600)), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        sessions.open("a".into(), start);
        assert!(sessions.renew("a", after(599)) && sessions.renew("a", after(1198)));
        assert!(!sessions.renew("a", after(1798)) && !sessions.renew("a", after(1798)));
        assert!(!sessions.renew("b", start));
    }

    #[test]
    fn a_ninth_signs_out_who_did_nothing_for_longest() {
        let (mut sessions, start) = (Sessions::new(Duration::from_secs(600)), Instant::now());
        for second in 0..9 {
            sessions.open(second.to_string(), start + Duration::from_secs(second));
        }
        let now = start + Duration::from_secs(10);
        assert!(!sessions.renew("0", now));
        assert!((1..9).all(|second| sessions.renew(&second.to_string(), now)));
        sessions.close("5");
        assert!(!sessions.renew("5", now));
    }
}
