//! The running appliance: frames in, sightings to every indicator, until it is told to stop.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::camera::{Camera, CameraError};
use crate::frame::Frame;
use crate::indicator::{Indicator, IndicatorError};
use crate::sighting::Sighting;

/// The running appliance: it asks a camera for frames, has each looked at, and shows what was seen
/// on every indicator.
///
/// What goes wrong and does not stop it is *noted*: told, as a sentence, to whoever was given for it.
///
/// ```
/// use sleevesight::camera::{CameraError, Stills};
/// use sleevesight::sighting::{Millis, Sighting};
/// use sleevesight::station::Station;
/// use sleevesight::verdict::{Verdict, Word};
/// use std::path::Path;
/// use std::sync::atomic::AtomicBool;
///
/// let mut camera = Stills::new(Path::new("tests/sleeves/scenes"), false)?;
/// let station = Station::new(Vec::new(), |sentence| eprintln!("{sentence}"));
/// let log = station.run(
///     &mut camera,
///     |frame| {
///         let verdict = Verdict { word: Word::Unsure, genres: vec![], families: vec![] };
///         let name = frame.name.clone();
///         Ok::<_, CameraError>(Sighting { name, outline: None, verdict, millis: Millis::default() })
///     },
///     &AtomicBool::new(false),
/// )?;
/// assert!(log.frames > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Station<'a> {
    indicators: Vec<Watched<'a>>,
    note: Box<dyn FnMut(&str) + 'a>,
}

/// An indicator, and what was last said of its failing.
struct Watched<'a> {
    indicator: Box<dyn Indicator + 'a>,
    failing: Option<IndicatorError>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Frames that were looked at and shown.
    pub frames: u64,
    /// Frames that were dropped.
    pub dropped: u64,
}

/// Why a run ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum StationError<E: Error + 'static> {
    /// The camera gives no frames any more.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// A frame could not be looked at.
    #[error("{name}: {error}")]
    Look {
        /// The frame's name.
        name: String,
        /// Why.
        #[source]
        error: E,
    },
}

impl<'a> Station<'a> {
    /// A station with these indicators; `note` is given what goes wrong and does not stop it.
    pub fn new(indicators: Vec<Box<dyn Indicator + 'a>>, note: impl FnMut(&str) + 'a) -> Self {
        let watched = |indicator| Watched { indicator, failing: None };
        Self { indicators: indicators.into_iter().map(watched).collect(), note: Box::new(note) }
    }

    /// Runs until the camera has come to its end or `stop` is set. All indicators are out afterwards,
    /// however it ended.
    ///
    /// A frame that is dropped, and an indicator that fails, is noted and does not end the run.
    ///
    /// # Errors
    ///
    /// [`StationError`] where the camera fails for good, or `look` does.
    pub fn run<E: Error + 'static>(
        mut self,
        camera: &mut dyn Camera,
        look: impl FnMut(&Frame) -> Result<Sighting, E>,
        stop: &AtomicBool,
    ) -> Result<Log, StationError<E>> {
        let outcome = self.until_stopped(camera, look, stop);
        self.tell(|indicator| indicator.clear());
        outcome
    }

    fn until_stopped<E: Error + 'static>(
        &mut self,
        camera: &mut dyn Camera,
        mut look: impl FnMut(&Frame) -> Result<Sighting, E>,
        stop: &AtomicBool,
    ) -> Result<Log, StationError<E>> {
        let stopped = || stop.load(Ordering::Relaxed);
        let mut log = Log::default();
        while !stopped() {
            match camera.next() {
                Ok(Some(frame)) => {
                    let sighting = look(&frame)
                        .map_err(|error| StationError::Look { name: frame.name.clone(), error })?;
                    self.tell(|indicator| indicator.show(&sighting));
                    log.frames += 1;
                }
                Ok(None) => break,
                Err(dropped @ CameraError::Dropped { .. }) => {
                    (self.note)(&dropped.to_string());
                    log.dropped += 1;
                }
                // What a camera says while it is being stopped is of no interest.
                Err(_) if stopped() => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(log)
    }

    /// Tells every indicator something. A failure is noted when it begins or changes, not at each frame.
    fn tell(&mut self, mut what: impl FnMut(&mut dyn Indicator) -> Result<(), IndicatorError>) {
        for watched in &mut self.indicators {
            let failing = what(&mut *watched.indicator).err();
            if let Some(error) = failing.as_ref().filter(|error| watched.failing.as_ref() != Some(error)) {
                (self.note)(&error.to_string());
            }
            watched.failing = failing;
        }
    }
}
