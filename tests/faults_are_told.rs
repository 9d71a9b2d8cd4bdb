//! What is wrong and does not stop the station is told, and what cannot be trusted is passed over. `tests/faults` does
//! harm to the real program.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use image::RgbImage;
use serde_json::json;
use sleevesight::aside::{set_aside, set_aside_from};
use sleevesight::camera::{Camera, CameraError, Patience};
use sleevesight::file;
use sleevesight::frame::Frame;
use sleevesight::heat::{COOL, Cooled, HOT, Thermometer};
use sleevesight::kiosk::House;
use sleevesight::network::{Bundle, Network};
use sleevesight::notices::{Matter, Notice, Notices};
use sleevesight::sleeve::Cover;
use sleevesight::stock::{Details, Kept, Stock};

use crate::appliance::Home;
use crate::common::root;
use crate::kiosk_tells::Shop;

#[test]
fn a_notice_is_told_as_it_comes_and_as_it_goes_while_the_station_says_nothing_new() {
    let notices = Notices::default();
    notices.put(Matter::Stock, "it was set aside".into());
    let shop = Shop::with(House { notices: notices.clone(), ..House::default() });
    let mut events = shop.client.events().map(|state| state["notices"].clone());
    let stock = json!({ "with": "stock", "sentence": "it was set aside" });
    assert_eq!(events.next(), Some(json!([stock])));
    notices.put(Matter::Heat, "it is too hot".into());
    assert_eq!(events.next(), Some(json!([stock, { "with": "heat", "sentence": "it is too hot" }])));
    notices.take(Matter::Stock, "it is whole again");
    notices.take(Matter::Heat, "it has cooled down");
    assert_eq!(events.find(|notices| *notices == json!([])), Some(json!([])));
    assert_eq!(shop.client.get("/api/health").status, 200, "it goes on");
}

/// Time that passes when someone waits for it, and with each frame.
#[derive(Clone, Default)]
struct Time(Arc<Mutex<Duration>>);

impl Patience for Time {
    fn now(&self) -> Duration {
        *self.0.lock().expect("nobody panicked")
    }

    fn wait(&mut self, time: Duration) {
        *self.0.lock().expect("nobody panicked") += time;
    }
}

/// A camera of 20 frames a second.
struct Steady(Time);

impl Camera for Steady {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        self.0.wait(Duration::from_millis(50));
        Ok(Some(Frame::still(RgbImage::new(8, 8), "cam".into())))
    }
}

/// What a test says how hot it is.
#[derive(Clone)]
struct Said(Arc<Mutex<Option<f32>>>);

impl Thermometer for Said {
    fn celsius(&mut self) -> Option<f32> {
        *self.0.lock().expect("nobody panicked")
    }
}

#[test]
fn a_hot_board_sees_four_frames_a_second_until_it_has_cooled_down() {
    let (time, heat) = (Time::default(), Said(Arc::new(Mutex::new(Some(50.0)))));
    let notices = Notices::default();
    let mut camera = Cooled::new(Steady(time.clone()), heat.clone(), time.clone(), notices.clone());
    let mut frames_in_ten_seconds = |celsius| {
        *heat.0.lock().expect("nobody panicked") = celsius;
        // It takes the temperature every five seconds.
        let settled = time.now() + Duration::from_secs(6);
        while time.now() < settled {
            camera.next().expect("a frame");
        }
        let (begun, mut frames) = (time.now(), 0);
        while time.now() < begun + Duration::from_secs(10) {
            camera.next().expect("a frame");
            frames += 1;
        }
        (frames, notices.read().len())
    };
    assert_eq!(frames_in_ten_seconds(Some(HOT - 1.0)), (200, 0));
    let (frames, told) = frames_in_ten_seconds(Some(HOT));
    assert!((40..=41).contains(&frames) && told == 1, "{frames}");
    let (frames, told) = frames_in_ten_seconds(Some(COOL + 1.0));
    assert!((40..=41).contains(&frames) && told == 1, "it is not cool yet: {frames}");
    assert_eq!(frames_in_ten_seconds(Some(COOL - 1.0)), (200, 0));
    frames_in_ten_seconds(Some(HOT));
    assert_eq!(frames_in_ten_seconds(None), (200, 0), "a thermometer that is gone says nothing of heat");
}

