//! The commands, one a file, and what they share.

mod changeover;
pub(crate) mod classify;
pub(crate) mod doctor;
pub(crate) mod evaluate;
pub(crate) mod kiosk;
mod kiosk_listener;
mod life;
mod log;
pub(crate) mod manual;
pub(crate) mod model;
mod renewal;
pub(crate) mod run;
mod salvage;
pub(crate) mod scenes;
pub(crate) mod stock;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use image::RgbImage;
use sleevesight::camera::CameraError;
use sleevesight::config::{Config, ConfigError};
use sleevesight::file;
use sleevesight::indicator::{IndicatorError, LampsError};
use sleevesight::kiosk::KioskError;
use sleevesight::model::{Depot, ModelError};
use sleevesight::network::{Bundle, NoBundle, find_bundle};
use sleevesight::picture;
use sleevesight::reader::{Reader, ReaderError};
use sleevesight::stock::StockError;
use sleevesight::words::PASSES;

use sleevesight::level::Level;

/// What the exit status says.
pub(crate) const EXIT_STATUS: &str = "\
Exit status:
  0  all is well
  1  a picture or a file could not be read; what could be was. Of `doctor`: something is wrong
  2  the command line or the configuration is wrong
  3  the model bundle cannot be used
  4  a camera or an indicator cannot be used
  5  the stock cannot be used
  6  the model was not installed; the one in use stays";

/// Which bundle and which configuration: the same on every command that reads sleeves.
#[derive(Args)]
pub(crate) struct Setup {
    /// The model bundle: a folder with bundle.toml in it, or a folder of bundles with a default one
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How many threads read a cover together, 1 to 16
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=16))]
    threads: Option<u32>,
}

/// Which stock.
#[derive(Args)]
pub(crate) struct StockChoice {
    /// The shop's own records: a file that `sleevesight stock import` or `add` begins
    #[arg(long = "stock", value_name = "FILE")]
    named: Option<PathBuf>,
}

/// Whether words are read.
#[derive(Args)]
pub(crate) struct WordsChoice {
    /// Leave the words on sleeves unread: the picture decides alone
    #[arg(long)]
    no_words: bool,
}

impl WordsChoice {
    fn are_read(&self, config: &Config) -> bool {
        config.words.0 && !self.no_words
    }
}

/// Whether words are read, and how thoroughly.
#[derive(Args)]
pub(crate) struct PassesChoice {
    #[command(flatten)]
    words: WordsChoice,
    /// How many passes read the words of a cover at most, 1 to 5; fewer once a name is sure
    #[arg(
        long, value_name = "N", default_value_t = 3, conflicts_with = "no_words",
        value_parser = clap::value_parser!(u32).range(1..=PASSES as i64)
    )]
    passes: u32,
}

impl PassesChoice {
    /// How many passes read the words of a cover at most; 0 where they are left unread.
    fn passes(&self, config: &Config) -> usize {
        if self.words.are_read(config) { self.passes as usize } else { 0 }
    }
}

impl StockChoice {
    /// The stock that was named or configured.
    fn path(&self, config: &Config) -> Result<PathBuf, ConfigError> {
        self.named.clone().or_else(|| config.stock.clone()).ok_or(ConfigError::NoStock)
    }
}

impl Setup {
    /// The configuration that was named, or that lies where one is looked for, or the defaults.
    fn config(&self) -> Result<Config, ConfigError> {
        Config::find(self.config.as_deref())
    }

    /// How many threads read a cover together.
    fn threads(&self, config: &Config) -> usize {
        self.threads.unwrap_or(config.threads.0) as usize
    }

    /// The folder of the bundle that was named or configured, or of the one that comes with the program.
    fn folder(&self, config: &Config) -> Result<PathBuf, NoBundle> {
        find_bundle(self.bundle.as_deref(), config.bundle.as_deref())
    }

    /// Where models are installed; `None` where a bundle was named or configured, which comes before them.
    fn depot(&self, config: &Config) -> Option<Depot> {
        let state = config.state_folder().ok()?;
        (self.bundle.is_none() && config.bundle.is_none()).then(|| Depot::in_folder(&state))
    }

    /// The folders of the models that were installed, the one in use first.
    fn installed(&self, config: &Config) -> Vec<PathBuf> {
        let Some(depot) = self.depot(config) else { return Vec::new() };
        let Some(current) = depot.current() else { return Vec::new() };
        [Some(current), depot.previous()].into_iter().flatten().collect()
    }

    /// What `open` makes of the bundle that was named or configured; else of the one that was installed, or the one
    /// before, whichever it can open; else of the one that comes with the program. `passed_over` is told why one that
    /// was installed is not used.
    fn opened<T>(
        &self,
        config: &Config,
        open: impl Fn(&Path) -> Result<T, ReaderError>,
        mut passed_over: impl FnMut(&ReaderError),
    ) -> anyhow::Result<T> {
        for folder in self.installed(config) {
            match open(&folder) {
                Ok(opened) => return Ok(opened),
                Err(error) => passed_over(&error),
            }
        }
        Ok(open(&self.folder(config)?)?)
    }

    /// A reader with that bundle.
    fn reader(&self, config: &Config) -> anyhow::Result<Reader> {
        let reader = self.opened(config, |folder| Reader::open(folder, config.caution), passed_over)?;
        Ok(reader.with_threads(self.threads(config))?)
    }

    /// That bundle alone, for what needs no network.
    fn bundle(&self, config: &Config) -> anyhow::Result<Bundle> {
        self.opened(config, |folder| Ok(Bundle::open(folder)?), passed_over)
    }
}

/// The reader, which reads the words of a cover by this many passes at most. Where it cannot, that is said, and the
/// picture decides alone.
fn reading_words(reader: Reader, passes: usize) -> Reader {
    let reader = reader.with_words(passes);
    if let Some(sentence) = words_trouble(&reader) {
        complain(&sentence);
    }
    reader
}

/// Why a reader reads no words, though it should.
fn words_trouble(reader: &Reader) -> Option<String> {
    reader.words_trouble().map(|trouble| format!("{trouble} (the picture alone decides meanwhile)"))
}

/// Says of a model that was installed and is not used that another is.
fn passed_over(error: &ReaderError) {
    complain(&format!("{error}; another model is used meanwhile"));
}

/// Reads and decodes a picture file.
fn read_picture(path: &Path) -> anyhow::Result<RgbImage> {
    Ok(picture::decode(&file::read(path)?)?)
}

/// Says why a command failed, in one line, and which exit status tells it.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    // Whoever reads our output has had enough (`| head`): nothing is wrong.
    if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    log::say(Level::Error, &format!("{error:#}"));
    status(error)
}

/// Which exit status tells why a command failed.
fn status(error: &anyhow::Error) -> ExitCode {
    ExitCode::from(if error.is::<ConfigError>() || error.is::<KioskError>() {
        2
    } else if error.is::<NoBundle>() || error.is::<ReaderError>() {
        3
    } else if error.is::<CameraError>() || error.is::<LampsError>() || error.is::<IndicatorError>() {
        4
    } else if error.is::<StockError>() {
        5
    } else if error.is::<ModelError>() {
        6
    } else {
        1
    })
}

/// Says what is wrong and does not end the command.
fn complain(sentence: &str) {
    log::say(Level::Warning, sentence);
}
