//! The kiosk tells what the station says: as JSON, as events, as pictures, in figures; and the page is all its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use image::{Rgb, RgbImage};
use predicates::prelude::predicate;
use serde_json::{Value, json};
use sleevesight::frame::Frame;
use sleevesight::kiosk::{House, Kiosk, KioskSettings, Limits, Serving};
use sleevesight::network::{Genre, Reading};
use sleevesight::sighting::{Millis, Sighting};
use sleevesight::station::{Bulletin, Eye, Phase, State, Station};
use sleevesight::verdict::Verdict;
use sleevesight::words::WordEvidence;

use crate::client::Client;
use crate::common::{root, sleevesight, started_by};
use crate::fakes::{Script, Sleeve, SleeveEye, named, reading, square};

/// A kiosk of a station that says what it is told to.
pub(crate) struct Shop {
    pub(crate) client: Client,
    pub(crate) bulletin: Arc<Bulletin>,
    pub(crate) serving: Serving,
}

pub(crate) fn genres() -> Vec<Arc<Genre>> {
    let genre = |place| {
        let id = format!("genre{place}");
        Arc::new(Genre {
            family: id.clone(),
            en: id.clone(),
            ru: id.clone(),
            color: "#0077bb".into(),
            id,
            prior: None,
        })
    };
    (0..3).map(genre).collect()
}

pub(crate) fn anywhere() -> KioskSettings {
    KioskSettings { listen: "127.0.0.1:0".parse().expect("an address"), ..KioskSettings::default() }
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::with(House { genres: genres(), bundle: Some("test".into()), ..House::default() })
    }

    pub(crate) fn with(house: House) -> Self {
        Self::limited(house, Limits::default())
    }

    pub(crate) fn limited(house: House, limits: Limits) -> Self {
        let bulletin = Arc::<Bulletin>::default();
        let kiosk = Kiosk::bind(&anywhere()).expect("the system chooses a port").limited(limits);
        let client = Client(kiosk.address());
        let serving = kiosk.serve(Arc::clone(&bulletin), house).expect("threads");
        Self { client, bulletin, serving }
    }

    /// A sleeve of this genre is held before the camera, and said.
    pub(crate) fn say(&self, genre: usize) {
        self.say_of(reading(genre));
    }

    /// The words of the sleeve that is there are read, and say this.
    pub(crate) fn refine(&self, words: &WordEvidence) {
        self.bulletin.post(|state| {
            let reading = state.reading.as_ref().expect("a sleeve is there");
            let verdict = SleeveEye::default().judge(reading, Some(words));
            let sighting = Sighting::clone(state.sighting.as_ref().expect("a sleeve is there"));
            state.sighting = Some(Arc::new(Sighting { verdict, ..sighting }));
        });
    }

    /// A sleeve that is read so is held before the camera, and said.
    pub(crate) fn say_of(&self, reading: Reading) {
        let verdict = SleeveEye::default().judge(&reading, None);
        self.say_this(reading, verdict);
    }

    /// This is said of a sleeve that is read so.
    pub(crate) fn say_this(&self, reading: Reading, verdict: Verdict) {
        let sighting = Sighting {
            name: "cam".into(),
            outline: Some(square(10.0, 5.0)),
            cover: Some(square(10.0, 5.0).corners),
            verdict,
            millis: Millis { find: 20.0, flatten: 5.0, read: 40.0, words: 0.0 },
        };
        let frame = Arc::new(Frame::still(coloured(), "cam".into()));
        self.bulletin.post(|state| {
            state.phase = Phase::Said;
            state.sleeve = state.log.frames + 1;
            state.outline = sighting.outline;
            state.sighting = Some(Arc::new(sighting));
            state.reading = Some(Arc::new(reading));
            state.seen = Some(Arc::clone(&frame));
            state.frame = Some(frame);
            state.log.frames += 1;
        });
    }

    pub(crate) fn leave(&self) {
        self.bulletin.post(|state| {
            *state = State { phase: Phase::Empty, log: state.log, ..State::default() };
        });
    }

    /// Waits until this is told.
    pub(crate) fn until(&self, told: impl Fn(&Value) -> bool) -> Value {
        self.client.events().find(told).expect("it is told")
    }
}

/// A frame of 1600 x 900 with a red sleeve on blue.
fn coloured() -> RgbImage {
    RgbImage::from_fn(1600, 900, |x, y| {
        if (10..50).contains(&x) && (5..45).contains(&y) { Rgb([200, 30, 20]) } else { Rgb([20, 30, 200]) }
    })
}

