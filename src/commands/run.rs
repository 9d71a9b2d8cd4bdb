//! `sleevesight run`: the station.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use clap::Args;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use sleevesight::camera::{Source, WallTime};
use sleevesight::clock::Clock;
use sleevesight::config::{Config, ConfigError, Indicators};
use sleevesight::heat::{Cooled, ThermalZone};
use sleevesight::indicator::{Console, GpioLamps, Indicator, Oled, Strip};
use sleevesight::kiosk::{House, Kiosk, KioskSettings, PinFile};
use sleevesight::level::Level;
use sleevesight::notices::{Matter, Notices};
use sleevesight::reader::Reader;
use sleevesight::station::{Bulletin, Station, StationError};
use sleevesight::stock::Stock;
use sleevesight::words::PASSES;

use super::changeover::Changeover;
use super::kiosk_listener::{KioskListener, KioskServer};
use super::life::Life;
use super::{
    Setup, StockChoice, WordsChoice, complain, log, reading_words, renewal, salvage, status, words_trouble,
};

/// How often, while nothing else happens, it is looked whether to stop.
const TICK: Duration = Duration::from_millis(100);

/// The folder in the one for what is to last, for covers that staff let be kept.
const COVERS: &str = "covers";

#[derive(Args)]
pub(crate) struct RunArgs {
    /// Where frames come from: a camera, v4l:DEVICE, or whichever there is, v4l:auto, or a folder of pictures,
    /// stills:FOLDER
    #[arg(long, value_name = "SOURCE")]
    source: Option<Source>,
    /// One round of the stills, or one verdict on what is before the camera, instead of going on until interrupted
    #[arg(long)]
    once: bool,
    /// Where the kiosk, the page in a browser, listens [default: 127.0.0.1:8480; with --once: no kiosk]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Let others than this machine see the kiosk
    #[arg(long)]
    open_to_network: bool,
    /// Do without the kiosk
    #[arg(long, conflicts_with_all = ["listen", "open_to_network"])]
    no_kiosk: bool,
    #[command(flatten)]
    words: WordsChoice,
    #[command(flatten)]
    stock: StockChoice,
    #[command(flatten)]
    setup: Setup,
}

impl RunArgs {
    /// What reads sleeves, beside the stock that was named or configured; where there is none yet, one is begun. Whoever
    /// asks once wants to know what is wrong; a station goes on as well as it can.
    fn reader(&self, config: &Config, notices: &Notices) -> anyhow::Result<Reader> {
        let stock = self.stock.path(config).ok();
        let passes = if self.words.are_read(config) { PASSES } else { 0 };
        if self.once {
            let reader = reading_words(self.setup.reader(config)?, passes);
            let Some(path) = stock else { return Ok(reader) };
            let stock = Stock::open_or_create(&path, reader.bundle())?;
            return Ok(reader.beside(Arc::new(stock)));
        }
        let reader = salvage::reader(&self.setup, config, notices)?.with_words(passes);
        if let Some(sentence) = words_trouble(&reader) {
            notices.put(Matter::Words, sentence);
        }
        Ok(match stock {
            Some(path) => salvage::beside_stock(reader, &path, notices),
            None => reader,
        })
    }

    /// Where the kiosk is to be, where one is wanted.
    fn kiosk(&self, config: &Config) -> Option<KioskSettings> {
        let configured = &config.kiosk;
        let wanted = self.listen.is_some() || (configured.enabled && !self.once);
        (wanted && !self.no_kiosk).then(|| KioskSettings {
            listen: self.listen.unwrap_or(configured.listen),
            open_to_network: self.open_to_network || configured.open_to_network,
            ..configured.clone()
        })
    }
}

pub(crate) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    // No crash leaves what the camera sees on a disk, and no other process of this user reads it.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let config = args.setup.config()?;
    let mut life = Life::begin()?;
    let mut listener = KioskListener::new(args.kiosk(&config));
    loop {
        let status = run_with_one_model(args, &config, &mut life, &mut listener)?;
        if !life.end.begins_anew() {
            return Ok(status);
        }
        log::say(Level::Notice, "another model was taken into use; the station begins anew with it");
    }
}

