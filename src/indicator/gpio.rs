//! Lamps on GPIO lines: one a genre or a number in binary, "sure" and "busy".

use std::error::Error;
use std::io;
use std::time::Duration;

use embedded_hal::digital::{OutputPin, PinState};
use linux_embedded_hal::CdevPin;
use linux_embedded_hal::gpio_cdev::{self, Chip, LineRequestFlags};

use super::{Indicator, IndicatorError, blinks};
use crate::config::GpioSettings;
use crate::station::{Phase, State};

/// Who holds our lines, as `gpioinfo` shows it.
const HOLDER: &str = "sleevesight";

/// How long "busy" is lit, and how long not, while there is trouble.
const BLINK: Duration = Duration::from_millis(250);

/// Lamps on output pins: a genre's is lit while it is said, and with it the one that says "sure". "Busy" is lit
/// while a sleeve is being read, and blinks while there is trouble with the camera.
///
/// ```
/// use embedded_hal_mock::eh1::digital::{Mock, State, Transaction};
/// use sleevesight::indicator::{Indicator, Lamps};
///
/// let off = [Transaction::set(State::Low)];
/// let mut pin = Mock::new(&off);
/// let mut lamps = Lamps::new([("jazz".to_owned(), pin.clone())], None, false);
/// lamps.clear()?;
/// pin.done();
/// # Ok::<(), sleevesight::indicator::IndicatorError>(())
/// ```
#[derive(Debug)]
pub struct Lamps<P> {
    genres: Vec<(String, P)>,
    coded: Coded<P>,
    sure: Option<P>,
    busy: Option<P>,
    active_low: bool,
}

/// Lines that tell a genre's number in binary, for a board that is to switch more than lamps: the first genre of
/// the bundle is 1, and 0 is none; a genre whose number does not fit lights none. They change while "sure" is out, so that nobody reads a number in between.
#[derive(Debug)]
struct Coded<P> {
    genres: Vec<String>,
    /// The least bit first.
    lines: Vec<P>,
}

/// Lamps on the lines of a GPIO chip of this machine.
pub type GpioLamps = Lamps<CdevPin>;

impl<P: OutputPin> Lamps<P> {
    /// Lamps of these pins, each with its genre's id. What is lit already stays so until the first
    /// sighting; [`Indicator::clear`] puts it out. `active_low`: a low level lights a lamp.
    pub fn new(genres: impl IntoIterator<Item = (String, P)>, sure: Option<P>, active_low: bool) -> Self {
        let coded = Coded { genres: Vec::new(), lines: Vec::new() };
        Self { genres: genres.into_iter().collect(), coded, sure, busy: None, active_low }
    }

    /// And lines that tell the number of these genres, from 1, in binary, the least bit first.
    #[must_use]
    pub fn coded(self, genres: Vec<String>, lines: Vec<P>) -> Self {
        Self { coded: Coded { genres, lines }, ..self }
    }

    /// And a lamp that says "busy".
    #[must_use]
    pub fn busy(self, busy: Option<P>) -> Self {
        Self { busy, ..self }
    }

    /// Lights the lamp of this genre, and "sure" with it, or none. First those that are to be out are
    /// put out, so that there is no moment with two genres lit. One that fails does not keep the
    /// others from being set.
    fn light(&mut self, lit: Option<&str>, busy: bool) -> Result<(), IndicatorError> {
        let mut first_failure = Ok(());
        let mut set = |pin: &mut P, name: &str, on: bool| {
            let level = PinState::from(on != self.active_low);
            if let Err(error) = pin.set_state(level) {
                let failure = IndicatorError {
                    indicator: format!("lamp `{name}`"),
                    reason: format!("{error:?}"),
                    advice: "check that nothing else drives its GPIO line",
                };
                if first_failure.is_ok() {
                    first_failure = Err(failure);
                }
            }
        };
        if let (Some(pin), None) = (&mut self.sure, lit) {
            set(pin, "sure", false);
        }
        for on in [false, true] {
            for (genre, pin) in &mut self.genres {
                if (lit == Some(genre.as_str())) == on {
                    set(pin, genre, on);
                }
            }
        }
        let place = self.coded.genres.iter().position(|genre| lit == Some(genre.as_str()));
        // A number that does not fit would be read as another genre's.
        let fits = |number: &usize| {
            number.checked_ilog2().is_some_and(|bit| (bit as usize) < self.coded.lines.len())
        };
        let number = place.map(|place| place + 1).filter(fits).unwrap_or(0);
        for (bit, pin) in self.coded.lines.iter_mut().enumerate() {
            set(pin, &format!("code, bit {bit}"), number >> bit & 1 == 1);
        }
        if let (Some(pin), Some(_)) = (&mut self.sure, lit) {
            set(pin, "sure", true);
        }
        if let Some(pin) = &mut self.busy {
            set(pin, "busy", busy);
        }
        first_failure
    }
}

