//! What may be set of the kiosk.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;

/// The port where none is named: 84 for the music, 80 for the web.
const PORT: u16 = 8480;

/// `[kiosk]` in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KioskSettings {
    /// Whether there is one.
    pub enabled: bool,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether others than this machine may see it.
    pub open_to_network: bool,
    /// The names, beside `localhost`, by which browsers may call this machine.
    pub hosts: Vec<String>,
    /// The language that the page begins with; where it is not set, the browser's.
    pub language: Option<String>,
    /// How many minutes staff stay signed in after they changed something last.
    pub staff_minutes: u16,
}

impl KioskSettings {
    /// How long staff stay signed in after they changed something last.
    #[must_use]
    pub fn staff_time(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.staff_minutes.max(1)))
    }
}

impl Default for KioskSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: (Ipv4Addr::LOCALHOST, PORT).into(),
            open_to_network: false,
            hosts: Vec::new(),
            language: None,
            staff_minutes: 10,
        }
    }
}
