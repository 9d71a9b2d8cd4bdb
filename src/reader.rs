//! The reader: a frame comes in, a sighting goes out.
//!
//! It puts the core's parts in a row and times them; whatever moves a frame in and a sighting out
//! (a command, the station) calls it and knows nothing of networks.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use image::RgbImage;

use crate::frame::Frame;
use crate::network::int8::Fusion;
use crate::network::{Bundle, BundleError, Network, NetworkError, Reading, prepare};
use crate::sighting::{Millis, Sighting};
use crate::sleeve::{Cover, Finder, Outline, flatten};
use crate::station::Eye;
use crate::stock::Stock;
use crate::verdict::{Caution, Judge, SpokenWords, Verdict};
use crate::words::{
    Line, PASSES, Passes, WordEvidence, WordReader, WordsError, WordsFolder, WordsFolderError,
};

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
    caution: Caution,
    words: Option<WordReader>,
    /// How many passes read the words of a cover at most.
    passes: usize,
    /// Why words are not read, though they should be.
    words_trouble: Option<WordsTrouble>,
}

/// Why a bundle's words cannot be read; the picture decides alone.
#[derive(Debug, thiserror::Error)]
pub enum WordsTrouble {
    /// The folder `words/` is not whole.
    #[error(transparent)]
    Folder(#[from] WordsFolderError),
    /// Its parts cannot be used.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// Picture and words were not fitted to one another.
    #[error("{0}: words/fusion.toml is missing; install the whole bundle again")]
    Unfused(String),
}

/// Why a cover cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The network failed on the picture.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The words could not be read.
    #[error(transparent)]
    Words(#[from] WordsError),
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
        Ok(Self {
            bundle,
            network,
            finder: Finder::default(),
            judge,
            stock: None,
            caution,
            words: None,
            passes: 0,
            words_trouble: None,
        })
    }

    /// The same reader, who reads with so many threads.
    ///
    /// # Errors
    ///
    /// [`ReaderError::Network`] where the system gives no threads.
    pub fn with_threads(self, threads: usize) -> Result<Self, ReaderError> {
        let folder = self.bundle.folder.display().to_string();
        let network =
            self.network.with_threads(threads).map_err(|error| ReaderError::Network { folder, error })?;
        Ok(Self { network, ..self })
    }

    /// The same reader, which reads the words of a cover by this many passes at most. It reads none where it is 0, and
    /// where the bundle has nothing to read words with; where that is broken, [`Reader::words_trouble`] says why.
    #[must_use]
    pub fn with_words(self, passes: usize) -> Self {
        let passes = passes.min(PASSES);
        let opened = if passes == 0 { Ok(None) } else { self.open_words() };
        let (words, words_trouble) = match opened {
            Ok(words) => (words, None),
            Err(trouble) => (None, Some(trouble)),
        };
        Self { passes: if words.is_some() { passes } else { 0 }, words, words_trouble, ..self }
    }

    fn open_words(&self) -> Result<Option<WordReader>, WordsTrouble> {
        let Bundle { folder, sha256, .. } = &self.bundle;
        let Some(files) = WordsFolder::open(folder, sha256)? else { return Ok(None) };
        let fusion = files.fusion().ok_or_else(|| WordsTrouble::Unfused(folder.display().to_string()))?;
        Ok(Some(WordReader::open(files.list(), fusion, |name| files.file(name))?))
    }

    /// Why words are not read, though they should be.
    #[must_use]
    pub fn words_trouble(&self) -> Option<&WordsTrouble> {
        self.words_trouble.as_ref()
    }

