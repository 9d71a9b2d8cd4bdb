//! `sleevesight run`: the station.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use clap::Args;
use sleevesight::camera::Source;
use sleevesight::config::{ConfigError, Indicators};
use sleevesight::indicator::{Console, GpioLamps, Indicator, LampsError};
use sleevesight::reader::Gaze;
use sleevesight::station::{Station, StationError};

use super::{Setup, complain};

#[derive(Args)]
pub(crate) struct RunArgs {
    /// Where frames come from: a camera, v4l:DEVICE, or a folder of pictures, stills:FOLDER
    #[arg(long, value_name = "SOURCE")]
    source: Option<Source>,
    /// One round of the stills, or one frame of the camera, instead of going on until interrupted
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    setup: Setup,
}

pub(crate) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let config = args.setup.config()?;
    let reader = args.setup.reader(&config)?;
    config.check_genres(&reader.bundle().genres)?;
    let source = args.source.as_ref().unwrap_or(&config.source);
    let mut camera = source.open(&config.camera, args.once)?;
    let indicators = indicators(&config.indicators)?;
    if indicators.is_empty() {
        return Err(ConfigError::NoIndicator.into());
    }

    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    ctrlc::set_handler(move || told.store(true, Ordering::Relaxed)).context("cannot listen for signals")?;

    let station = Station::new(indicators, complain);
    let log = station.run(&mut *camera, |frame| reader.look(frame, Gaze::Live), &stop).map_err(plain)?;
    // A camera drops a frame now and then; a picture that was to be shown and was not is another thing.
    let missed = args.once && !source.is_live() && log.dropped > 0;
    Ok(if missed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What the configuration names to show verdicts on.
fn indicators(settings: &Indicators) -> Result<Vec<Box<dyn Indicator>>, LampsError> {
    let mut indicators: Vec<Box<dyn Indicator>> = Vec::new();
    if settings.console {
        indicators.push(Box::new(Console::stdout()));
    }
    if let Some(gpio) = &settings.gpio {
        indicators.push(Box::new(GpioLamps::open(gpio)?));
    }
    Ok(indicators)
}

/// The camera's own error, by which the exit status is chosen.
fn plain<E: std::error::Error + Send + Sync + 'static>(error: StationError<E>) -> anyhow::Error {
    match error {
        StationError::Camera(error) => error.into(),
        look @ StationError::Look { .. } => look.into(),
    }
}
