//! One place for the newest of something: what is not fetched in time is replaced.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A place for one value, which the newest takes: whoever is slow gets the newest, never a queue.
#[derive(Debug)]
pub struct Slot<T> {
    inner: Mutex<Inner<T>>,
    filled: Condvar,
}

#[derive(Debug)]
struct Inner<T> {
    value: Option<T>,
    replaced: u64,
    closed: bool,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        let inner = Inner { value: None, replaced: 0, closed: false };
        Self { inner: Mutex::new(inner), filled: Condvar::new() }
    }
}

impl<T> Slot<T> {
    /// Puts a value into the place, instead of the one that is there.
    pub fn put(&self, value: T) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.value.replace(value).is_some() {
            inner.replaced += 1;
        }
        self.filled.notify_one();
    }

    /// No value comes any more; one that is there can still be fetched.
    pub fn close(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.filled.notify_all();
    }

    /// Whether [`Slot::close`] was called and nothing is left.
    pub fn is_done(&self) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.closed && inner.value.is_none()
    }

    /// How many values were replaced before anyone fetched them.
    pub fn replaced(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).replaced
    }

    /// Fetches the value, for which it waits this long at most; `None` where none came, or none will.
    pub fn take(&self, at_most: Duration) -> Option<T> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = |inner: &mut Inner<T>| inner.value.is_none() && !inner.closed;
        let (mut inner, _) =
            self.filled.wait_timeout_while(inner, at_most, empty).unwrap_or_else(PoisonError::into_inner);
        inner.value.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_wins_and_what_it_replaced_is_counted() {
        let slot = Slot::default();
        (1..=5).for_each(|value| slot.put(value));
        assert_eq!((slot.take(Duration::ZERO), slot.replaced()), (Some(5), 4));
        assert_eq!(slot.take(Duration::ZERO), None);
        slot.put(6);
        slot.close();
        assert!(!slot.is_done(), "one is left");
        assert_eq!(slot.take(Duration::MAX), Some(6));
        assert_eq!(slot.take(Duration::MAX), None, "a closed slot lets nobody wait");
        assert!(slot.is_done());
    }
}
