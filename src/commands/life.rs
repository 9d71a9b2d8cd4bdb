//! A station's life: one run after the other, each with one model.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use sleevesight::config::Config;
use sleevesight::service::{Service, Systemd};

use super::changeover::Changeover;

/// What ends a run: a signal, or another model, with which the next begins.
pub(super) struct End {
    pub(super) stop: Arc<AtomicBool>,
    signalled: Arc<AtomicBool>,
    another_model: AtomicBool,
}

impl End {
    /// Listens for signals from now on.
    fn listening() -> anyhow::Result<Self> {
        let (stop, signalled) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let (stops, tells) = (Arc::clone(&stop), Arc::clone(&signalled));
        ctrlc::set_handler(move || {
            tells.store(true, Ordering::SeqCst);
            stops.store(true, Ordering::SeqCst);
        })
        .context("cannot listen for signals")?;
        Ok(Self { stop, signalled, another_model: AtomicBool::new(false) })
    }

    /// Ends the run where another model is to be taken.
    pub(super) fn look_for_another_model(&self, changeover: &mut Option<Changeover>, now: Duration) {
        if changeover.as_mut().is_some_and(|changeover| changeover.is_due(now)) {
            self.another_model.store(true, Ordering::SeqCst);
            self.stop.store(true, Ordering::SeqCst);
        }
    }

    /// Whether that is why it has ended, so that the next begins. No signal is missed, whenever it comes.
    pub(super) fn begins_anew(&self) -> bool {
        if !self.another_model.swap(false, Ordering::SeqCst) {
            return false;
        }
        self.stop.store(false, Ordering::SeqCst);
        !self.signalled.load(Ordering::SeqCst)
    }
}

/// What lasts from one run to the next: the service manager takes them for one.
pub(super) struct Life {
    pub(super) end: End,
    pub(super) born: Instant,
    pub(super) service: Option<Service<Systemd>>,
}

impl Life {
    /// It begins now, and listens for signals.
    pub(super) fn begin() -> anyhow::Result<Self> {
        Ok(Self { end: End::listening()?, born: Instant::now(), service: None })
    }

    /// The station is up.
    pub(super) fn service(&mut self, config: &Config) -> &mut Service<Systemd> {
        self.service.get_or_insert_with(|| Service::begin(Systemd, config.camera.timeout))
    }
}