    /// How many passes may read the words of a cover.
    #[must_use]
    pub fn max_passes(&self) -> usize {
        self.passes
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

    /// Which of the network's layers run in integers, and which do not.
    #[must_use]
    pub fn fusion(&self) -> &Fusion {
        self.network.fusion()
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
    /// [`LookError`] where a network fails on this cover.
    pub fn look(&self, frame: &Frame, gaze: Gaze) -> Result<Sighting, LookError> {
        self.examine(frame, gaze).map(|(sighting, _)| sighting)
    }

    /// The same, and what it rests on: the flat cover and its reading; neither where there is no sleeve.
    ///
    /// # Errors
    ///
    /// [`LookError`] where a network fails on this cover.
    pub fn examine(
        &self,
        frame: &Frame,
        gaze: Gaze,
    ) -> Result<(Sighting, Option<(Cover, Reading)>), LookError> {
        let (name, picture) = (frame.name.clone(), &frame.picture);
        let mut millis = Millis::default();

        let outline = match gaze {
            Gaze::Flat => None,
            Gaze::Still | Gaze::Live => self.find(frame, &mut millis),
        };
        if outline.is_none() && gaze == Gaze::Live {
            return Ok((
                Sighting { name, outline, cover: None, verdict: self.judge.nothing(), millis },
                None,
            ));
        }
        let found =
            outline.map(|outline| self.upright(picture, &outline, &mut millis)).transpose()?.flatten();
        let (outline, cover, reading) = match found {
            Some(Upright { outline, cover, reading }) => (Some(outline), cover, reading),
            None => {
                let cover = Cover::centred(picture);
                let reading = self.prepared_and_read(&cover, &mut millis)?;
                (None, cover, reading)
            }
        };
        let words = self.read_all_words(&cover, &mut millis)?;
        let verdict = self.judge(&reading, words.as_ref());
        let corners = outline.map_or_else(|| Cover::centred_corners(picture), |outline| outline.corners);
        let sighting = Sighting { name, outline, cover: Some(corners), verdict, millis };
        Ok((sighting, Some((cover, reading))))
    }

    /// What the words on a cover say after as many passes as it takes; `None` where words are not read.
    fn read_all_words(&self, cover: &Cover, millis: &mut Millis) -> Result<Option<WordEvidence>, WordsError> {
        let Some(words) = &self.words else { return Ok(None) };
        timed(&mut millis.words, || {
            let mut passes = Passes::at_most(self.passes);
            let (mut read, mut evidence) = (Vec::new(), WordEvidence::default());
            while let Some(pass) = passes.pending() {
                read.push(words.read(cover, pass)?);
                evidence = words.weigh(&read);
                passes.took(&evidence);
            }
            Ok(Some(evidence))
        })
    }

    /// Reads a sleeve where it was found, and once more the other way up where its cover lies turned.
    /// A turn counts only where the network, shown the turned cover, agrees that it is upright now.
    fn upright(
        &self,
        picture: &RgbImage,
        outline: &Outline,
        millis: &mut Millis,
    ) -> Result<Option<Upright>, NetworkError> {
        let Some(found) = self.flattened_and_read(picture, *outline, millis)? else { return Ok(None) };
        let quarters = self.bundle.turned.map_or(0, |least| found.reading.quarters(least));
        if quarters == 0 {
            return Ok(Some(found));
        }
        let turned = self.flattened_and_read(picture, outline.turned(quarters), millis)?;
        Ok(turned.filter(|turned| turned.reading.quarters(0.0) == 0).or(Some(found)))
    }

    fn flattened_and_read(
        &self,
        picture: &RgbImage,
        outline: Outline,
        millis: &mut Millis,
    ) -> Result<Option<Upright>, NetworkError> {
        let Some(cover) = timed(&mut millis.flatten, || flatten(picture, &outline)) else { return Ok(None) };
        let reading = self.prepared_and_read(&cover, millis)?;
        Ok(Some(Upright { outline, cover, reading }))
    }

    fn prepared_and_read(&self, cover: &Cover, millis: &mut Millis) -> Result<Reading, NetworkError> {
        let prepared = timed(&mut millis.flatten, || prepare(cover, &self.bundle.input));
        timed(&mut millis.read, || self.network.read(&prepared))
    }
}

impl Eye for Reader {
    type Error = LookError;

    fn find(&self, frame: &Frame, millis: &mut Millis) -> Option<Outline> {
        millis.find = 0.0;
        timed(&mut millis.find, || self.finder.find(&frame.picture))
    }

    fn read(
        &self,
        frame: &Frame,
        outline: &Outline,
        millis: &mut Millis,
    ) -> Result<Option<(Outline, Reading)>, LookError> {
        (millis.flatten, millis.read) = (0.0, 0.0);
        let found = self.upright(&frame.picture, outline, millis)?;
        Ok(found.map(|found| (found.outline, found.reading)))
    }

    fn passes(&self) -> usize {
        self.passes
    }

    fn read_words(
        &self,
        frame: &Frame,
        outline: &Outline,
        pass: usize,
        so_far: &mut Vec<Vec<Line>>,
        millis: &mut Millis,
    ) -> Result<WordEvidence, LookError> {
        let Some(words) = &self.words else { return Ok(WordEvidence::default()) };
        let Some(cover) = timed(&mut millis.flatten, || flatten(&frame.picture, outline)) else {
            return Ok(words.weigh(so_far));
        };
        timed(&mut millis.words, || {
            so_far.push(words.read(&cover, pass)?);
            Ok(words.weigh(so_far))
        })
    }

    fn rest(&self) {
        if let Some(words) = &self.words {
            words.rest();
        }
    }

    fn judge(&self, reading: &Reading, words: Option<&WordEvidence>) -> Verdict {
        let lines = words.map_or(&[][..], |evidence| &evidence.lines);
        let stock = self.stock.as_deref();
        let findings = stock.map(|stock| stock.recognise(&reading.embedding, lines)).unwrap_or_default();
        let Some((evidence, reader)) = words.zip(self.words.as_ref()) else {
            return self.judge.judge_beside(reading, &findings);
        };
        let shelved = evidence.artist.as_ref().zip(stock);
        let shelved = shelved
            .and_then(|(artist, stock)| Some((stock.genre_of_artist(&artist.name)?, artist.confidence)));
        let spoken = SpokenWords {
            evidence,
            fusion: reader.fusion(),
            genres: reader.genres(),
            levels: reader.fusion().thresholds.of(self.caution),
            shelved,
        };
        self.judge.judge_with_words(reading, &findings, &spoken).with_words(evidence)
    }

    fn nothing(&self) -> Verdict {
        self.judge.nothing()
    }
}

/// A sleeve that was read: its outline from the top left of its cover.
struct Upright {
    outline: Outline,
    cover: Cover,
    reading: Reading,
}

/// Runs a stage and adds what it took, in milliseconds.
fn timed<T>(millis: &mut f64, stage: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = stage();
    *millis += start.elapsed().as_secs_f64() * 1e3;
    result
}
