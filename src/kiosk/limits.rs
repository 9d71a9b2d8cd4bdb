//! How much clients may ask of the kiosk.

use std::time::Duration;

/// How much clients may ask of the kiosk, all of them together or each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many connections there may be at once. A browser needs two or three.
    pub connections: usize,
    /// The most bytes that a request may bring: a few lines of text.
    pub body: usize,
    /// How long a client may take for the head of a request, and rest between two.
    pub head: Duration,
    /// How long a request may take. Waiting for the next picture is given up before that.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 192,
            body: 16 << 10,
            head: Duration::from_secs(20),
            answer: Duration::from_secs(15),
        }
    }
}
