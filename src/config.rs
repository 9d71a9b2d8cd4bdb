//! The configuration: what it may say, where it is looked for, and what is wrong with it.
//!
//! `packaging/config.toml` is an example in which every key is explained.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use crate::camera::{Rotation, Source};
use crate::indicator::{OledSettings, StripSettings};
use crate::kiosk::KioskSettings;
use crate::network::Genre;
use crate::verdict::Caution;

/// Where the configuration of a whole machine lies.
const SYSTEM: &str = "/etc/sleevesight/config.toml";

/// Where the configuration of one user lies, in the folder for such things.
const USER: &str = "sleevesight/config.toml";

/// The most bytes of a configuration.
const LARGEST: u64 = 1 << 20;

/// What may be set. What is not set has a default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The folder of the bundle to use.
    pub bundle: Option<PathBuf>,
    /// How sure the station must be before it speaks.
    pub caution: Caution,
    /// How many threads read a cover together.
    pub threads: Threads,
    /// Whether the words on sleeves are read.
    pub words: Words,
    /// Where frames come from.
    pub source: Source,
    /// The file of the shop's own records; where it is not set, there are none.
    pub stock: Option<PathBuf>,
    /// The folder for what is to last; see [`Config::state_folder`].
    pub state: Option<PathBuf>,
    /// The file by which the board tells how hot it is.
    pub thermometer: Thermometer,
    /// Models that are brought in a file.
    pub model: ModelSettings,
    /// What is asked of a camera.
    pub camera: CameraSettings,
    /// Where verdicts are shown.
    pub indicators: Indicators,
    /// The page in a browser.
    pub kiosk: KioskSettings,
    /// The file that this was read from, where it was read from one.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

/// How many threads read a cover together: 1 to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Threads(#[serde(deserialize_with = "threads")] pub u32);

impl Default for Threads {
    fn default() -> Self {
        Self(1)
    }
}

/// Whether the words on sleeves are read: they are unless it is set otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Words(pub bool);

impl Default for Words {
    fn default() -> Self {
        Self(true)
    }
}

/// The file by which a board tells how hot it is, in thousandths of a degree Celsius.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Thermometer(pub PathBuf);

impl Default for Thermometer {
    fn default() -> Self {
        Self("/sys/class/thermal/thermal_zone0/temp".into())
    }
}

/// Models that are brought in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// The public keys of minisign by which they must be signed.
    pub keys: Vec<String>,
}

/// What is asked of a camera. It answers with the nearest that it has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CameraSettings {
    /// The width in pixels.
    #[serde(deserialize_with = "side")]
    pub width: u32,
    /// The height in pixels.
    #[serde(deserialize_with = "side")]
    pub height: u32,
    /// Frames a second.
    #[serde(deserialize_with = "rate")]
    pub frames_per_second: u32,
    /// How long a frame may take before the camera is held to be stalled.
    #[serde(rename = "timeout_ms", deserialize_with = "timeout")]
    pub timeout: Duration,
    /// How long each frame is exposed; where it is not set, the camera decides.
    #[serde(rename = "exposure_us", deserialize_with = "exposure")]
    pub exposure: Option<Duration>,
    /// The colour temperature of the light, in kelvin; where it is not set, the camera decides.
    #[serde(rename = "white_balance_k", deserialize_with = "kelvin")]
    pub white_balance: Option<u32>,
    /// How many degrees the pictures are turned clockwise.
    pub rotation: Rotation,
    /// Whether left and right are exchanged, after that.
    pub mirror: bool,
}

impl Default for CameraSettings {
    fn default() -> Self {
        Self {
            width: 1280,
            height: 720,
            frames_per_second: 15,
            timeout: Duration::from_secs(2),
            exposure: None,
            white_balance: None,
            rotation: Rotation::Not,
            mirror: false,
        }
    }
}

/// Where verdicts are shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Indicators {
    /// On the console.
    pub console: bool,
    /// By lamps on GPIO lines, where there are any.
    pub gpio: Option<GpioSettings>,
    /// By a strip of lights, where there is one.
    pub strip: Option<StripSettings>,
    /// On a small display, where there is one.
    pub oled: Option<OledSettings>,
}

