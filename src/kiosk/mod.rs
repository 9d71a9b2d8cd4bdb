//! The kiosk: the station's page in a browser, for the customer before it, and for the shop's till.
//!
//! It follows the station as an indicator does, by its [`Bulletin`], from threads of its own: one waits for news and
//! prepares what is told, the other serves it. `docs/kiosk.md` tells what is served, `page/` is what a browser
//! shows of it.

mod attempts;
mod darkroom;
mod follower;
mod guard;
mod herald;
mod house;
mod inbox;
mod lessons;
mod limits;
mod metrics;
mod page;
mod pin;
mod places;
mod public;
mod refusal;
mod server;
mod sessions;
mod settings;
mod shelves;
mod shot;
mod staff;
mod subscribers;
mod write_timeout;

pub use house::House;
pub use limits::Limits;
pub use pin::{PinError, PinFile};
pub use settings::KioskSettings;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use tokio::sync::watch;

use crate::station::Bulletin;
use follower::Follower;
use guard::Guard;
use staff::Desk;

/// Why there is no kiosk. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KioskError {
    /// The address cannot be had.
    #[error(
        "the kiosk cannot listen on {address} ({reason}), and tries again; name another with --listen ADDR:PORT, or do without it by --no-kiosk"
    )]
    Address {
        /// Which one.
        address: SocketAddr,
        /// What the system said.
        reason: io::Error,
    },
    /// The address is that of a network, and nobody said that this is meant.
    #[error(
        "the kiosk would be open to the network on {0}; if that is meant, say so with --open-to-network or `open_to_network = true` under [kiosk], else listen on 127.0.0.1"
    )]
    Open(SocketAddr),
    /// The system gives it no thread, or no randomness.
    #[error("the kiosk cannot start ({0}); try again when this machine has less to do")]
    System(String),
}

/// A kiosk that has its address, and serves nothing yet.
#[derive(Debug)]
pub struct Kiosk {
    listener: TcpListener,
    address: SocketAddr,
    settings: KioskSettings,
    limits: Limits,
}

impl Kiosk {
    /// Takes the address.
    ///
    /// # Errors
    ///
    /// [`KioskError::Open`] where it is no loopback address and that was not asked for in words,
    /// [`KioskError::Address`] where it cannot be had.
    pub fn bind(settings: &KioskSettings) -> Result<Self, KioskError> {
        let wanted = settings.listen;
        if !wanted.ip().is_loopback() && !settings.open_to_network {
            return Err(KioskError::Open(wanted));
        }
        let refused = |reason| KioskError::Address { address: wanted, reason };
        let listener = TcpListener::bind(wanted).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { listener, address, settings: settings.clone(), limits: Limits::default() })
    }

    /// The same, with other limits for its clients.
    #[must_use]
    pub fn limited(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The address that it has: with port 0, the one that the system chose.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Another kiosk of the same address. Who asks is answered by either, and waits while neither serves.
    ///
    /// # Errors
    ///
    /// [`KioskError::System`].
    pub fn try_clone(&self) -> Result<Self, KioskError> {
        let listener = self.listener.try_clone().map_err(|error| KioskError::System(error.to_string()))?;
        Ok(Self { listener, settings: self.settings.clone(), ..*self })
    }

    /// Serves what the station posts there, until what is returned is dropped.
    ///
    /// # Errors
    ///
    /// [`KioskError::System`].
    pub fn serve(self, bulletin: Arc<Bulletin>, house: House) -> Result<Serving, KioskError> {
        let system = |error: &dyn std::fmt::Display| KioskError::System(error.to_string());
        let guard = Guard::new(&self.settings, guard::token().map_err(|error| system(&error))?);
        let desk = Desk::new(&self.settings, house.pin.clone());
        let (follower, stage) = Follower::new(house, &self.settings);

        let (stop, stopped) = watch::channel(false);
        let ended = Arc::new(AtomicBool::new(false));
        let follows = Arc::clone(&ended);
        let following = thread::Builder::new()
            .name("kiosk-follower".into())
            .spawn(move || follower.follow(&bulletin, &follows))
            .map_err(|error| system(&error))?;
        let mut serving = Serving { stop, ended, threads: vec![following] };
        let router = server::router(stage, guard, desk, &self.limits);
        let Self { listener, limits, .. } = self;
        let served = thread::Builder::new()
            .name("kiosk".into())
            .spawn(move || server::run(listener, &router, &limits, stopped))
            .map_err(|error| system(&error))?;
        serving.threads.push(served);
        Ok(serving)
    }
}

/// A kiosk that serves; dropping it ends that.
#[derive(Debug)]
pub struct Serving {
    stop: watch::Sender<bool>,
    ended: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            // A panic was told on standard error when it happened.
            let _ = thread.join();
        }
    }
}
