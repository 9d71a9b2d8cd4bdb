//! Indicators: what shows a verdict to a person.

mod console;
mod gpio;

pub use console::Console;
pub use gpio::{GpioLamps, Lamps, LampsError};

use crate::sighting::Sighting;

/// Something that shows sightings: a lamp, a strip, a display, or the console that stands in for them.
pub trait Indicator {
    /// Shows one sighting, in place of the one before.
    ///
    /// # Errors
    ///
    /// [`IndicatorError`] where the device does not answer; the station says so and goes on.
    fn show(&mut self, sighting: &Sighting) -> Result<(), IndicatorError>;

    /// Puts everything out: nothing is being said any more.
    ///
    /// # Errors
    ///
    /// As [`Indicator::show`].
    fn clear(&mut self) -> Result<(), IndicatorError>;
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