#[test]
fn an_embedding_that_a_damaged_file_holds_makes_no_record_known() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("stock.db");
    let bundle = Bundle::open(&root().join("models/default")).expect("the shipped bundle");
    let stock = Stock::open_or_create(&path, &bundle).expect("an empty stock");
    let cover = Cover::centred(&RgbImage::from_pixel(40, 40, image::Rgb([200, 100, 30])));
    let kept = Kept::of(&cover).expect("a picture");
    let about = Details { title: "A".into(), ..Details::default() };
    let embedding: Vec<f32> = (0..bundle.embedding).map(|place| place as f32).collect();
    stock.add(&about, &kept, &embedding).expect("it is added");
    let opposite: Vec<f32> = embedding.iter().map(|value| -value).collect();
    for strange in [f32::NAN, f32::INFINITY, f32::MAX] {
        let database = rusqlite::Connection::open(&path).expect("the stock's file");
        let bytes: Vec<u8> = (0..bundle.embedding).flat_map(|_| strange.to_le_bytes()).collect();
        database.execute("UPDATE embeddings SET vector = ?", [bytes]).expect("it is damaged");
        drop(database);
        let stock = Stock::open(&path, &bundle).expect("it opens");
        assert!(stock.recognise(&opposite, &[]).known.is_none(), "{strange}");
        assert_eq!(stock.len(), 1, "it is still listed");
    }
}

#[test]
fn a_cover_takes_no_others_place_whatever_the_clock_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for number in 0..3_u8 {
        file::write_new_private(folder.path(), "0", "jpg", &[number]).expect("it is written");
    }
    let written = |name| fs::read(folder.path().join(name)).expect("it is there");
    assert_eq!(["0.jpg", "0-1.jpg", "0-2.jpg"].map(written), [[0], [1], [2]]);
}

#[test]
fn what_has_no_end_is_not_read_to_it() {
    let endless = file::read_at_most("/dev/zero".as_ref(), 1 << 10).expect_err("it has no end");
    assert!(endless.to_string().contains("more than 1024 bytes"), "{endless}");
    let folder = crate::common::copied_bundle();
    fs::remove_file(folder.path().join("network.onnx")).expect("the copy is there");
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("network.onnx")).expect("a link");
    let refusal = Bundle::open(folder.path()).expect_err("it is refused").to_string();
    assert!(refusal.contains("which is all that is read"), "{refusal}");
}

#[test]
fn an_absurd_embedding_is_refused_before_it_is_made_room_for() {
    let folder = crate::common::copied_bundle();
    let length = Bundle::open(folder.path()).expect("the copy is whole").embedding;
    crate::common::edit(&folder, |text| {
        text.replacen(&format!("embedding = {length}"), "embedding = 9000000000000000000", 1)
    });
    let refusal = Bundle::open(folder.path()).expect_err("it is refused").to_string();
    assert!(refusal.contains("it must be from 1 to 16384"), "{refusal}");
}

#[test]
fn a_notice_is_logged_once_however_often_it_is_put() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&log);
    let board = Notices::logged(move |level, line| {
        told.lock().expect("no panic").push(format!("{level:?}: {line}"));
    });
    board.take(Matter::Disk, "there is room again");
    for sentence in ["full", "full", "read-only"] {
        board.put(Matter::Disk, sentence.into());
    }
    board.put(Matter::Stock, "damaged".into());
    board.take(Matter::Disk, "there is room again");
    assert_eq!(
        *log.lock().expect("no panic"),
        ["Warning: full", "Warning: read-only", "Warning: damaged", "Notice: there is room again"]
    );
    assert_eq!(board.read(), [Notice { matter: Matter::Stock, sentence: "damaged".into() }]);
}

#[test]
fn nothing_is_lost_by_setting_aside_however_often() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("stock.db");
    for number in 1..=3 {
        for (ending, text) in [("", "file"), ("-wal", "log")] {
            let path = folder.path().join(format!("stock.db{ending}"));
            fs::write(path, format!("{text} {number}")).expect("the folder takes files");
        }
        let place = set_aside(&path, &["-wal", "-shm"]).expect("it is renamed");
        assert_eq!(place, folder.path().join(format!("stock.db.damaged-{number}")));
    }
    assert!(!path.exists());
    for (place, number) in set_aside_from(&path).iter().zip([3, 2, 1]) {
        let log = format!("{}-wal", place.display());
        assert_eq!(fs::read_to_string(place).expect("it is there"), format!("file {number}"));
        assert_eq!(fs::read_to_string(log).expect("it is there"), format!("log {number}"));
    }
    assert!(set_aside(&path, &[]).is_err(), "there is nothing");
}

