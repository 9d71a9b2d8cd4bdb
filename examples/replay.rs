//! How long it takes from the first frame in which a sleeve is whole to the lamp: the station at a camera's pace.
//!
//!     cargo run --release --example replay [FOLDER [ROUNDS]]
//!
//! Each picture of the folder is a scene: a sleeve comes in from the side, is whole, and stays. Frames come as a
//! camera's at 15 frames a second, motion JPEG, each decoded anew; `taskset -c 0` holds it to one core.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is what an example is for")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, imageops};
use sleevesight::camera::{Camera, CameraError};
use sleevesight::frame::Frame;
use sleevesight::indicator::{Indicator, IndicatorError};
use sleevesight::network::Reading;
use sleevesight::picture;
use sleevesight::reader::Reader;
use sleevesight::sighting::Millis;
use sleevesight::sleeve::Outline;
use sleevesight::station::{Eye, Log, Phase, State, Station};
use sleevesight::verdict::{Caution, Verdict};
use sleevesight::words::WordEvidence;

/// From one frame to the next.
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 15);

/// Frames in which the sleeve comes in, and frames in which it stays.
const COMING: usize = 8;
const STAYING: usize = 45;

/// A camera that plays a scene.
struct Replay {
    frames: Vec<Vec<u8>>,
    next: usize,
    started: Instant,
    decoding: Spent,
    /// When the first frame came in which the sleeve is whole, and when its lamp was lit.
    whole: Arc<Mutex<Option<Instant>>>,
}

impl Camera for Replay {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        let Some(bytes) = self.frames.get(self.next) else { return Ok(None) };
        let at = FRAME * self.next as u32;
        thread::sleep(at.saturating_sub(self.started.elapsed()));
        if self.next == COMING {
            *self.whole.lock().expect("nobody panicked") = Some(Instant::now());
        }
        self.next += 1;
        let frame = self.decoding.time(|| Frame::from_mjpg(bytes, None, at, "replay".into()));
        frame
            .map(Some)
            .map_err(|error| CameraError::Dropped { name: "replay".into(), reason: error.to_string() })
    }
}

/// A lamp that knows when it was lit.
struct Lamp {
    whole: Arc<Mutex<Option<Instant>>>,
    lit: Arc<Mutex<Option<Instant>>>,
}

impl Indicator for Lamp {
    fn show(&mut self, state: &State) -> Result<(), IndicatorError> {
        if state.phase == Phase::Said && self.whole.lock().expect("nobody panicked").is_some() {
            self.lit.lock().expect("nobody panicked").get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    fn clear(&mut self) -> Result<(), IndicatorError> {
        Ok(())
    }
}

/// What a stage took, in milliseconds, each time, and when it ended.
#[derive(Clone, Default)]
struct Spent(Arc<Mutex<Vec<(Instant, f64)>>>);

impl Spent {
    fn time<T>(&self, stage: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = stage();
        self.add(start.elapsed().as_secs_f64() * 1e3);
        result
    }

    fn add(&self, millis: f64) {
        self.0.lock().expect("nobody panicked").push((Instant::now(), millis));
    }

    /// All of it that ended between two moments.
    fn between(&self, from: Instant, to: Instant) -> f64 {
        let times = self.0.lock().expect("nobody panicked");
        times.iter().filter(|(end, _)| (from..=to).contains(end)).map(|(_, millis)| millis).sum()
    }

    /// How often, the median, and the highest.
    fn told(&self) -> String {
        let times = self.0.lock().expect("nobody panicked");
        let mut times: Vec<f64> = times.iter().map(|(_, millis)| *millis).collect();
        times.sort_by(f64::total_cmp);
        let Some(highest) = times.last() else { return "never".into() };
        format!(
            "{:>5} times, {:>7.1} ms in the middle, {highest:>7.1} ms at most",
            times.len(),
            times[times.len() / 2]
        )
    }
}

/// A reader whose stages are timed.
struct Timed<'a> {
    reader: &'a Reader,
    find: Spent,
    flatten: Spent,
    read: Spent,
}

impl Eye for Timed<'_> {
    type Error = <Reader as Eye>::Error;

