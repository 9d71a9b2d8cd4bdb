//! What is counted, for Prometheus.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::herald::Announcement;
use crate::station::State;

/// What is counted and measured; all by the follower, but for the clients.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    frames: Counter,
    dropped: Counter,
    skipped: Counter,
    verdicts: Family<Said, Counter>,
    judged: Family<Judged, Counter>,
    trouble: Gauge,
    stages: Family<Stage, Gauge<f64, AtomicU64>>,
    /// How many follow the events now.
    pub(super) clients: Gauge,
    /// Pictures that were sent.
    pub(super) pictures: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Said {
    verdict: &'static str,
    genre: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Judged {
    right: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

impl Metrics {
    pub(super) fn new(bundle: Option<&str>) -> Self {
        let mut registry = Registry::with_prefix("sleevesight");
        let counter = Counter::default;
        let (frames, dropped, skipped, pictures) = (counter(), counter(), counter(), counter());
        let (trouble, clients) = (Gauge::default(), Gauge::default());
        let (verdicts, stages, judged) = (Family::default(), Family::default(), Family::default());
        let about = [("version", env!("CARGO_PKG_VERSION")), ("bundle", bundle.unwrap_or("none"))]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        registry.register("build", "The program and its model", Info::new(about.to_vec()));
        registry.register("frames", "Frames that were looked at", frames.clone());
        registry.register("frames_dropped", "Frames that could not be used", dropped.clone());
        registry.register("frames_skipped", "Frames passed over for a newer one", skipped.clone());
        registry.register("verdicts", "Sleeves of which something was said", verdicts.clone());
        registry.register("judged", "Verdicts that staff found right or wrong", judged.clone());
        registry.register("trouble", "1 while the camera or the model fails", trouble.clone());
        registry.register_with_unit(
            "stage",
            "What each stage of the last verdict took",
            Unit::Seconds,
            stages.clone(),
        );
        registry.register("kiosk_clients", "Clients that follow the events", clients.clone());
        registry.register("kiosk_pictures", "Pictures sent to clients", pictures.clone());
        Self { registry, frames, dropped, skipped, verdicts, judged, trouble, stages, clients, pictures }
    }

    /// Takes the counts of a state.
    pub(super) fn count(&self, state: &State, no_model: bool) {
        self.frames.inner().store(state.log.frames, Ordering::Relaxed);
        self.dropped.inner().store(state.log.dropped, Ordering::Relaxed);
        self.skipped.inner().store(state.log.skipped, Ordering::Relaxed);
        self.trouble.set((no_model || state.trouble.is_some()).into());
        if let Some(sighting) = &state.sighting {
            let millis = sighting.millis;
            for (stage, took) in [("find", millis.find), ("flatten", millis.flatten), ("read", millis.read)] {
                self.stages.get_or_create(&Stage { stage }).set(took / 1e3);
            }
        }
    }

    /// Counts what staff found right or wrong.
    pub(super) fn judge(&self, right: bool) {
        self.judged.get_or_create(&Judged { right: if right { "yes" } else { "no" } }).inc();
    }

    /// How many frames were looked at.
    pub(super) fn frames(&self) -> u64 {
        self.frames.get()
    }

    /// Counts what was said of a sleeve.
    pub(super) fn say(&self, told: &Announcement) {
        let said = Said {
            verdict: told.answer.verdict.unwrap_or("none"),
            genre: told.answer.genre.clone().unwrap_or_default(),
        };
        self.verdicts.get_or_create(&said).inc();
    }

    /// All of it, as text in the `OpenMetrics` format.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes any text");
        text
    }
}