#[test]
fn each_change_is_told_once_and_sleeves_are_counted() {
    let shop = Shop::new();
    let mut events = shop.client.events();
    let mut next = || {
        let event = events.next().expect("an event");
        (event["number"].clone(), event["phase"].clone(), event["verdict"].clone(), event["genre"].clone())
    };
    assert_eq!(next(), (json!(0), json!("waking"), json!(null), json!(null)));
    shop.say(1);
    assert_eq!(next(), (json!(1), json!("said"), json!("genre"), json!("genre1")));
    shop.bulletin.post(|state| state.log.frames += 1);
    shop.leave();
    assert_eq!(next(), (json!(1), json!("empty"), json!(null), json!(null)), "a frame more is no news");
    shop.say(2);
    assert_eq!(next(), (json!(2), json!("said"), json!("genre"), json!("genre2")));
}

#[test]
fn a_verdict_is_told_as_classify_tells_it() {
    let shop = Shop::new();
    shop.say(1);
    shop.until(|state| state["verdict"] == "genre");
    let told = shop.client.json("/api/verdict");
    assert_eq!(told["family"], "genre1");
    assert_eq!(told["probability"], 1.0);
    assert_eq!(told["trouble"], json!(null));
    assert_eq!(told["genres"][0], json!({ "genre": "genre1", "probability": 1.0 }));
    assert_eq!(told["genres"].as_array().map(Vec::len), Some(3));
}

#[test]
fn words_that_are_read_refine_the_verdict_on_the_same_sleeve() {
    let shop = Shop::new();
    shop.say(1);
    let told = shop.until(|state| state["number"] == 1);
    assert_eq!((&told["words"], &told["artist"], &told["counted"]), (&json!([]), &json!(null), &json!([])));
    shop.refine(&named(2, 0.95));
    let told = shop.until(|state| !state["artist"].is_null());
    assert_eq!((&told["number"], &told["genre"]), (&json!(1), &json!("genre2")), "it is the same sleeve");
    assert_eq!(told["artist"]["name"], "Artist 2");
    assert_eq!(told["words"][0]["text"], "ARTIST 2");
    assert_eq!(told["words"][0]["box"], json!([[20.0, 15.0], [40.0, 15.0], [40.0, 25.0], [20.0, 25.0]]));
    assert_eq!(
        told["counted"],
        json!([{ "text": "ARTIST 2", "corners": [[0.25, 0.25], [0.75, 0.25], [0.75, 0.5], [0.25, 0.5]] }])
    );
    assert_eq!(shop.client.get("/api/cover.jpg?number=1").status, 200);
    assert_eq!(shop.client.get("/api/why.jpg?number=1&genre=genre2").status, 200);
    shop.say(0);
    let told = shop.until(|state| state["number"] == 2);
    assert_eq!(told["artist"], json!(null), "the next sleeve is read anew");
}

#[test]
fn the_picture_is_as_wide_as_the_client_needs_and_tells_where_the_sleeve_is() {
    let shop = Shop::new();
    assert_eq!(shop.client.get("/api/picture.jpg").status, 204, "the camera gave none yet");
    shop.say(0);
    for (wanted, width) in [(1, 320), (320, 320), (321, 480), (900, 960), (5000, 1280)] {
        let answer = shop.client.get(&format!("/api/picture.jpg?width={wanted}&after=0"));
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"));
        let picture = image::load_from_memory(&answer.body).expect("a JPEG");
        assert_eq!((picture.width(), picture.height()), (width, width * 9 / 16), "asked for {wanted}");
        let corners: Vec<f64> = answer
            .header("sleevesight-outline")
            .split([' ', ','])
            .map(|part| part.parse().expect("a number"))
            .collect();
        assert!((corners[0] - 10.5 / 1600.0).abs() < 1e-3 && (corners[1] - 5.5 / 900.0).abs() < 1e-3);
        assert_eq!(corners.len(), 8);
    }
    let number = shop.client.get("/api/picture.jpg").header("sleevesight-number").to_owned();
    let next = thread::scope(|scope| {
        let waiting = scope.spawn(|| shop.client.get(&format!("/api/picture.jpg?after={number}")));
        while !waiting.is_finished() {
            shop.say(1);
            thread::yield_now();
        }
        waiting.join().expect("no panic")
    });
    assert_eq!(next.status, 200);
    assert_ne!(next.header("sleevesight-number"), number, "it waits for another");
    assert_eq!(shop.client.get("/api/picture.jpg?width=wide").status, 400);
}

