//! Indicators: what shows a verdict to a person.

mod colour;
mod console;
mod gpio;
mod oled;
mod strip;

pub use console::Console;
pub use gpio::{GpioLamps, Lamps, LampsError};
pub use oled::{Oled, OledSettings, Page};
pub use strip::{Strip, StripSettings};

use std::time::Duration;

use crate::station::State;

/// Something that shows what the station is at: a lamp, a strip, a display, or the console that stands in for them.
pub trait Indicator {
    /// Shows a state, in place of the one before. While something blinks or breathes, it is called with the same
    /// state and a later [`State::at`], some twenty times a second.
    ///
    /// # Errors
    ///
    /// [`IndicatorError`] where the device does not answer; the station says so and goes on.
    fn show(&mut self, state: &State) -> Result<(), IndicatorError>;

    /// Puts everything out: nothing is being said any more.
    ///
    /// # Errors
    ///
    /// As [`Indicator::show`].
    fn clear(&mut self) -> Result<(), IndicatorError>;
}

/// Whether what blinks is lit in this state: so long it is, and then so long it is not.
fn blinks(state: &State, time: Duration) -> bool {
    (state.at.as_millis() / time.as_millis()).is_multiple_of(2)
}

/// An indicator did not do what it was told.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {indicator} did not answer ({reason}); {advice}")]
pub struct IndicatorError {
    /// Which indicator.
    pub indicator: String,
    /// What the device or the system said.
    pub reason: String,
    /// What to do.
    pub advice: &'static str,
}
