//! A station that is running takes the model that was installed, by itself, and knows the shop's records by it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use image::RgbImage;
use serde_json::Value;
use sleevesight::model::Depot;
use sleevesight::network::Bundle;
use sleevesight::sleeve::Cover;
use sleevesight::stock::{Details, Kept, Stock};

use crate::appliance::Appliance;
use crate::common::{root, started_by};
use crate::model_is_installed::{Shop, reworded};

const SCENE: &str = "tests/sleeves/scenes/soul-circles.jpg";

/// A shop with one record in stock, which is held before its camera.
struct Counter {
    shop: Shop,
    stock: PathBuf,
}

impl Counter {
    fn new() -> Self {
        let shop = Shop::new();
        let stock = shop.folder.path().join("stock.db");
        let counter = Self { shop, stock };
        fs::create_dir(counter.camera()).expect("a folder");
        counter.show();
        counter.ask(&["stock", "add", SCENE, "--title", "Known"]);
        counter
    }

    /// Asks something of the shop's stock, beside whatever the station does.
    fn ask(&self, words: &[&str]) {
        self.shop.ask(words).arg("--stock").arg(&self.stock).assert().success();
    }

    fn camera(&self) -> PathBuf {
        self.shop.folder.path().join("camera")
    }

    /// Holds the record before the camera.
    fn show(&self) {
        fs::copy(root().join(SCENE), self.camera().join("a.jpg")).expect("a copy");
    }

    fn station(&self, manager: Option<&PathBuf>) -> Appliance {
        let words = started_by();
        let mut command = Command::new(&words[0]);
        let source = format!("stills:{}", self.camera().display());
        command.args(&words[1..]).args(["run", "--no-words", "--listen", "127.0.0.1:0", "--source", &source]);
        command.arg("--stock").arg(&self.stock).arg("--config").arg(self.shop.config()).current_dir(root());
        command.env_remove("NOTIFY_SOCKET");
        if let Some(manager) = manager {
            command.env("NOTIFY_SOCKET", manager);
        }
        Appliance::of(command)
    }
}

fn is_known(state: &Value) -> bool {
    state["record"]["title"] == "Known"
}

#[test]
fn a_station_that_is_running_takes_the_model_and_knows_its_records_by_it() {
    let counter = Counter::new();
    let path = counter.shop.folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    let mut station = counter.station(Some(&path));
    let bundle = |station: &Appliance| station.client.json("/api/about")["bundle"].clone();
    let own = bundle(&station);
    station.until(is_known);
    // Another program waits for the kiosk's address all the while.
    let (address, over) = (station.client.0, Arc::new(AtomicBool::new(false)));
    let ended = Arc::clone(&over);
    let waiting = thread::spawn(move || {
        while !ended.load(Ordering::Relaxed) {
            if TcpListener::bind(address).is_ok() {
                return true;
            }
            thread::sleep(Duration::from_millis(1));
        }
        false
    });

    let other = counter.shop.stick("other", |files| reworded(files));
    counter.ask(&["model", "install", &other.display().to_string()]);
    station.until_it_begins();
    assert_eq!(bundle(&station), "other");
    station.until(is_known);
    counter.ask(&["model", "back"]);
    station.until_it_begins();
    assert_eq!(bundle(&station), own);
    station.until(is_known);
    over.store(true, Ordering::Relaxed);
    assert_eq!(station.client.0, address, "the kiosk is where it was");
    assert!(!waiting.join().expect("no panic"), "another program got its address");
    assert!(station.log().contains("another model was taken into use"), "{}", station.log());
    assert!(!station.log().contains("were read by another model"), "the command did that: {}", station.log());

    // One that is damaged in its place and installed there anew is another, too.
    counter.ask(&["model", "back"]);
    station.until_it_begins();
    let network = counter.shop.models().join("current/network.onnx");
    fs::write(&network, "nonsense").expect("it can be written");
    counter.ask(&["model", "install", &other.display().to_string()]);
    station.until_it_begins();
    station.until(is_known);

    manager.set_read_timeout(Some(Duration::from_millis(100))).expect("a time-out");
    let mut told = Vec::new();
    let mut bytes = [0; 4096];
    while let Ok(length) = manager.recv(&mut bytes) {
        told.push(String::from_utf8_lossy(&bytes[..length]).trim_end().to_owned());
    }
    let count = |news: &str| told.iter().filter(|other| *other == news).count();
    assert_eq!((count("READY=1"), count("STOPPING=1")), (1, 0), "to its manager it is one: {told:?}");
}

