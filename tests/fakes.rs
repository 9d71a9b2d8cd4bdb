//! What stands in for a camera, for what looks at its frames, and for what they are shown on.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use embedded_graphics::Pixel;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, OriginDimensions, Size};
use embedded_hal::spi::{self, SpiBus};
use image::{Rgb, RgbImage};
use sleevesight::camera::{Camera, CameraError};
use sleevesight::frame::Frame;
use sleevesight::network::{Genre, Reading};
use sleevesight::sighting::Millis;
use sleevesight::sleeve::Outline;
use sleevesight::station::Eye;
use sleevesight::verdict::{Likelihood, Verdict, Word};
use sleevesight::words::{Artist, Line, WordEvidence};

/// What a camera says when it is asked for a frame.
pub(crate) type Answer = Result<Option<Frame>, CameraError>;

/// A sleeve before the camera. It is written into the frame's first pixels, from which [`SleeveEye`] reads it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sleeve {
    pub(crate) genre: usize,
    /// Where its left side is.
    pub(crate) left: f32,
    /// Whether each frame of it reads as another genre.
    pub(crate) wavers: bool,
    /// Whether reading it fails.
    pub(crate) unreadable: bool,
}

/// A camera that gives what it was told to, 15 frames a second by its own time.
#[derive(Default)]
pub(crate) struct Script {
    answers: VecDeque<Answer>,
    count: u32,
    /// Over and over.
    endless: bool,
    /// Frames given so far, for whoever wants to know.
    given: Arc<AtomicU32>,
}

impl Script {
    pub(crate) fn then(mut self, answer: Answer) -> Self {
        self.answers.push_back(answer);
        self
    }

    pub(crate) fn sleeve(self, sleeve: Sleeve, frames: u32) -> Self {
        let pixel = |frame: u32| {
            let genre = if sleeve.wavers { frame as usize % 3 } else { sleeve.genre };
            [1 + u8::from(sleeve.unreadable), genre as u8, sleeve.left as u8]
        };
        (0..frames).fold(self, |script, frame| script.pixel(pixel(frame)))
    }

    pub(crate) fn empty(self, frames: u32) -> Self {
        (0..frames).fold(self, |script, _| script.pixel([0; 3]))
    }

    fn pixel(mut self, pixel: [u8; 3]) -> Self {
        let mut picture = RgbImage::from_pixel(64, 64, Rgb([100; 3]));
        picture.put_pixel(0, 0, Rgb(pixel));
        let at = self.tick();
        self.then(Ok(Some(Frame { picture, at, name: "cam".into() })))
    }

    fn tick(&mut self) -> Duration {
        self.count += 1;
        Duration::from_millis(1000 * u64::from(self.count) / 15)
    }

    pub(crate) fn endless(self) -> Self {
        Self { endless: true, ..self }
    }

    /// How many frames it has given, at any time.
    pub(crate) fn given(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.given)
    }
}

impl Camera for Script {
    fn next(&mut self) -> Answer {
        let Some(answer) = self.answers.pop_front() else { return Ok(None) };
        if let (true, Ok(Some(frame))) = (self.endless, &answer) {
            thread::sleep(Duration::from_millis(1));
            let again = Frame { at: self.tick(), ..frame.clone() };
            self.answers.push_back(Ok(Some(again)));
        }
        self.given.fetch_add(1, Ordering::Relaxed);
        answer
    }
}

pub(crate) fn dropped(name: &str) -> Answer {
    Err(CameraError::Dropped { name: name.into(), reason: "cut short".into() })
}

pub(crate) fn gone() -> Answer {
    Err(CameraError::Gone { path: "/dev/video0".into() })
}

pub(crate) fn mending() -> Answer {
    Err(CameraError::Mending(Box::new(CameraError::Gone { path: "/dev/video0".into() })))
}

/// Sees the sleeves of a [`Script`].
#[derive(Default)]
pub(crate) struct SleeveEye {
    /// Each look takes as long as the camera needs for five frames, by its count, until it is told to stop.
    pub(crate) slow: Option<(Arc<AtomicU32>, Arc<AtomicBool>)>,
    /// What the words of every sleeve say, pass by pass; none where it reads no words.
    pub(crate) words: Vec<WordEvidence>,
}

/// Evidence that an artist of this genre is named, by one line.
pub(crate) fn named(genre: usize, confidence: f32) -> WordEvidence {
    let (text, name) = (format!("ARTIST {genre}"), format!("Artist {genre}"));
    let corners = [[0.25, 0.25], [0.75, 0.25], [0.75, 0.5], [0.25, 0.5]];
    WordEvidence {
        lines: vec![Line { text, confidence: 0.97, corners }],
        artist: Some(Artist { name, confidence, lines: vec![0] }),
        counted: vec![0],
        names: (0..3).map(|place| if place == genre { 9.0 } else { 0.0 }).collect(),
        ..WordEvidence::default()
    }
}

