//! Who is signed in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::pin::PinProof;

/// How many may be signed in at once; who comes after that signs out who did nothing for longest.
const MOST: usize = 8;

/// The staff who are signed in, each by a random word that their browser keeps.
#[derive(Debug)]
pub(super) struct Sessions {
    /// How long one lasts in which nothing is changed.
    idle: Duration,
    open: HashMap<String, Session>,
}

#[derive(Debug)]
struct Session {
    /// When something was last changed.
    last: Instant,
    /// What proved the PIN: it ends when another PIN is set, or none.
    proof: PinProof,
}

impl Sessions {
    pub(super) fn new(idle: Duration) -> Self {
        Self { idle, open: HashMap::new() }
    }

    pub(super) fn open(&mut self, word: String, proof: PinProof, now: Instant) {
        self.open.retain(|_, session| now.saturating_duration_since(session.last) < self.idle);
        if self.open.len() >= MOST {
            let oldest = self.open.iter().min_by_key(|(_, session)| session.last);
            oldest.map(|(word, _)| word.clone()).map(|word| self.open.remove(&word));
        }
        self.open.insert(word, Session { last: now, proof });
    }

    /// Whether it is open, by what proves the PIN that is set now.
    pub(super) fn is_open(&mut self, word: &str, proof: Option<&PinProof>, now: Instant) -> bool {
        let Some(session) = self.open.get(word) else { return false };
        let lasts = now.saturating_duration_since(session.last) < self.idle && proof == Some(&session.proof);
        if !lasts {
            self.open.remove(word);
        }
        lasts
    }

    /// Something was changed in it: it lasts from now on.
    pub(super) fn renew(&mut self, word: &str, now: Instant) {
        if let Some(session) = self.open.get_mut(word) {
            session.last = now;
        }
    }

    pub(super) fn close(&mut self, word: &str) {
        self.open.remove(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(salt: &str) -> PinProof {
        PinProof::new(format!("$argon2id$v=19$m=8,t=1,p=1${salt}$c29tZXRoaW5nc29tZXRoaW5n")).expect("a hash")
    }

    #[test]
    fn a_session_ends_when_nothing_is_changed_in_it() {
        let (mut sessions, start) = (Sessions::new(Duration::from_secs(600)), Instant::now());
        let (pin, after) = (proof("c2FsdHNhbHQ"), |seconds| start + Duration::from_secs(seconds));
        sessions.open("a".into(), pin.clone(), start);
        assert!(sessions.is_open("a", Some(&pin), after(599)));
        sessions.renew("a", after(599));
        assert!(sessions.is_open("a", Some(&pin), after(1198)), "it was renewed");
        assert!(!sessions.is_open("a", Some(&pin), after(1199)), "looking does not renew it");
        assert!(!sessions.is_open("a", Some(&pin), after(600)), "it is gone");
        assert!(!sessions.is_open("b", Some(&pin), start));
    }

    #[test]
    fn a_session_ends_with_the_pin_that_opened_it() {
        let (mut sessions, now) = (Sessions::new(Duration::from_secs(600)), Instant::now());
        let (old, new) = (proof("c2FsdHNhbHQ"), proof("b3RoZXJzYWx0"));
        for end in [Some(&new), None] {
            sessions.open("a".into(), old.clone(), now);
            assert!(sessions.is_open("a", Some(&old), now) && !sessions.is_open("a", end, now));
            assert!(!sessions.is_open("a", Some(&old), now), "it does not come back with the old one");
        }
    }

    #[test]
    fn a_ninth_signs_out_who_did_nothing_for_longest() {
        let (mut sessions, start) = (Sessions::new(Duration::from_secs(600)), Instant::now());
        let pin = proof("c2FsdHNhbHQ");
        for second in 0..9 {
            sessions.open(second.to_string(), pin.clone(), start + Duration::from_secs(second));
        }
        let now = start + Duration::from_secs(10);
        assert!(!sessions.is_open("0", Some(&pin), now));
        assert!((1..9).all(|second| sessions.is_open(&second.to_string(), Some(&pin), now)));
        sessions.close("5");
        assert!(!sessions.is_open("5", Some(&pin), now));
    }
}