impl<P: OutputPin> Indicator for Lamps<P> {
    fn show(&mut self, state: &State) -> Result<(), IndicatorError> {
        let busy = match (&state.trouble, state.phase) {
            (Some(_), _) => blinks(state, BLINK),
            (None, phase) => matches!(phase, Phase::Moving | Phase::Settling),
        };
        let said = state.sighting.as_ref().and_then(|sighting| sighting.verdict.word.genre());
        let lit = said.map(|likely| likely.genre.id.as_str());
        self.light(lit, busy)
    }

    fn clear(&mut self) -> Result<(), IndicatorError> {
        self.light(None, false)
    }
}

/// Why there are no lamps. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LampsError {
    /// The machine has no GPIO chip.
    #[error(
        "this machine has no GPIO chip (/dev/gpiochip*); take [indicators.gpio] out of the configuration"
    )]
    NoGpio,
    /// It has others.
    #[error(
        "there is no GPIO chip \"{label}\", but {labels}; set `chip` under [indicators.gpio] to one of these"
    )]
    NoSuchChip {
        /// The label looked for.
        label: String,
        /// The labels that there are.
        labels: String,
    },
    /// A chip may not be used.
    #[error(
        "no permission for the GPIO chips; add yourself to their group (`sudo usermod -aG gpio $USER`) and log in anew"
    )]
    NoPermission,
    /// The chip has fewer lines.
    #[error(
        "the lamp `{lamp}` is on line {line}, but the GPIO chip \"{label}\" has lines 0 to {last} only; correct it"
    )]
    NoSuchLine {
        /// The lamp.
        lamp: String,
        /// Its line.
        line: u32,
        /// The chip.
        label: String,
        /// The chip's last line.
        last: u32,
    },
    /// Something else uses the line.
    #[error(
        "GPIO line {line} for the lamp `{lamp}` is in use by {holder}; choose another line, or stop that"
    )]
    Busy {
        /// The lamp.
        lamp: String,
        /// Its line.
        line: u32,
        /// Who holds it.
        holder: String,
    },
    /// The kernel lacks what lamps are switched by.
    #[error(
        "this kernel has only the second version of the GPIO interface; take one with CONFIG_GPIO_CDEV_V1, as Raspberry Pi OS and Debian have it"
    )]
    SecondVersionOnly,
    /// Something else that the system said.
    #[error("the GPIO chips do not answer ({reason}); `gpiodetect` shows what the system knows of them")]
    Failed {
        /// What it was.
        reason: String,
    },
}

impl GpioLamps {
    /// Takes the lines of the lamps, all out. `genres`: the ids of all genres, in the bundle's order.
    ///
    /// # Errors
    ///
    /// [`LampsError`], by what is wrong: the chip is not there, or a line is in use.
    pub fn open(settings: &GpioSettings, genres: &[String]) -> Result<Self, LampsError> {
        let GpioSettings { chip, sure, busy, active_low, code, genres: lines } = settings;
        let mut chip = find(chip)?;
        let mut take = |lamp: &str, line: u32| take(&mut chip, lamp, line, *active_low);
        let mut lamps = Vec::new();
        for (genre, line) in lines {
            lamps.push((genre.clone(), take(genre, *line)?));
        }
        let sure = sure.map(|line| take("sure", line)).transpose()?;
        let busy = busy.map(|line| take("busy", line)).transpose()?;
        let code = code.iter().map(|line| take("code", *line)).collect::<Result<_, _>>()?;
        Ok(Self::new(lamps, sure, *active_low).coded(genres.to_vec(), code).busy(busy))
    }
}