#[test]
fn a_small_frame_is_not_made_larger() {
    let shop = Shop::new();
    shop.bulletin.post(|state| {
        state.frame = Some(Arc::new(Frame::still(RgbImage::new(64, 48), "cam".into())));
    });
    let answer = shop.client.get("/api/picture.jpg?width=1280&after=0");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(image::load_from_memory(&answer.body).expect("a JPEG").width(), 64);
    assert_eq!(answer.header("sleevesight-outline"), "");
}

#[test]
fn what_is_wrong_with_the_camera_is_told_and_no_old_picture_is_shown() {
    let shop = Shop::new();
    shop.say(0);
    shop.until(|state| state["verdict"] == "genre");
    assert_eq!(shop.client.json("/api/health")["status"], "ok");
    shop.bulletin.post(|state| {
        *state = State {
            trouble: Some("the camera is gone".into()),
            frame: state.frame.take(),
            ..State::default()
        };
    });
    let told = shop.until(|state| !state["trouble"].is_null());
    assert_eq!(told["trouble"], json!({ "with": "camera", "sentence": "the camera is gone" }));
    assert_eq!(told["verdict"], json!(null));
    let health = shop.client.get("/api/health");
    assert_eq!((health.status, &health.json()["status"]), (503, &json!("trouble")));
    // The follower hands pictures on after it told the news.
    while shop.client.get("/api/picture.jpg").status != 204 {
        thread::yield_now();
    }
    shop.bulletin.post(|state| state.trouble = None);
    shop.until(|state| state["trouble"].is_null());
    assert_eq!(shop.client.get("/api/health").status, 200);
}

#[test]
fn why_is_told_of_the_sleeve_that_is_there_and_of_no_other() {
    let shop = Shop::new();
    shop.say(0);
    shop.until(|state| state["number"] == 1);
    for path in ["/api/why.jpg?number=1", "/api/why.jpg?number=1&genre=genre2", "/api/cover.jpg?number=1"] {
        let answer = shop.client.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"), "{path}");
        let picture = image::load_from_memory(&answer.body).expect("a JPEG");
        assert_eq!(picture.width(), picture.height(), "{path}");
    }
    let cover = image::load_from_memory(&shop.client.get("/api/cover.jpg?number=1").body).expect("a JPEG");
    let [red, _, blue] = cover.to_rgb8().get_pixel(20, 20).0;
    assert!(red > 150 && blue < 90, "it is the sleeve, not what is around it");
    assert_eq!(shop.client.get("/api/why.jpg?number=1&genre=polka").status, 400);
    shop.say(1);
    shop.until(|state| state["number"] == 2);
    for path in ["/api/why.jpg?number=1", "/api/cover.jpg?number=1", "/api/cover.jpg?number=3"] {
        assert_eq!(shop.client.get(path).status, 404, "{path}");
    }
    shop.leave();
    shop.until(|state| state["phase"] == "empty");
    assert_eq!(shop.client.get("/api/cover.jpg?number=2").status, 404, "whoever showed it took it along");
}

#[test]
fn figures_are_told_to_prometheus() {
    let shop = Shop::new();
    shop.say(0);
    shop.until(|state| state["number"] == 1);
    let _following = shop.client.events();
    let answer = shop.client.get("/metrics");
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    for line in [
        "sleevesight_frames_total 1",
        "sleevesight_verdicts_total{verdict=\"genre\",genre=\"genre0\"} 1",
        "sleevesight_trouble 0",
        "sleevesight_stage_seconds{stage=\"read\"} 0.04",
        "sleevesight_kiosk_clients 1",
        "# EOF",
    ] {
        assert!(answer.text().lines().any(|told| told == line), "{line} in\n{}", answer.text());
    }
}

#[test]
fn nothing_of_the_page_comes_from_elsewhere() {
    let shop = Shop::new();
    let page = shop.client.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe") && !policy.contains('*'));
    assert_eq!(page.header("x-content-type-options"), "nosniff");

    let about = shop.client.json("/api/about");
    let mut left = vec!["/".to_owned()];
    left.extend(
        about["languages"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|known| format!("/languages/{}.json", known["language"].as_str().expect("a code"))),
    );
    let mut seen = Vec::new();
    while let Some(path) = left.pop() {
        let answer = shop.client.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        let text = answer.text();
        for (place, _) in text.match_indices("//") {
            let around = &text[text.floor_char_boundary(place.saturating_sub(6))..];
            let allowed = around.starts_with("http://www.w3.org/2000/svg") || !around.starts_with("http");
            assert!(allowed, "{path}: {}", around.lines().next().unwrap_or_default());
        }
        // Whatever is named in quotes and looks like a file is one.
        let named = text.split('"').filter(|word| {
            let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./-".contains(&byte));
            plain && [".js", ".css", ".svg"].iter().any(|ending| word.ends_with(ending))
        });
        for name in named {
            let path = format!("/{}", name.trim_start_matches("./").trim_start_matches('/'));
            if !seen.contains(&path) {
                seen.push(path.clone());
                left.push(path);
            }
        }
    }
    assert!(seen.len() >= 7, "{seen:?}");
    assert_eq!(shop.client.get("/languages/xx.json").status, 404);
    assert_eq!(shop.client.get("/../Cargo.toml").status, 404);
}

