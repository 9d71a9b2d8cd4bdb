//! `sleevesight run`: the station.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use clap::Args;
use sleevesight::camera::Source;
use sleevesight::config::{ConfigError, Indicators};
use sleevesight::indicator::{Console, GpioLamps, Indicator, Oled, Strip};
use sleevesight::station::{Station, StationError};
use sleevesight::stock::Stock;

use super::{Setup, StockChoice, complain};

#[derive(Args)]
pub(crate) struct RunArgs {
    /// Where frames come from: a camera, v4l:DEVICE, or whichever there is, v4l:auto, or a folder of pictures,
    /// stills:FOLDER
    #[arg(long, value_name = "SOURCE")]
    source: Option<Source>,
    /// One round of the stills, or one verdict on what is before the camera, instead of going on until interrupted
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    stock: StockChoice,
    #[command(flatten)]
    setup: Setup,
}

pub(crate) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let config = args.setup.config()?;
    let reader = args.setup.reader(&config)?;
    let reader = match args.stock.path(&config) {
        Ok(path) => {
            let stock = Stock::open_or_create(&path, reader.bundle())?;
            reader.beside(Arc::new(stock))
        }
        Err(_) => reader,
    };
    config.check_genres(&reader.bundle().genres)?;
    let source = args.source.as_ref().unwrap_or(&config.source);
    let mut camera = source.open(&config.camera, args.once)?;
    let genres: Vec<String> = reader.bundle().genres.iter().map(|genre| genre.id.clone()).collect();
    let indicators = indicators(&config.indicators, &genres)?;

    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    ctrlc::set_handler(move || told.store(true, Ordering::Relaxed)).context("cannot listen for signals")?;

    let station = Station::new(indicators, complain);
    // Pictures wait to be looked at, and each is; a camera does not wait.
    let log = match (source.is_live(), args.once) {
        (true, true) => station.until_said().run(&mut *camera, &reader, &stop),
        (false, true) => station.run_in_step(&mut *camera, &reader, &stop),
        (_, false) => station.run(&mut *camera, &reader, &stop),
    }
    .map_err(plain)?;
    // A camera drops a frame now and then; a picture that was to be shown and was not is another thing.
    let missed = args.once && !source.is_live() && log.dropped > 0;
    Ok(if missed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What the configuration names to show verdicts on. One that cannot be used is said, and the others serve; where
/// none can, that is an error.
fn indicators(settings: &Indicators, genres: &[String]) -> anyhow::Result<Vec<Box<dyn Indicator + Send>>> {
    let Indicators { console, gpio, strip, oled } = settings;
    let mut indicators: Vec<Box<dyn Indicator + Send>> = Vec::new();
    let mut failure = None;
    let mut opened = |opened: anyhow::Result<Box<dyn Indicator + Send>>| match opened {
        Ok(indicator) => indicators.push(indicator),
        Err(error) => {
            if let Some(earlier) = failure.replace(error) {
                complain(&format!("{earlier:#}"));
            }
        }
    };
    if *console {
        opened(Ok(Box::new(Console::stdout())));
    }
    if let Some(gpio) = gpio {
        opened(GpioLamps::open(gpio, genres).map(|lamps| Box::new(lamps) as _).map_err(Into::into));
    }
    if let Some(strip) = strip {
        opened(Strip::open(strip).map(|strip| Box::new(strip) as _).map_err(Into::into));
    }
    if let Some(oled) = oled {
        opened(Oled::open(oled).map(|oled| Box::new(oled) as _).map_err(Into::into));
    }
    match failure {
        Some(error) if indicators.is_empty() => return Err(error),
        Some(error) => complain(&format!("{error:#}")),
        None if indicators.is_empty() => return Err(ConfigError::NoIndicator.into()),
        None => {}
    }
    Ok(indicators)
}

/// The camera's own error, by which the exit status is chosen.
fn plain<E: Error + Send + Sync + 'static>(error: StationError<E>) -> anyhow::Error {
    match error {
        StationError::Camera(error) => error.into(),
        look @ StationError::Look { .. } => look.into(),
    }
}
