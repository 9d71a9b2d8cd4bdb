//! Frames without end.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use sleevesight::camera::{Camera, CameraError};
use sleevesight::frame::Frame;
use sleevesight::kiosk::{House, Kiosk, KioskSettings};
use sleevesight::network::Reading;
use sleevesight::sighting::Millis;
use sleevesight::sleeve::Outline;
use sleevesight::station::{Bulletin, Eye, Station};
use sleevesight::stock::Stock;
use sleevesight::verdict::Verdict;
use sleevesight::words::WordEvidence;

use crate::appliance::bundle;
use crate::client::Client;
use crate::fakes::{SleeveEye, reading, square};
use crate::process::Process;
use crate::{figure, in_long_form};

/// Frames from one sleeve to the next: three seconds of it, and one of nothing, at 15 a second.
const ROUND: u32 = 60;
const HELD: u32 = 45;

/// How much memory may grow, in kilobytes.
const GROWTH: u64 = 5 * 1024;

/// A camera that gives a frame as soon as the last one was looked at; sleeves come and go before it.
struct Eager {
    bulletin: Arc<Bulletin>,
    frames: u32,
    given: u32,
    progress: Arc<AtomicU32>,
}

impl Camera for Eager {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        if self.given == self.frames {
            return Ok(None);
        }
        let (mut edition, mut state) = self.bulletin.read();
        while state.log.frames < u64::from(self.given) {
            if let Some(news) = self.bulletin.wait(edition, Duration::from_secs(1)) {
                (edition, state) = news;
            }
        }
        self.progress.store(self.given, Ordering::Relaxed);
        self.given += 1;
        let mut picture = RgbImage::from_pixel(160, 120, Rgb([100; 3]));
        if self.given % ROUND < HELD {
            let genre = self.given / ROUND % 3;
            picture.put_pixel(0, 0, Rgb([1, genre as u8, 20]));
        }
        let at = Duration::from_millis(1000 * u64::from(self.given) / 15);
        Ok(Some(Frame { picture, at, name: "cam".into() }))
    }
}

/// Sees these sleeves, and looks each up in a stock.
struct Expert {
    stock: Arc<Stock>,
    length: usize,
}

impl Expert {
    fn long(&self, reading: &Reading) -> Vec<f32> {
        let rest = self.length - reading.embedding.len();
        reading.embedding.iter().copied().chain(std::iter::repeat_n(0.0, rest)).collect()
    }
}

impl Eye for Expert {
    type Error = Infallible;

    fn find(&self, frame: &Frame, _: &mut Millis) -> Option<Outline> {
        let [there, ..] = frame.picture.get_pixel(0, 0).0;
        (there == 1).then(|| square(20.0, 5.0))
    }

    fn read(
        &self,
        frame: &Frame,
        outline: &Outline,
        _: &mut Millis,
    ) -> Result<Option<(Outline, Reading)>, Infallible> {
        Ok(Some((*outline, reading(frame.picture.get_pixel(0, 0).0[1].into()))))
    }

    fn judge(&self, reading: &Reading, words: Option<&WordEvidence>) -> Verdict {
        let findings = self.stock.recognise(&self.long(reading), &[]);
        Verdict { lookalikes: findings.lookalikes, ..SleeveEye::default().judge(reading, words) }
    }

    fn nothing(&self) -> Verdict {
        SleeveEye::default().nothing()
    }
}

/// A browser that comes, looks around and leaves, over and over.
fn visit(client: Client, stop: &AtomicBool) -> u32 {
    let mut visits = 0;
    while !stop.load(Ordering::Relaxed) {
        client.events().next().expect("an event");
        for path in ["/", "/api/verdict", "/api/picture.jpg?width=320", "/metrics"] {
            assert!([200, 204].contains(&client.get(path).status), "{path}");
        }
        visits += 1;
        thread::sleep(Duration::from_millis(20));
    }
    visits
}

#[test]
fn memory_threads_files_and_pace_stay_as_they_are() {
    let frames = in_long_form(100_000, 6_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bundle = bundle();
    let stock = Stock::open_or_create(&folder.path().join("stock.db"), &bundle).expect("an empty stock");
    let stock = Arc::new(stock);
    let eye = Expert { stock: Arc::clone(&stock), length: bundle.embedding };
    let settings =
        KioskSettings { listen: "127.0.0.1:0".parse().expect("an address"), ..KioskSettings::default() };
    let kiosk = Kiosk::bind(&settings).expect("the system chooses a port");
    let client = Client(kiosk.address());
    let station = Station::new(Vec::new(), |_, _: &str| {});
    let bulletin = station.bulletin();
    let house = House { stock: Some(stock), ..House::of(&bundle) };
    let _serving = kiosk.serve(Arc::clone(&bulletin), house).expect("threads");
    let progress = Arc::<AtomicU32>::default();
    let mut camera = Eager { bulletin, frames, given: 0, progress: Arc::clone(&progress) };
    let (stop, process) = (AtomicBool::new(false), Process("self".into()));

    let (log, visits, samples) = thread::scope(|scope| {
        let visitor = scope.spawn(|| visit(client, &stop));
        let run = scope.spawn(|| station.run(&mut camera, &eye, &AtomicBool::new(false)));
        // After each tenth, the first of which is for all to find its place.
        let samples: Vec<_> = (1..=9)
            .map(|tenth| {
                while progress.load(Ordering::Relaxed) < frames * tenth / 10 {
                    thread::sleep(Duration::from_millis(5));
                }
                (process.kilobytes("VmRSS"), process.holdings(), process.busy(), Instant::now())
            })
            .collect();
        let log = run.join().expect("no panic").expect("a good run");
        stop.store(true, Ordering::Relaxed);
        (log, visitor.join().expect("no panic"), samples)
    });

    assert_eq!((log.frames, log.skipped, log.dropped), (frames.into(), 0, 0));
    assert!(visits > 3, "{visits}");
    let (first, last) = (&samples[0], &samples[8]);
    let grown = last.0.saturating_sub(first.0);
    assert!(grown < GROWTH, "{grown} KB more after {frames} frames: {samples:?}");
    // A visitor's connections and what works for them may be there or not.
    assert!(last.1.threads <= first.1.threads + 4, "{samples:?}");
    assert!(last.1.files <= first.1.files + 8, "{samples:?}");
    let spent = |from: usize, to: usize| (samples[to].2 - samples[from].2).as_secs_f64();
    let (early, late) = (spent(0, 4), spent(4, 8));
    assert!(late < 1.5 * early + 0.2, "a frame costs more and more: {early} s, then {late} s");
    let rate = f64::from(frames) * 0.8 / (last.3 - first.3).as_secs_f64();
    figure(
        "soak::memory_threads_files_and_pace_stay_as_they_are",
        &format!(
            "{frames} frames, {visits} visitors: {grown} KB more, threads {} then {}, files {} then {}, processor \
             time of the second half {:.2} of the first's, {rate:.0} frames a second",
            first.1.threads,
            last.1.threads,
            first.1.files,
            last.1.files,
            late / early,
        ),
    );
}