#[test]
fn what_no_command_has_read_anew_the_station_reads_and_says_so() {
    let counter = Counter::new();
    let bundle = Bundle::open(&root().join("models/default")).expect("the shipped bundle");
    let stock = Stock::open(&counter.stock, &bundle).expect("the stock");
    for shade in 0..40 {
        let picture = RgbImage::from_pixel(60, 60, image::Rgb([6 * shade, 100, 30]));
        let kept = Kept::of(&Cover::centred(&picture)).expect("a picture");
        let about = Details { title: format!("Record {shade}"), ..Details::default() };
        stock.add(&about, &kept, &vec![0.1; bundle.embedding]).expect("it is added");
    }
    drop(stock);
    // Whoever installed it was killed, say, or named no stock.
    counter.shop.install(&counter.shop.stick("other", |files| reworded(files))).success();
    let station = counter.station(None);
    let sentence = station.notice("renewal");
    assert!(
        sentence.starts_with("41 covers of ") && sentence.contains("another model than other"),
        "{sentence}"
    );
    for (language, words) in
        [("en", "getting to know the records"), ("ru", "заново знакомлюсь с пластинками")]
    {
        let page = station.client.json(&format!("/languages/{language}.json"));
        assert!(page["notice.renewal"].as_str().is_some_and(|text| text.contains(words)), "{page}");
    }
    station.until_well();
    // What was said of a sleeve before stays while that one is there.
    fs::remove_file(counter.camera().join("a.jpg")).expect("it was held up");
    station.until(|state| state["phase"] == "waking");
    counter.show();
    station.until(is_known);
    assert!(
        station.log().contains("all covers of the stock are read by the model in use"),
        "{}",
        station.log()
    );
    drop(station);
    counter.ask(&["stock", "list"]);
}

#[test]
fn a_station_that_has_no_model_takes_the_first_that_is_installed() {
    let shop = Shop::new();
    // Where no bundle lies beside it, nor in the folder that it is called in.
    let program = shop.folder.path().join("sleevesight");
    fs::copy(assert_cmd::cargo::cargo_bin!("sleevesight"), &program).expect("a copy");
    let mut command = Command::new(&program);
    let source = format!("stills:{}", root().join("tests/sleeves/scenes").display());
    command
        .args(["run", "--no-words", "--listen", "127.0.0.1:0", "--source", &source])
        .arg("--config")
        .arg(shop.config());
    command.current_dir(shop.folder.path()).env_remove("NOTIFY_SOCKET");
    let mut station = Appliance::of(command);
    // A machine on which the package is installed has its own.
    if !Path::new("/usr/share/sleevesight/models").exists() {
        let state = station.until(|state| state["trouble"]["with"] == "model");
        let sentence = state["trouble"]["sentence"].as_str().expect("a sentence");
        assert!(station.log().contains(sentence), "{sentence}\n{}", station.log());
    }
    shop.install(&shop.stick("first", |_| {})).success();
    station.until_it_begins();
    assert_eq!(station.client.json("/api/about")["bundle"], "first");
    station.says();
}

#[test]
fn while_a_model_is_being_installed_no_station_takes_it() {
    let shop = Shop::new();
    shop.install(&shop.stick("one", |_| {})).success();
    let depot = Depot::in_folder(&shop.folder.path().join("state"));
    let before = depot.mark();
    assert!(!depot.is_changing());
    let taken = depot.back().expect("the package's own");
    assert!(depot.is_changing() && depot.mark() != before);
    drop(taken);
    assert!(!depot.is_changing());
}

#[test]
fn a_change_ends_though_programs_are_started_meanwhile() {
    let shop = Shop::new();
    shop.install(&shop.stick("one", |_| {})).success();
    let depot = Depot::in_folder(&shop.folder.path().join("state"));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    Command::new("true").status().expect("it runs");
                }
            });
        }
        let is_free = |_: &i32| {
            let changed = depot.back().map(drop);
            changed.is_ok() && !depot.is_changing()
        };
        let free = (0..300).filter(is_free).count();
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(free, 300);
    });
}