#[test]
fn the_events_end_with_the_kiosk() {
    let Shop { client, serving, .. } = Shop::new();
    let mut events = client.events();
    assert!(events.next().is_some());
    drop(serving);
    assert!(events.next().is_none());
}

#[test]
fn it_follows_a_station() {
    let stop = AtomicBool::new(false);
    let station = Station::new(Vec::new(), |_, _: &str| {});
    let kiosk = Kiosk::bind(&anywhere()).expect("the system chooses a port");
    let client = Client(kiosk.address());
    let house = House { genres: genres(), ..House::default() };
    let _serving = kiosk.serve(station.bulletin(), house).expect("threads");
    let mut camera = Script::default().sleeve(Sleeve { genre: 1, ..Sleeve::default() }, 10).endless();
    thread::scope(|scope| {
        let (stop, camera) = (&stop, &mut camera);
        let run = scope.spawn(move || station.run(camera, &SleeveEye::default(), stop));
        let told = client.events().find(|state| state["verdict"] == "genre").expect("it is told");
        stop.store(true, Ordering::Relaxed);
        assert_eq!(told["genre"], "genre1");
        run.join().expect("no panic").expect("a good run");
    });
}

/// The program, running, and what it says on standard error.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
}

impl Running {
    fn with(arguments: &[&str]) -> Self {
        let words = started_by();
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .args(["run", "--no-words", "--source", "stills:tests/sleeves/scenes"])
            .args(arguments)
            .env("XDG_CONFIG_HOME", root().join("tests/no-configuration"))
            .current_dir(root())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("a line").expect("text")
    }

    /// The address that it names.
    fn client(&mut self) -> Client {
        let line = self.line();
        let address = line.strip_prefix("sleevesight: the kiosk is at http://").expect("it says where");
        Client(address.parse().expect("an address"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().expect("it can be ended");
        self.child.wait().expect("it ends");
    }
}

#[test]
fn run_starts_it_and_goes_on_without_until_the_port_is_free() {
    let mut first = Running::with(&["--listen", "127.0.0.1:0"]);
    let client = first.client();
    assert_eq!(client.get("/").status, 200);
    assert_eq!(client.json("/api/health")["bundle"], "lite0");
    assert_eq!(client.json("/api/about")["genres"].as_array().map(Vec::len), Some(16));

    let mut second = Running::with(&["--listen", &client.0.to_string()]);
    let line = second.line();
    assert!(line.contains("the kiosk cannot listen on 127.0.0.1:"), "{line}");
    assert!(line.contains("name another with --listen"), "{line}");
    assert!(second.child.try_wait().expect("it can be asked").is_none(), "it goes on");
    drop(first);
    let line = std::iter::repeat_with(|| second.line()).find(|line| line.contains("the kiosk is at"));
    assert!(line.expect("it tries again").ends_with(&client.0.to_string()));
    assert_eq!(client.get("/").status, 200);
}

#[test]
fn a_model_that_does_not_load_is_told_on_the_page() {
    let mut program = Running::with(&["--listen", "127.0.0.1:0", "--bundle", "no-such-folder"]);
    let client = program.client();
    let told = client.events().next().expect("an event");
    assert_eq!(told["trouble"]["with"], "model");
    let sentence = told["trouble"]["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("no model bundle in no-such-folder"), "{sentence}");
    assert_eq!(client.get("/api/health").status, 503);
}

#[test]
fn it_is_open_to_the_network_only_where_that_is_said_in_words() {
    for arguments in [vec!["--listen", "0.0.0.0:0"], vec!["--listen", "[::]:0"]] {
        sleevesight()
            .args(["run", "--source", "stills:tests/sleeves/flat"])
            .args(&arguments)
            .assert()
            .code(2)
            .stderr(predicate::str::contains("--open-to-network"));
    }
    let settings = KioskSettings {
        listen: "0.0.0.0:0".parse().expect("an address"),
        open_to_network: true,
        ..KioskSettings::default()
    };
    assert!(Kiosk::bind(&settings).is_ok());
}