fn run_with_one_model(
    args: &RunArgs,
    config: &Config,
    life: &mut Life,
    listener: &mut KioskListener,
) -> anyhow::Result<ExitCode> {
    let mut changeover = if args.once { None } else { Changeover::begin(&args.setup, config) };
    let notices = Notices::logged(log::say);
    let reader = match args.reader(config, &notices) {
        Ok(reader) => reader,
        Err(error) => {
            let kiosk = listener.kiosk()?;
            if kiosk.is_none() && (args.once || !listener.is_wanted()) {
                return Err(error);
            }
            return show_trouble((listener, kiosk), &error, config, life, changeover);
        }
    };
    config.check_genres(&reader.bundle().genres)?;
    if let Some(short) = config.short_code(&reader.bundle().genres) {
        complain(&short.to_string());
    }
    let source = args.source.as_ref().unwrap_or(&config.source);
    let camera = source.open(&config.camera, args.once)?;
    let thermometer = ThermalZone::new(&config.thermometer.0);
    let mut camera = Cooled::new(camera, thermometer, WallTime::default(), notices.clone());
    let genres: Vec<String> = reader.bundle().genres.iter().map(|genre| genre.id.clone()).collect();
    let kiosk = listener.kiosk()?;
    let indicators = indicators(&config.indicators, &genres, listener.is_wanted())?;
    if !args.once {
        let name = &reader.bundle().name;
        log::say(Level::Notice, &format!("the network {name}: {}", reader.fusion()));
    }

    let station = Station::new(indicators, log::say).with_notices(notices.clone());
    let state = config.state_folder().ok();
    let house = House {
        stock: reader.stock().cloned(),
        notices: notices.clone(),
        pin: state.as_deref().map(PinFile::in_folder),
        covers: state.map(|folder| folder.join(COVERS)),
        ..House::of(reader.bundle())
    };
    let mut kiosk = KioskServer::begin(listener, kiosk, station.bulletin(), house)?;
    let stock = args.stock.path(config).ok();
    let (ended, mut clock) = (AtomicBool::new(false), Clock::default());
    life.service(config);
    let Life { end, born, service } = life;
    let station = station.watched(|_, trouble| {
        let now = born.elapsed();
        service.iter_mut().for_each(|service| service.alive(now, trouble));
        if let Some(jump) = clock.look(now, SystemTime::now(), &notices) {
            log::say(Level::Notice, &jump);
        }
        kiosk.look(now);
        end.look_for_another_model(&mut changeover, now);
    });
    let log = thread::scope(|scope| {
        if let Some(path) = &stock {
            scope.spawn(|| renewal::renew(&reader, path, &notices, &ended));
        }
        // Pictures wait to be looked at, and each is; a camera does not wait.
        let log = match (source.is_live(), args.once) {
            (true, true) => station.until_said().run(&mut camera, &reader, &end.stop),
            (false, true) => station.run_in_step(&mut camera, &reader, &end.stop),
            (_, false) => station.run(&mut camera, &reader, &end.stop),
        };
        ended.store(true, Ordering::Relaxed);
        log
    })
    .map_err(plain)?;
    // A camera drops a frame now and then; a picture that was to be shown and was not is another thing.
    let missed = args.once && !source.is_live() && log.dropped > 0;
    Ok(if missed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Says what is wrong with the model, on the page too, until told to stop or there is another: whoever stands before the
/// screen does not see the console.
fn show_trouble(
    (listener, kiosk): (&mut KioskListener, Option<Kiosk>),
    error: &anyhow::Error,
    config: &Config,
    life: &mut Life,
    mut changeover: Option<Changeover>,
) -> anyhow::Result<ExitCode> {
    let sentence = format!("{error:#}");
    log::say(Level::Error, &sentence);
    let house = House { trouble: Some(("model", sentence.clone())), ..House::default() };
    let mut kiosk = KioskServer::begin(listener, kiosk, Arc::new(Bulletin::default()), house)?;
    while !life.end.stop.load(Ordering::Relaxed) {
        let now = life.born.elapsed();
        life.service(config).alive(now, Some(&sentence));
        kiosk.look(now);
        life.end.look_for_another_model(&mut changeover, now);
        thread::sleep(TICK);
    }
    Ok(status(error))
}

/// What the configuration names to show verdicts on. One that cannot be used is said, and the others serve; where
/// none can, and there is no kiosk, that is an error.
fn indicators(
    settings: &Indicators,
    genres: &[String],
    has_kiosk: bool,
) -> anyhow::Result<Vec<Box<dyn Indicator + Send>>> {
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
        Some(error) if indicators.is_empty() && !has_kiosk => return Err(error),
        Some(error) => complain(&format!("{error:#}")),
        None if indicators.is_empty() && !has_kiosk => return Err(ConfigError::NoIndicator.into()),
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