impl Default for Indicators {
    fn default() -> Self {
        Self { console: true, gpio: None, strip: None, oled: None }
    }
}

/// Lamps on GPIO lines. Lines are counted as the chip counts them; on a Raspberry Pi's own chip
/// these are the GPIO (BCM) numbers, not those of the header's pins.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenGpio")]
pub struct GpioSettings {
    /// The chip's label.
    pub chip: String,
    /// The line of the lamp that is lit together with any genre's.
    pub sure: Option<u32>,
    /// The line of the lamp that is lit while a sleeve is being read, and blinks while there is trouble.
    pub busy: Option<u32>,
    /// Whether a lamp is lit by a low level.
    pub active_low: bool,
    /// The lines that tell the genre's number in the bundle, from 1, in binary: the least bit first.
    pub code: Vec<u32>,
    /// The line of each genre that has a lamp, by the genre's id.
    pub genres: BTreeMap<String, u32>,
}

/// `[indicators.gpio]` as it is written, before it is known to make sense.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenGpio {
    chip: String,
    sure: Option<u32>,
    busy: Option<u32>,
    active_low: bool,
    code: Vec<u32>,
    genres: BTreeMap<String, u32>,
}

impl Default for WrittenGpio {
    fn default() -> Self {
        Self {
            chip: "pinctrl-bcm2711".into(),
            sure: None,
            busy: None,
            active_low: false,
            code: Vec::new(),
            genres: BTreeMap::new(),
        }
    }
}

impl TryFrom<WrittenGpio> for GpioSettings {
    type Error = String;

    fn try_from(written: WrittenGpio) -> Result<Self, String> {
        let WrittenGpio { chip, sure, busy, active_low, code, genres } = written;
        let mut lamps: BTreeMap<u32, &str> = BTreeMap::new();
        let named = genres.iter().map(|(genre, line)| (genre.as_str(), *line));
        let others = [("sure", sure), ("busy", busy)];
        let others = others.into_iter().filter_map(|(lamp, line)| Some((lamp, line?)));
        let coded = code.iter().map(|line| ("code", *line));
        for (lamp, line) in named.chain(others).chain(coded) {
            if let Some(other) = lamps.insert(line, lamp) {
                return Err(format!("the lamps `{other}` and `{lamp}` share GPIO line {line}"));
            }
        }
        Ok(Self { chip, sure, busy, active_low, code, genres })
    }
}

/// Why a configuration is not used. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {reason}; name a readable one with --config FILE")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// It says something that cannot be.
    #[error("{path}, {reason}; correct it (packaging/config.toml explains every key)")]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// A lamp is for a genre that the bundle does not have.
    #[error("the lamp `{lamp}` in [indicators.gpio.genres] is for no genre of the bundle; it has {known}")]
    UnknownGenre {
        /// The genre that the lamp is for.
        lamp: String,
        /// The genres that there are.
        known: String,
    },
    /// Verdicts would be shown nowhere.
    #[error("there is nothing to show verdicts on; set `console = true` in [indicators], or name lamps")]
    NoIndicator,
    /// A command on the stock, and none was named.
    #[error("no stock is named; name its file with --stock FILE, or set `stock` in the configuration")]
    NoStock,
    /// There is no place for what is to last.
    #[error("there is no folder for the state; set `state` in the configuration, or HOME in the environment")]
    NoState,
}

/// There are more genres than the `code` lines have numbers. The station starts all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortCode {
    /// The lines that there are.
    pub lines: usize,
    /// The bundle's genres.
    pub genres: usize,
    /// The lines that are needed.
    pub need: usize,
    /// The ids of the genres that light none of the lines.
    pub unlit: Vec<String>,
}

impl fmt::Display for ShortCode {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, genres, need, unlit } = self;
        let unlit = unlit.join(", ");
        write!(
            to,
            "`code` in [indicators.gpio] has {lines} lines, which are too few for {genres} genres: none of them is \
             lit for {unlit}; name {need} lines"
        )
    }
}

