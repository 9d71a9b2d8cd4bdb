//! From one model to the next: a station that is running takes the one that was installed.

use std::time::Duration;

use sleevesight::config::Config;
use sleevesight::model::{Depot, Mark};

use super::Setup;

/// How often it is looked for another model.
const INTERVAL: Duration = Duration::from_secs(1);

/// Tells when another model was taken into use than the one that was when a run began.
pub(super) struct Changeover {
    depot: Depot,
    began_with: Mark,
    next: Duration,
}

impl Changeover {
    /// Of the model that is in use now, which is opened after this; `None` where what is installed is not used.
    pub(super) fn begin(setup: &Setup, config: &Config) -> Option<Self> {
        let depot = setup.depot(config)?;
        Some(Self { began_with: depot.mark(), depot, next: Duration::ZERO })
    }

    /// Whether there is another, and whoever installs it is done with it: has had the stock read by it, say.
    /// `now`: the time since whenever, which goes forward.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        if now < self.next {
            return false;
        }
        self.next = now + INTERVAL;
        self.depot.mark() != self.began_with && !self.depot.is_changing()
    }
}