/// Evidence of a line that names nobody.
pub(crate) fn nameless(text: &str) -> WordEvidence {
    let corners = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.2], [0.1, 0.2]];
    let lines = vec![Line { text: text.into(), confidence: 0.8, corners }];
    WordEvidence { lines, ..WordEvidence::default() }
}

#[derive(Debug, thiserror::Error)]
#[error("the network failed")]
pub(crate) struct Blind;

/// A reading of this genre of three, of a sleeve of its own.
pub(crate) fn reading(genre: usize) -> Reading {
    let one = |place: usize| if place == genre { 1.0 } else { 0.0 };
    let vector: Vec<f32> = (0..3).map(one).collect();
    Reading {
        logits: vector.clone(),
        embedding: vector.clone(),
        evidence: vector,
        grid: 1,
        sleeve: None,
        turned: None,
    }
}

pub(crate) fn square(left: f32, top: f32) -> Outline {
    let (right, bottom) = (left + 40.0, top + 40.0);
    Outline { corners: [[left, top], [right, top], [right, bottom], [left, bottom]], confidence: 0.9 }
}

impl Eye for SleeveEye {
    type Error = Blind;

    fn find(&self, frame: &Frame, _: &mut Millis) -> Option<Outline> {
        if let Some((given, stop)) = &self.slow {
            let start = given.load(Ordering::Relaxed);
            while given.load(Ordering::Relaxed) < start + 5 && !stop.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
        }
        let [is_there, _, left] = frame.picture.get_pixel(0, 0).0;
        (is_there > 0).then(|| square(left.into(), 5.0))
    }

    fn read(
        &self,
        frame: &Frame,
        outline: &Outline,
        _: &mut Millis,
    ) -> Result<Option<(Outline, Reading)>, Blind> {
        let [readable, genre, _] = frame.picture.get_pixel(0, 0).0;
        if readable == 1 { Ok(Some((*outline, reading(genre.into())))) } else { Err(Blind) }
    }

    fn passes(&self) -> usize {
        self.words.len()
    }

    fn read_words(
        &self,
        frame: &Frame,
        _: &Outline,
        pass: usize,
        so_far: &mut Vec<Vec<Line>>,
        millis: &mut Millis,
    ) -> Result<WordEvidence, Blind> {
        let [readable, ..] = frame.picture.get_pixel(0, 0).0;
        if readable == 0 {
            return Err(Blind);
        }
        assert_eq!(so_far.len(), pass, "each pass is read once, one after the other");
        millis.words += 1.0;
        so_far.push(self.words[pass].lines.clone());
        Ok(WordEvidence { passes: pass + 1, ..self.words[pass].clone() })
    }

    fn judge(&self, reading: &Reading, words: Option<&WordEvidence>) -> Verdict {
        let named = |place: usize| words.and_then(|words| words.names.get(place)).copied().unwrap_or(0.0);
        let genres = (0..3).map(|place| {
            let id = format!("genre{place}");
            let genre = Genre {
                family: id.clone(),
                en: id.clone(),
                ru: id.clone(),
                color: "#ffffff".into(),
                id,
                prior: None,
            };
            Likelihood { genre: Arc::new(genre), probability: reading.logits[place] + named(place) }
        });
        let mut genres: Vec<Likelihood> = genres.collect();
        genres.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let verdict = Verdict::new(Word::Genre(genres[0].clone()), genres, Vec::new());
        words.map_or(verdict.clone(), |words| verdict.with_words(words))
    }

    fn nothing(&self) -> Verdict {
        Verdict::new(Word::Nothing, Vec::new(), Vec::new())
    }
}

/// An SPI bus that keeps what it is sent.
pub(crate) struct Wire(pub(crate) Rc<RefCell<Vec<u8>>>);

impl spi::ErrorType for Wire {
    type Error = Infallible;
}

impl SpiBus for Wire {
    fn read(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        Ok(())
    }

    fn write(&mut self, words: &[u8]) -> Result<(), Infallible> {
        self.0.borrow_mut().extend(words);
        Ok(())
    }

    fn transfer(&mut self, _: &mut [u8], write: &[u8]) -> Result<(), Infallible> {
        self.write(write)
    }

    fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), Infallible> {
        self.write(words)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A canvas of the display's size.
pub(crate) struct Canvas(pub(crate) Vec<Vec<bool>>);

impl Default for Canvas {
    fn default() -> Self {
        Self(vec![vec![false; 128]; 64])
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(128, 64)
    }
}

impl DrawTarget for Canvas {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(place, color) in pixels {
            self.0[usize::try_from(place.y).expect("inside")][usize::try_from(place.x).expect("inside")] =
                color.is_on();
        }
        Ok(())
    }
}
