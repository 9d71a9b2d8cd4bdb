//! Too hot: the station looks less often until it has cooled down.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::camera::{Camera, CameraError, Patience};
use crate::file;
use crate::frame::Frame;
use crate::notices::{Matter, Notices};

/// At this temperature, in degrees Celsius, it is too hot. A Raspberry Pi 4 lowers its clock by itself at 80 to 85; this
/// comes before that, so that frames come evenly.
pub const HOT: f32 = 78.0;

/// At this temperature it has cooled down.
pub const COOL: f32 = 70.0;

/// The time from one frame to the next while it is too hot: four a second.
pub const SLOW: Duration = Duration::from_millis(250);

/// How often the temperature is taken.
const EVERY: Duration = Duration::from_secs(5);

/// The most bytes of what a thermal zone says.
const LARGEST: u64 = 64;

/// What takes the temperature.
pub trait Thermometer: Send {
    /// In degrees Celsius; `None` where that cannot be told.
    fn celsius(&mut self) -> Option<f32>;
}

/// A thermal zone of Linux: a file that holds thousandths of a degree.
///
/// Source: Linux kernel documentation, "Generic Thermal Sysfs driver".
#[derive(Clone, Debug)]
pub struct ThermalZone(PathBuf);

impl ThermalZone {
    /// The zone with this file, `/sys/class/thermal/thermal_zone0/temp`, say.
    #[must_use]
    pub fn new(file: &Path) -> Self {
        Self(file.to_owned())
    }
}

impl Thermometer for ThermalZone {
    fn celsius(&mut self) -> Option<f32> {
        let text = String::from_utf8(file::read_at_most(&self.0, LARGEST).ok()?).ok()?;
        let thousandths: i32 = text.trim().parse().ok()?;
        Some(thousandths as f32 / 1e3)
    }
}

/// A camera that rests between frames while its board is too hot. Heat and its end are put on the board of notices.
pub struct Cooled<C, T, P> {
    camera: C,
    thermometer: T,
    patience: P,
    notices: Notices,
    /// When the temperature was taken last.
    taken: Option<Duration>,
    hot: bool,
    /// When the last frame was asked for.
    last: Duration,
}

impl<C: Camera, T: Thermometer, P: Patience> Cooled<C, T, P> {
    /// This camera, on a board with this thermometer.
    pub fn new(camera: C, thermometer: T, patience: P, notices: Notices) -> Self {
        let last = patience.now();
        Self { camera, thermometer, patience, notices, taken: None, hot: false, last }
    }

    fn feel(&mut self) {
        let now = self.patience.now();
        if self.taken.is_some_and(|taken| now.saturating_sub(taken) < EVERY) {
            return;
        }
        self.taken = Some(now);
        match self.thermometer.celsius() {
            Some(degrees) if degrees >= HOT && !self.hot => {
                self.hot = true;
                self.notices.put(
                    Matter::Heat,
                    format!(
                        "the board is at {degrees:.0} °C, so that it looks only four times a second until it is below {COOL:.0} °C; give it air, or a larger heat sink"
                    ),
                );
            }
            // One that cannot be told any more is not waited for.
            degrees if self.hot && degrees.is_none_or(|degrees| degrees < COOL) => {
                self.hot = false;
                self.notices.take(Matter::Heat, "the board has cooled down, and looks as often as before");
            }
            _ => {}
        }
    }
}

impl<C: Camera, T: Thermometer, P: Patience> Camera for Cooled<C, T, P> {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        self.feel();
        if self.hot {
            let rested = self.patience.now().saturating_sub(self.last);
            self.patience.wait(SLOW.saturating_sub(rested));
        }
        self.last = self.patience.now();
        self.camera.next()
    }
}
