//! What a machine shows of itself.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use embedded_hal::i2c::I2c;
use linux_embedded_hal::I2cdev;
use linux_embedded_hal::gpio_cdev;

use crate::camera::{Camera, CameraError, Source, Stills, V4l};
use crate::config::CameraSettings;

/// How long a camera is watched.
const WATCHED: Duration = Duration::from_secs(2);

/// The most bytes that are read of a file of the kernel's.
const MOST: u64 = 4096;

/// Files, folders and time.
pub trait System {
    /// The beginning of a file, as text.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn text(&self, path: &Path) -> io::Result<String>;

    /// The names in a folder, sorted; none where it cannot be listed.
    fn names(&self, folder: &Path) -> Vec<String>;

    /// Whether a device may be read and written.
    ///
    /// # Errors
    ///
    /// What the system says where it may not.
    fn open(&self, device: &Path) -> io::Result<()>;

    /// Whether this folder takes files, and those in it may be read and written.
    ///
    /// # Errors
    ///
    /// What the system says, of the folder or of the first file.
    fn keep(&self, folder: &Path) -> io::Result<()>;

    /// How many bytes are free where this folder is.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn free(&self, folder: &Path) -> io::Result<u64>;

    /// What the clock says.
    fn now(&self) -> SystemTime;
}

/// What hangs on the machine.
pub trait Devices {
    /// Takes pictures for two seconds.
    ///
    /// # Errors
    ///
    /// What is wrong with the camera.
    fn watch(&self, source: &Source, settings: &CameraSettings) -> Result<Shots, CameraError>;

    /// The GPIO chips.
    ///
    /// # Errors
    ///
    /// What the system says where one may not be looked at.
    fn chips(&self) -> io::Result<Vec<ChipSeen>>;

    /// Whether anything answers at this address of an I2C bus.
    ///
    /// # Errors
    ///
    /// What the bus says.
    fn answers(&self, bus: &Path, address: u8) -> io::Result<()>;
}

/// What a camera delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shots {
    /// Its device or folder.
    pub path: PathBuf,
    /// How it calls itself.
    pub card: String,
    /// The format of its pictures.
    pub format: String,
    /// Their width and height in pixels.
    pub size: (u32, u32),
    /// How many came after the first.
    pub frames: u32,
    /// In which time.
    pub took: Duration,
    /// How many could not be used.
    pub dropped: u32,
}

/// A GPIO chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipSeen {
    /// Its label.
    pub label: String,
    /// How many lines it has.
    pub lines: u32,
    /// The lines that are in use, and by whom.
    pub used: Vec<(u32, String)>,
}

/// This machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linux;

impl System for Linux {
    fn text(&self, path: &Path) -> io::Result<String> {
        let mut bytes = Vec::new();
        File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\0', '\n']).to_owned())
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn open(&self, device: &Path) -> io::Result<()> {
        File::options().read(true).write(true).open(device).map(|_| ())
    }

    fn keep(&self, folder: &Path) -> io::Result<()> {
        tempfile::tempfile_in(folder)?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let of = |error: io::Error| {
                io::Error::new(error.kind(), format!("{}: {error}", entry.path().display()))
            };
            if entry.file_type()?.is_file() {
                self.open(&entry.path()).map_err(of)?;
            }
        }
        Ok(())
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        let about = rustix::fs::statvfs(folder)?;
        Ok(about.f_bavail.saturating_mul(about.f_frsize))
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl Devices for Linux {
    fn watch(&self, source: &Source, settings: &CameraSettings) -> Result<Shots, CameraError> {
        let path = match source {
            Source::V4l(path) => path.clone(),
            Source::AnyV4l => V4l::all().into_iter().next().ok_or(CameraError::NoCamera)?.0,
            Source::Stills(folder) => return stills(folder),
        };
        let mut camera = V4l::open(&path, settings)?;
        let (card, format) = (camera.card().to_owned(), camera.format().to_owned());
        let mut shots =
            Shots { path, card, format, size: (0, 0), frames: 0, took: Duration::ZERO, dropped: 0 };
        let started = Instant::now();
        let mut first = None;
        while started.elapsed() < 2 * WATCHED && first.is_none_or(|first: Instant| first.elapsed() < WATCHED)
        {
            match camera.next() {
                Ok(Some(frame)) => {
                    shots.size = frame.picture.dimensions();
                    shots.frames += u32::from(first.is_some());
                    shots.took = first.get_or_insert_with(Instant::now).elapsed();
                }
                Ok(None) => break,
                Err(CameraError::Dropped { .. }) => shots.dropped += 1,
                Err(CameraError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(shots)
    }

    fn chips(&self) -> io::Result<Vec<ChipSeen>> {
        let because = |error: gpio_cdev::Error| {
            let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
            io::Error::new(system.map_or(io::ErrorKind::Other, io::Error::kind), error.to_string())
        };
        let mut seen = Vec::new();
        for chip in gpio_cdev::chips().map_err(because)? {
            let chip = chip.map_err(because)?;
            if let Some(line) = chip.lines().next() {
                line.info().map_err(because)?;
            }
            let used = chip.lines().filter_map(|line| {
                let info = line.info().ok()?;
                let holder = || info.consumer().unwrap_or("the kernel").to_owned();
                info.is_kernel().then(|| (line.offset(), holder()))
            });
            seen.push(ChipSeen {
                used: used.collect(),
                label: chip.label().to_owned(),
                lines: chip.num_lines(),
            });
        }
        Ok(seen)
    }

    fn answers(&self, bus: &Path, address: u8) -> io::Result<()> {
        let mut bus = I2cdev::new(bus).map_err(io::Error::other)?;
        bus.read(address, &mut [0]).map_err(io::Error::other)
    }
}

/// A folder of pictures stands in for a camera, at whatever pace.
fn stills(folder: &Path) -> Result<Shots, CameraError> {
    let mut camera = Stills::new(folder, false)?;
    let first = loop {
        match camera.next() {
            Ok(Some(frame)) => break frame,
            Ok(None) => return Err(CameraError::NoPictures { folder: folder.to_owned() }),
            Err(CameraError::Dropped { .. }) => {}
            Err(error) => return Err(error),
        }
    };
    Ok(Shots {
        path: folder.to_owned(),
        card: "a folder of pictures".into(),
        format: "stills".into(),
        size: first.picture.dimensions(),
        frames: 0,
        took: Duration::ZERO,
        dropped: 0,
    })
}
