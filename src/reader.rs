//! The reader: a frame comes in, a sighting goes out.
//!
//! It puts the core's parts in a row and times them; whatever moves a frame in and a sighting out
//! (a command, the station) calls it and knows nothing of networks.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::frame::Frame;
use crate::network::{Bundle, BundleError, Network, NetworkError, Reading, prepare};
use crate::sighting::{Millis, Sighting};
use crate::sleeve::{Cover, Finder, Outline, flatten};
use crate::station::Eye;
use crate::stock::Stock;
use crate::verdict::{Caution, Judge, Verdict};

/// How a picture is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaze {
    /// The picture is the cover, all of it.
    Flat,
    /// The sleeve is looked for; where none is found, the centred square is read in its place.
    Still,
    /// The sleeve is looked for; where none is found, nothing is said.
    Live,
}

/// Finds, flattens, reads and judges.
pub struct Reader {
    bundle: Bundle,
    network: Network,
    finder: Finder,
    judge: Judge,
    stock: Option<Arc<Stock>>,
}

/// Why a reader does not start.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// The bundle is not usable.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Its network is not.
    #[error("{folder}: {error}")]
    Network {
        /// The bundle's folder.
        folder: String,
        /// What is wrong.
        error: NetworkError,
    },
}

impl Reader {
    /// A reader with the bundle of a folder, as cautious as this.
    ///
    /// # Errors
    ///
    /// [`ReaderError`] where the bundle or its network cannot be used.
    pub fn open(folder: &Path, caution: Caution) -> Result<Self, ReaderError> {
        let bundle = Bundle::open(folder)?;
        let network = Network::load(&bundle)
            .map_err(|error| ReaderError::Network { folder: folder.display().to_string(), error })?;
        let judge = Judge::of(&bundle, caution);
        Ok(Self { bundle, network, finder: Finder::default(), judge, stock: None })
    }

    /// The same reader, who looks every sleeve up in a stock, too.
    #[must_use]
    pub fn beside(self, stock: Arc<Stock>) -> Self {
        Self { stock: Some(stock), ..self }
    }

    /// The stock in which sleeves are looked up.
    #[must_use]
    pub fn stock(&self) -> Option<&Arc<Stock>> {
        self.stock.as_ref()
    }

    /// The bundle in use.
    #[must_use]
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// What the network says of a cover.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] where the network fails on it.
    pub fn read_cover(&self, cover: &Cover) -> Result<Reading, NetworkError> {
        self.network.read(&prepare(cover, &self.bundle.input))
    }

    /// What there is to say of a frame.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] where the network fails on this cover.
    pub fn look(&self, frame: &Frame, gaze: Gaze) -> Result<Sighting, NetworkError> {
        self.examine(frame, gaze).map(|(sighting, _)| sighting)
    }

    /// The same, and what it rests on: the flat cover and its reading; neither where there is no sleeve.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] where the network fails on this cover.
    pub fn examine(
        &self,
        frame: &Frame,
        gaze: Gaze,
    ) -> Result<(Sighting, Option<(Cover, Reading)>), NetworkError> {
        let (name, picture) = (frame.name.clone(), &frame.picture);
        let mut millis = Millis::default();

        let outline = match gaze {
            Gaze::Flat => None,
            Gaze::Still | Gaze::Live => self.find(frame, &mut millis),
        };
        if outline.is_none() && gaze == Gaze::Live {
            return Ok((Sighting { name, outline, verdict: self.judge.nothing(), millis }, None));
        }
        let (cover, prepared, outline) = timed(&mut millis.flatten, || {
            let flat = outline.and_then(|outline| Some((flatten(picture, &outline)?, outline)));
            let (cover, outline) = flat.unzip();
            let cover = cover.unwrap_or_else(|| Cover::centred(picture));
            let prepared = prepare(&cover, &self.bundle.input);
            (cover, prepared, outline)
        });
        let reading = timed(&mut millis.read, || self.network.read(&prepared))?;
        let verdict = self.judge(&reading);
        Ok((Sighting { name, outline, verdict, millis }, Some((cover, reading))))
    }
}

impl Eye for Reader {
    type Error = NetworkError;

    fn find(&self, frame: &Frame, millis: &mut Millis) -> Option<Outline> {
        timed(&mut millis.find, || self.finder.find(&frame.picture))
    }

    fn read(
        &self,
        frame: &Frame,
        outline: &Outline,
        millis: &mut Millis,
    ) -> Result<Option<Reading>, NetworkError> {
        let prepared = timed(&mut millis.flatten, || {
            Some(prepare(&flatten(&frame.picture, outline)?, &self.bundle.input))
        });
        prepared.map(|prepared| timed(&mut millis.read, || self.network.read(&prepared))).transpose()
    }

    fn judge(&self, reading: &Reading) -> Verdict {
        let findings = self.stock.as_ref().map(|stock| stock.recognise(&reading.embedding));
        self.judge.judge_beside(reading, &findings.unwrap_or_default())
    }

    fn nothing(&self) -> Verdict {
        self.judge.nothing()
    }
}

/// Runs a stage and notes what it took, in milliseconds.
fn timed<T>(millis: &mut f64, stage: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = stage();
    *millis = start.elapsed().as_secs_f64() * 1e3;
    result
}