impl Config {
    /// Reads a configuration from a file.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Unreadable`], or [`ConfigError::Wrong`] for what cannot be, by name and line.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable =
            |error: io::Error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() };
        let about = fs::metadata(path).map_err(unreadable)?;
        if !about.is_file() || about.len() > LARGEST {
            return Err(ConfigError::Unreadable {
                path: path.to_owned(),
                reason: if about.is_file() { "it is too large" } else { "it is no file" }.to_owned(),
            });
        }
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let config =
            Self::parse(&text).map_err(|reason| ConfigError::Wrong { path: path.to_owned(), reason })?;
        Ok(Self { file: Some(path.to_owned()), ..config })
    }

    /// Reads a configuration from its text; what is wrong with it is said in one line.
    ///
    /// # Errors
    ///
    /// The line's number, and what is wrong there.
    ///
    /// ```
    /// use sleevesight::config::Config;
    ///
    /// assert_eq!(Config::parse("")?, Config::default());
    /// let refusal = Config::parse("[camera]\ncolour = 3").unwrap_err();
    /// assert!(refusal.starts_with("line 2: unknown field `colour`"));
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| toml_sentence(&error, text))
    }

    /// The configuration that was named; else the user's (`$XDG_CONFIG_HOME/sleevesight/config.toml`,
    /// by default in `~/.config`); else the machine's (`/etc/sleevesight/config.toml`); else the
    /// defaults. One that is there is not passed over, however wrong it is.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn find(named: Option<&Path>) -> Result<Self, ConfigError> {
        match named {
            Some(path) => Self::load(path),
            None => Self::find_among(&usual_places(|name| env::var_os(name))),
        }
    }

    fn find_among(places: &[PathBuf]) -> Result<Self, ConfigError> {
        let absent = |error: &io::Error| {
            matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        };
        for place in places {
            if !fs::metadata(place).is_err_and(|error| absent(&error)) {
                return Self::load(place);
            }
        }
        Ok(Self::default())
    }

    /// The folder for what is to last: the one configured; else systemd's `STATE_DIRECTORY`, the
    /// first of them; else `$XDG_STATE_HOME/sleevesight`, by default in `~/.local/state`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoState`] where none of these is told.
    pub fn state_folder(&self) -> Result<PathBuf, ConfigError> {
        let usual = || usual_state(|name| env::var_os(name));
        self.state.clone().or_else(usual).ok_or(ConfigError::NoState)
    }

    /// Checks what only makes sense beside a bundle: that each lamp is for one of its genres.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownGenre`].
    pub fn check_genres(&self, genres: &[Arc<Genre>]) -> Result<(), ConfigError> {
        let lamps = self.indicators.gpio.iter().flat_map(|gpio| gpio.genres.keys());
        for lamp in lamps {
            if !genres.iter().any(|genre| genre.id == *lamp) {
                let known: Vec<&str> = genres.iter().map(|genre| genre.id.as_str()).collect();
                return Err(ConfigError::UnknownGenre { lamp: lamp.clone(), known: known.join(", ") });
            }
        }
        Ok(())
    }

    /// Which of a bundle's genres have no number on the `code` lines; `None` where all have one, or no such lines are
    /// configured.
    #[must_use]
    pub fn short_code(&self, genres: &[Arc<Genre>]) -> Option<ShortCode> {
        let lines = self.indicators.gpio.as_ref().map_or(0, |gpio| gpio.code.len());
        let need = genres.len().checked_ilog2().map_or(0, |bits| bits as usize + 1);
        if lines == 0 || lines >= need {
            return None;
        }
        let fit = (1 << lines) - 1;
        let unlit = genres.iter().skip(fit).map(|genre| genre.id.clone()).collect();
        Some(ShortCode { lines, genres: genres.len(), need, unlit })
    }
}

/// The places in which a configuration is looked for, in their order.
fn usual_places(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let user = folder_of(&variable, "XDG_CONFIG_HOME", ".config").map(|folder| folder.join(USER));
    user.into_iter().chain([SYSTEM.into()]).collect()
}

/// Where the state lies when the configuration does not tell.
fn usual_state(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let systemd = variable("STATE_DIRECTORY").and_then(|folders| {
        let first = folders.as_bytes().split(|byte| *byte == b':').find(|folder| !folder.is_empty());
        first.map(|folder| PathBuf::from(OsStr::from_bytes(folder)))
    });
    systemd.or_else(|| {
        folder_of(&variable, "XDG_STATE_HOME", ".local/state").map(|base| base.join("sleevesight"))
    })
}

