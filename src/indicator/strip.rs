//! A strip of APA102 or SK9822 lights over SPI, in the genre's colour.

use std::path::PathBuf;
use std::time::Duration;

use apa102_spi::Apa102;
use embedded_hal::spi::SpiBus;
use linux_embedded_hal::SpidevBus;
use linux_embedded_hal::spidev::{SpiModeFlags, SpidevOptions};
use serde::Deserialize;
use smart_leds::{RGB8, SmartLedsWrite, brightness, gamma};

use super::colour::rgb;
use super::{Indicator, IndicatorError, blinks};
use crate::station::{Phase, State};
use crate::verdict::Word;

/// One breath, in and out.
const BREATH: Duration = Duration::from_millis(1600);

/// How long a light is on, and how long off, while there is trouble.
const BLINK: Duration = Duration::from_millis(500);

/// The colour of breathing, and of what is no genre.
const PALE: RGB8 = RGB8 { r: 160, g: 160, b: 160 };

/// The colour of trouble.
const RED: RGB8 = RGB8 { r: 255, g: 0, b: 0 };

/// How the strip hangs on the board.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StripSettings {
    /// The SPI device.
    pub device: PathBuf,
    /// How many lights it has.
    pub lights: u16,
    /// How bright it may become, 0 to 255.
    pub brightness: u8,
    /// Bits a second.
    pub hertz: u32,
}

impl Default for StripSettings {
    fn default() -> Self {
        Self { device: "/dev/spidev0.0".into(), lights: 8, brightness: 96, hertz: 1_000_000 }
    }
}

/// A strip of lights: the genre's colour, brighter the likelier it is; it breathes while a sleeve is read, and
/// blinks red while there is trouble with the camera.
///
/// ```
/// use embedded_hal_mock::eh1::spi::{Mock, Transaction};
/// use sleevesight::indicator::{Indicator, Strip, StripSettings};
///
/// let writes: Vec<Transaction<u8>> = [vec![0; 4], vec![0xff, 0, 0, 0], vec![0], vec![0], vec![0], vec![0]]
///     .into_iter()
///     .map(Transaction::write_vec)
///     .collect();
/// let mut spi = Mock::new(&writes);
/// let mut strip = Strip::new(spi.clone(), &StripSettings { lights: 1, ..StripSettings::default() });
/// strip.clear()?;
/// spi.done();
/// # Ok::<(), sleevesight::indicator::IndicatorError>(())
/// ```
pub struct Strip<S> {
    strip: Apa102<S>,
    lights: usize,
    brightness: u8,
    /// What the strip shows, where that is known.
    shown: Option<RGB8>,
}

impl<S: SpiBus> Strip<S> {
    /// A strip on this bus.
    pub fn new(spi: S, settings: &StripSettings) -> Self {
        // Behind the last light comes half a clock for each: SK9822 want zeros there.
        let ending = (settings.lights / 16 + 1).clamp(4, 255) as u8;
        let order = apa102_spi::PixelOrder::BGR;
        Self {
            strip: Apa102::new_with_options(spi, ending, true, order),
            lights: settings.lights.into(),
            brightness: settings.brightness,
            shown: None,
        }
    }

    fn light(&mut self, color: RGB8) -> Result<(), IndicatorError> {
        if self.shown == Some(color) {
            return Ok(());
        }
        self.shown = None;
        let lights = brightness(std::iter::repeat_n(color, self.lights), self.brightness);
        self.strip.write(lights).map_err(|error| IndicatorError {
            indicator: "strip".into(),
            reason: format!("{error:?}"),
            advice: "check its wires and that SPI is switched on (`ls /dev/spidev*`)",
        })?;
        self.shown = Some(color);
        Ok(())
    }
}

/// What the lights are sent for a state, at full brightness.
fn color(state: &State) -> RGB8 {
    if state.trouble.is_some() {
        return if blinks(state, BLINK) { RED } else { RGB8::default() };
    }
    if matches!(state.phase, Phase::Moving | Phase::Settling) {
        let breath = state.at.as_secs_f32() / BREATH.as_secs_f32();
        let depth = 0.5 - 0.5 * (std::f32::consts::TAU * breath).cos();
        return dimmed(PALE, 0.15 + 0.5 * depth);
    }
    let word = state.sighting.as_ref().map(|sighting| &sighting.verdict.word);
    match word.and_then(Word::genre) {
        Some(likely) => {
            let [r, g, b] = rgb(&likely.genre.color).unwrap_or([PALE.r, PALE.g, PALE.b]);
            dimmed(RGB8 { r, g, b }, likely.probability.clamp(0.25, 1.0))
        }
        None if matches!(word, Some(Word::Family(_) | Word::Unsure)) => dimmed(PALE, 0.4),
        None => RGB8::default(),
    }
}

/// A colour as a screen has it, this much of it. The eye's curve comes first: of a part, it would leave next to nothing.
fn dimmed(color: RGB8, part: f32) -> RGB8 {
    let color = gamma(std::iter::once(color)).next().unwrap_or_default();
    let channel = |level: u8| (f32::from(level) * part).round() as u8;
    RGB8 { r: channel(color.r), g: channel(color.g), b: channel(color.b) }
}

impl<S: SpiBus> Indicator for Strip<S> {
    fn show(&mut self, state: &State) -> Result<(), IndicatorError> {
        self.light(color(state))
    }

    fn clear(&mut self) -> Result<(), IndicatorError> {
        self.light(RGB8::default())
    }
}

impl Strip<SpidevBus> {
    /// A strip on an SPI device of this machine.
    ///
    /// # Errors
    ///
    /// What is wrong with the device.
    pub fn open(settings: &StripSettings) -> Result<Self, IndicatorError> {
        let failed = |reason: String| IndicatorError {
            indicator: format!("strip on {}", settings.device.display()),
            reason,
            advice: "switch SPI on (`sudo raspi-config`, Interface Options), or take [indicators.strip] out",
        };
        let mut bus = SpidevBus::open(&settings.device).map_err(|error| failed(error.to_string()))?;
        let mut options = SpidevOptions::new();
        options.bits_per_word(8).max_speed_hz(settings.hertz).mode(SpiModeFlags::SPI_MODE_0);
        bus.configure(&options).map_err(|error| failed(error.to_string()))?;
        Ok(Self::new(bus, settings))
    }
}