/// The chip of this label: chips' numbers change with the kernel, their labels do not.
fn find(label: &str) -> Result<Chip, LampsError> {
    let chips = gpio_cdev::chips().map_err(|error| meaning(&error))?;
    // What cannot be opened may have been the chip that is looked for, and is told if none is found.
    let (found, failed): (Vec<_>, Vec<_>) = chips.partition(Result::is_ok);
    let found: Vec<Chip> = found.into_iter().flatten().collect();
    let mut labels: Vec<String> = found.iter().map(|chip| format!("\"{}\"", chip.label())).collect();
    if let Some(chip) = found.into_iter().find(|chip| chip.label() == label) {
        return Ok(chip);
    }
    if let Some(Err(error)) = failed.first() {
        return Err(meaning(error));
    }
    labels.sort();
    labels.dedup();
    Err(absent(label, &labels))
}

fn absent(label: &str, labels: &[String]) -> LampsError {
    if labels.is_empty() {
        LampsError::NoGpio
    } else {
        LampsError::NoSuchChip { label: label.to_owned(), labels: labels.join(", ") }
    }
}

/// Takes a line as an output whose lamp is out.
fn take(chip: &mut Chip, lamp: &str, line: u32, active_low: bool) -> Result<CdevPin, LampsError> {
    if line >= chip.num_lines() {
        let last = chip.num_lines().saturating_sub(1);
        return Err(LampsError::NoSuchLine {
            lamp: lamp.to_owned(),
            line,
            label: chip.label().to_owned(),
            last,
        });
    }
    let wanted = chip.get_line(line).map_err(|error| meaning(&error))?;
    // The kernel is not told that the lamp is active-low: `CdevPin` sets levels, whatever it was told.
    let taken = wanted.request(LineRequestFlags::OUTPUT, active_low.into(), HOLDER).and_then(CdevPin::new);
    taken.map_err(|error| match wanted.info() {
        // The kernel's flag for "in use", by itself or by a program.
        Ok(info) if info.is_kernel() => {
            let holder = info.consumer().map_or("the kernel".to_owned(), |holder| format!("\"{holder}\""));
            LampsError::Busy { lamp: lamp.to_owned(), line, holder }
        }
        _ => meaning(&error),
    })
}

fn meaning(error: &gpio_cdev::Error) -> LampsError {
    let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    match system.map(io::Error::kind) {
        Some(io::ErrorKind::PermissionDenied) => LampsError::NoPermission,
        // A kernel without the first version knows none of its calls on lines (Linux, drivers/gpio/gpiolib-cdev.c).
        Some(io::ErrorKind::InvalidInput) => LampsError::SecondVersionOnly,
        _ => LampsError::Failed { reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_that_is_not_there_is_told_with_those_that_are() {
        assert!(matches!(absent("pinctrl-rp1", &[]), LampsError::NoGpio));
        let labels = ["\"pinctrl-bcm2711\"".to_owned(), "\"raspberrypi-exp-gpio\"".to_owned()];
        assert_eq!(
            absent("pinctrl-rp1", &labels).to_string(),
            "there is no GPIO chip \"pinctrl-rp1\", but \"pinctrl-bcm2711\", \"raspberrypi-exp-gpio\"; \
             set `chip` under [indicators.gpio] to one of these"
        );
    }

    #[test]
    fn what_the_system_says_is_told() {
        let meaning = |kind: io::ErrorKind| meaning(&io::Error::from(kind).into());
        assert!(matches!(meaning(io::ErrorKind::PermissionDenied), LampsError::NoPermission));
        assert!(matches!(meaning(io::ErrorKind::TimedOut), LampsError::Failed { .. }));
        assert!(matches!(meaning(io::ErrorKind::InvalidInput), LampsError::SecondVersionOnly));
    }

    /// Whatever machine this runs on, there is no such chip.
    #[test]
    fn lamps_on_no_chip_are_an_error_and_no_panic() {
        let settings = GpioSettings {
            chip: "no-such-chip".into(),
            sure: None,
            busy: None,
            active_low: false,
            code: Vec::new(),
            genres: [].into(),
        };
        assert!(GpioLamps::open(&settings, &[]).is_err());
    }
}