/// The small network that fuzzing begins with, in which some bytes stand for others.
fn loaded(replaced: &[(&[u8], &[u8])]) -> Result<(), String> {
    let mut onnx = fs::read(root().join("fuzz/corpus/onnx/small.onnx")).expect("the small network");
    for (from, to) in replaced {
        let place = onnx.windows(from.len()).position(|bytes| bytes == *from).expect("it is there");
        onnx.splice(place..place + from.len(), to.iter().copied());
    }
    let shipped = Bundle::open(&root().join("models/default")).expect("the shipped bundle");
    let mut input = shipped.input.clone();
    input.size = 32;
    let genres = shipped.genres[..2].to_vec();
    let bundle = Bundle { onnx, embedding: 4, sleeve: None, turned: None, input, genres, ..shipped };
    Network::load(&bundle).map(drop).map_err(|error| error.to_string())
}

#[test]
fn a_network_of_what_is_not_for_pictures_is_refused_before_it_is_planned() {
    loaded(&[]).expect("as it is drawn, it loads");
    let refusal = loaded(&[(b"Clip", b"Loop")]).expect_err("it could run without end");
    assert!(refusal.contains("its operator Loop is none of a network for pictures"), "{refusal}");
}

#[test]
fn a_network_that_would_take_forever_is_refused_before_it_runs() {
    let onnx = fs::read(root().join("fuzz/corpus/onnx/slow.onnx")).expect("the slow network");
    let shipped = Bundle::open(&root().join("models/default")).expect("the shipped bundle");
    let mut input = shipped.input.clone();
    input.size = 1024;
    let genres = shipped.genres[..2].to_vec();
    let bundle = Bundle { onnx, embedding: 4, sleeve: None, turned: None, input, genres, ..shipped };
    let refusal = Network::load(&bundle).map(drop).expect_err("it is refused").to_string();
    assert!(refusal.contains("billion multiply-adds"), "{refusal}");
}

/// What is done to a bundle.
type Harm<'a> = &'a dyn Fn(&Path);

#[test]
fn a_configured_bundle_that_cannot_be_used_is_passed_over_at_each_start_and_stays_where_it_is() {
    let network = |bundle: &Path| bundle.join("network.onnx");
    let flip = |bundle: &Path| {
        let mut bytes = fs::read(network(bundle)).expect("a network");
        bytes[1000] ^= 1;
        fs::write(network(bundle), bytes).expect("it can be written");
    };
    let cut = |bundle: &Path| {
        let bytes = fs::read(network(bundle)).expect("a network");
        fs::write(network(bundle), &bytes[..bytes.len() / 2]).expect("it can be written");
    };
    let hide = |bundle: &Path| {
        fs::remove_file(network(bundle)).expect("a network");
        fs::create_dir(network(bundle)).expect("the folder takes folders");
    };
    let age = |bundle: &Path| {
        let path = bundle.join("bundle.toml");
        let text = fs::read_to_string(&path).expect("text").replacen("format = ", "format = 9", 1);
        fs::write(path, text).expect("it can be written");
    };
    let lose = |bundle: &Path| {
        let beside = bundle.with_file_name("bundle.damaged-1");
        fs::rename(bundle, beside).expect("an earlier program set it aside");
    };
    let cases: [(Harm<'_>, &str); 5] = [
        (&flip, "SHA-256"),
        (&cut, "SHA-256"),
        (&hide, "cannot read"),
        (&age, "update whichever is older"),
        (&lose, "no model bundle in"),
    ];
    for (harm, reason) in cases {
        let copy = crate::common::copied_bundle();
        let folder = copy.path().join("bundle");
        fs::create_dir(&folder).expect("the folder takes folders");
        for name in ["bundle.toml", "network.onnx"] {
            fs::rename(copy.path().join(name), folder.join(name)).expect("the copy is there");
        }
        harm(&folder);
        let there = || fs::read_dir(copy.path()).expect("a folder").flatten().map(|entry| entry.file_name());
        let before: Vec<_> = there().collect();
        let home = Home::new().with_bundle(&folder);
        for _ in 0..2 {
            let station = home.start();
            let sentence = station.notice("model");
            assert!(sentence.contains(reason) && sentence.contains("is used in its place"), "{sentence}");
            station.says();
        }
        assert_eq!(there().collect::<Vec<_>>(), before, "{reason}");
    }
}
