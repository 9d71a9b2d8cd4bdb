//! How much clients may ask of the kiosk.

use std::time::Duration;

/// How much clients may ask of the kiosk, all of them together or each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many connections there may be at once. A browser needs two or three.
    pub connections: usize,
    /// How many of them may come from other machines: the rest is kept for the page of this one.
    pub from_network: usize,
    /// How many clients of this machine may follow the events at once, and how many of the network. A browser's seven
    /// tabs and a till do, and so do the fifty clients of `examples/crowd.rs`.
    pub followers: usize,
    /// The most bytes that a request may bring: a few lines of text.
    pub body: usize,
    /// The most bytes of a request's head; at least 8192.
    pub head_bytes: usize,
    /// How long a client may take for the head of a request, and rest between two.
    pub head: Duration,
    /// How long a request may take. Waiting for the next picture is given up before that.
    pub answer: Duration,
    /// How long a client may read nothing of an answer that waits for it.
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 192,
            from_network: 128,
            followers: 64,
            body: 16 << 10,
            head_bytes: 16 << 10,
            head: Duration::from_secs(20),
            answer: Duration::from_secs(15),
            write: Duration::from_secs(20),
        }
    }
}