    fn find(&self, frame: &Frame, millis: &mut Millis) -> Option<Outline> {
        let outline = self.reader.find(frame, millis);
        self.find.add(millis.find);
        outline
    }

    fn read(
        &self,
        frame: &Frame,
        outline: &Outline,
        millis: &mut Millis,
    ) -> Result<Option<(Outline, Reading)>, Self::Error> {
        let reading = Eye::read(self.reader, frame, outline, millis);
        self.flatten.add(millis.flatten);
        self.read.add(millis.read);
        reading
    }

    fn judge(&self, reading: &Reading, words: Option<&WordEvidence>) -> Verdict {
        self.reader.judge(reading, words)
    }

    fn nothing(&self) -> Verdict {
        self.reader.nothing()
    }
}

/// A picture as a webcam sends it, moved to the side by a part of its width.
fn jpeg(picture: &RgbImage, part: f32) -> Result<Vec<u8>, Box<dyn Error>> {
    let (width, height) = picture.dimensions();
    let shift = (part * width as f32) as i64;
    let mut moved = RgbImage::from_pixel(width, height, *picture.get_pixel(0, 0));
    imageops::replace(&mut moved, picture, shift, 0);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&moved)?;
    Ok(bytes)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or("tests/sleeves/scenes".into(), PathBuf::from);
    let rounds: usize = arguments.next().map_or(Ok(1), |rounds| rounds.parse())?;
    let reader = Reader::open(Path::new("models/default"), Caution::Normal)?;
    let eye =
        Timed { reader: &reader, find: Spent::default(), flatten: Spent::default(), read: Spent::default() };
    let decoding = Spent::default();

    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "jpg"));
    paths.sort();
    let lamp = Spent::default();
    let stages = [("decode", &decoding), ("find", &eye.find), ("flatten", &eye.flatten), ("read", &eye.read)];
    let parts: [Spent; 4] = Default::default();
    let (mut sum, mut silent) = (Log::default(), 0);
    for path in paths.iter().cycle().take(rounds * paths.len()) {
        let picture = picture::decode(&std::fs::read(path)?)?;
        let mut frames = Vec::new();
        for frame in 0..COMING {
            frames.push(jpeg(&picture, 0.8 * (1.0 - frame as f32 / COMING as f32))?);
        }
        let whole = jpeg(&picture, 0.0)?;
        frames.extend(std::iter::repeat_n(whole, STAYING));

        let (seen, lit) = (Arc::<Mutex<Option<Instant>>>::default(), Arc::default());
        let shown = Lamp { whole: Arc::clone(&seen), lit: Arc::clone(&lit) };
        let mut camera = Replay {
            frames,
            next: 0,
            started: Instant::now(),
            decoding: decoding.clone(),
            whole: Arc::clone(&seen),
        };
        let stop = AtomicBool::new(false);
        let station = Station::new(vec![Box::new(shown)], |_, sentence: &str| eprintln!("{sentence}"));
        let log = station.run(&mut camera, &eye, &stop)?;
        stop.store(true, Ordering::Relaxed);
        sum.frames += log.frames;
        sum.dropped += log.dropped;
        sum.skipped += log.skipped;
        let (seen, lit) = (*seen.lock().expect("nobody panicked"), *lit.lock().expect("nobody panicked"));
        let (Some(seen), Some(lit)) = (seen, lit) else {
            silent += 1;
            continue;
        };
        lamp.add((lit - seen).as_secs_f64() * 1e3);
        for ((_, spent), part) in stages.iter().zip(&parts) {
            part.add(spent.between(seen, lit));
        }
    }

    println!("From the first frame in which the sleeve is whole to the lamp:");
    println!("whole to lamp {}", lamp.told());
    for ((name, _), part) in stages.iter().zip(&parts) {
        println!("  of it {name:<7} {}", part.told());
    }
    println!("  the rest is waiting: for frames, and for the sleeve to be still");
    println!("scenes of which nothing was said: {silent} of {}", rounds * paths.len());
    println!("Each time:");
    for (name, spent) in stages {
        println!("{name:<13} {}", spent.told());
    }
    println!("frames: {} looked at, {} passed over, {} dropped", sum.frames, sum.skipped, sum.dropped);
    Ok(())
}
