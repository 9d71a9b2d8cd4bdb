//! Places for connections, some of which are for this machine alone: its page finds one however many ask from the network.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Limits;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    ThisMachine,
    Network,
}

impl Peer {
    pub(super) fn of(address: IpAddr) -> Self {
        if address.to_canonical().is_loopback() { Self::ThisMachine } else { Self::Network }
    }
}

/// What the time limits of a client that has one of the last places are divided by.
const TIME_DIVISOR: u32 = 10;

/// The places that are free.
#[derive(Debug)]
pub(super) struct Places {
    limits: Limits,
    all: Arc<Semaphore>,
    network: Arc<Semaphore>,
}

/// A place that is taken; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place {
    _one: OwnedSemaphorePermit,
    _of_network: Option<OwnedSemaphorePermit>,
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self { limits: *limits, all: places(limits.connections), network: places(limits.from_network) }
    }

    /// A place, unless all are taken that this peer may have.
    pub(super) fn take(&self, peer: Peer) -> Option<Place> {
        let free = |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned().ok();
        let of_network = match peer {
            Peer::ThisMachine => None,
            Peer::Network => Some(free(&self.network)?),
        };
        Some(Place { _one: free(&self.all)?, _of_network: of_network })
    }

    /// What holds for who takes a place now. The last quarter is for who makes haste: nobody holds all places by doing
    /// nothing.
    pub(super) fn limits(&self) -> Limits {
        let Limits { connections, head, write, .. } = self.limits;
        if self.all.available_permits() >= connections / 4 {
            return self.limits;
        }
        Limits { head: head / TIME_DIVISOR, write: write / TIME_DIVISOR, ..self.limits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_leaves_places_for_this_machine() {
        let places = Places::new(&Limits { connections: 3, from_network: 2, ..Limits::default() });
        let [own, mapped, other] = ["127.0.0.1", "::ffff:127.0.0.1", "192.168.1.7"]
            .map(|address| Peer::of(address.parse().expect("an address")));
        assert_eq!([own, mapped, other], [Peer::ThisMachine, Peer::ThisMachine, Peer::Network]);
        let taken = [places.take(other), places.take(other)];
        assert!(taken.iter().all(Option::is_some) && places.take(other).is_none());
        let last = places.take(own);
        assert!(last.is_some() && places.take(own).is_none());
        drop(taken);
        assert!(places.take(other).is_some(), "who leaves makes room");
    }
}