/// A base folder of a user, by the XDG Base Directory Specification: what is not absolute is as if
/// it were not set.
fn folder_of(variable: impl Fn(&str) -> Option<OsString>, name: &str, in_home: &str) -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    let set = variable(name).map(PathBuf::from).filter(absolute);
    set.or_else(|| variable("HOME").map(PathBuf::from).filter(absolute).map(|home| home.join(in_home)))
}

/// What is wrong with a TOML text, in one line that says where.
pub(crate) fn toml_sentence(error: &toml::de::Error, text: &str) -> String {
    let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    match error.span() {
        Some(span) => {
            let before = text.as_bytes().iter().take(span.start);
            format!("line {}: {message}", before.filter(|byte| **byte == b'\n').count() + 1)
        }
        None => message,
    }
}

fn side<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    within(input, "pixels", 64..=4096)
}

fn threads<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    within(input, "threads", 1..=16)
}

fn rate<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    within(input, "frames a second", 1..=120)
}

fn timeout<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    within(input, "milliseconds", 100..=60_000).map(|millis| Duration::from_millis(millis.into()))
}

fn exposure<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Duration>, D::Error> {
    within(input, "microseconds", 100..=1_000_000).map(|micros| Some(Duration::from_micros(micros.into())))
}

fn kelvin<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u32>, D::Error> {
    within(input, "kelvin", 2000..=10_000).map(Some)
}

/// A number of this range, or what is wrong with it.
fn within<'de, D: Deserializer<'de>>(
    input: D,
    unit: &str,
    range: RangeInclusive<u32>,
) -> Result<u32, D::Error> {
    let number = i64::deserialize(input)?;
    u32::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        de::Error::custom(format!("{number} {unit} cannot be, it must be from {least} to {most}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An environment that holds just these.
    fn environment<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn the_users_configuration_comes_before_the_machines() {
        let home = [("HOME", "/home/anna")];
        let xdg = [("HOME", "/home/anna"), ("XDG_CONFIG_HOME", "/elsewhere")];
        let relative = [("HOME", "/home/anna"), ("XDG_CONFIG_HOME", "elsewhere")];
        let user = Path::new("/home/anna/.config/sleevesight/config.toml");
        assert_eq!(usual_places(environment(&home)), [user, Path::new(SYSTEM)]);
        assert_eq!(usual_places(environment(&relative)), [user, Path::new(SYSTEM)]);
        assert_eq!(
            usual_places(environment(&xdg)),
            [Path::new("/elsewhere/sleevesight/config.toml"), Path::new(SYSTEM)]
        );
        assert_eq!(usual_places(environment(&[])), [Path::new(SYSTEM)]);
    }

    #[test]
    fn the_state_lies_where_systemd_or_the_user_says() {
        let all = [("STATE_DIRECTORY", "/var/lib/a:/var/lib/b"), ("XDG_STATE_HOME", "/s"), ("HOME", "/h")];
        assert_eq!(usual_state(environment(&all)), Some("/var/lib/a".into()));
        assert_eq!(usual_state(environment(&all[1..])), Some("/s/sleevesight".into()));
        assert_eq!(usual_state(environment(&all[2..])), Some("/h/.local/state/sleevesight".into()));
        let empty = [("STATE_DIRECTORY", ""), ("XDG_STATE_HOME", ""), ("HOME", "")];
        assert_eq!(usual_state(environment(&empty)), None);
    }

    #[test]
    fn a_configuration_that_is_there_is_not_passed_over() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let absent = folder.path().join("absent/config.toml");
        let wrong = folder.path().join("config.toml");
        fs::write(&wrong, "bundel = 'x'").expect("the temporary folder takes files");

        let beneath_a_file = wrong.join("config.toml");
        assert_eq!(
            Config::find_among(&[absent.clone(), beneath_a_file]).expect("defaults"),
            Config::default()
        );
        assert!(matches!(Config::find_among(&[absent, wrong]), Err(ConfigError::Wrong { .. })));
    }
}
