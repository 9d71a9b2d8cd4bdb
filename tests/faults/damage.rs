//! Bits flip and files are cut short: nothing panics, what is broken is set aside and said, and the station goes on.

use std::fs;
use std::os::unix::fs::symlink;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::RgbImage;
use sleevesight::aside::set_aside_from;
use sleevesight::network::Bundle;
use sleevesight::reader::Reader;
use sleevesight::sleeve::Cover;
use sleevesight::stock::{Details, Kept, Rule, Stock, StockError};
use sleevesight::verdict::Caution;
use tempfile::TempDir;

use crate::appliance::{Home, bundle};
use crate::common::root;
use crate::{figure, in_long_form};

/// How many files are damaged of each kind, as the promise has it.
const TIMES: u64 = 100;

/// Flips a bit, or cuts the file short, as the number has it; half of the flips hit the beginning, where most depends on
/// each byte.
fn damaged(bytes: &[u8], number: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(number);
    let mut bytes = bytes.to_vec();
    if number.is_multiple_of(3) {
        bytes.truncate(random.usize(0..bytes.len()));
    } else {
        let within = if random.bool() { bytes.len() } else { bytes.len().min(600) };
        bytes[random.usize(0..within)] ^= 1 << random.u8(0..8);
    }
    bytes
}

/// Whatever is done, it does not panic.
fn calm<T>(what: &str, number: u64, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| panic!("{what} {number} panicked"))
}

fn embedding(length: usize, place: usize) -> Vec<f32> {
    (0..length).map(|other| if other == place { 1.0 } else { 0.0 }).collect()
}

/// Fills a stock with thirty records.
fn fill(stock: &Stock, length: usize) {
    for number in 0..30_u8 {
        let picture = RgbImage::from_pixel(60, 60, image::Rgb([8 * number, 100, 30]));
        let kept = Kept::of(&Cover::centred(&picture)).expect("a picture");
        let details = Details { title: format!("Record {number}"), ..Details::default() };
        stock.add(&details, &kept, &embedding(length, number.into())).expect("it is added");
    }
}

/// Asks a stock whatever can be asked.
fn use_up(stock: &Stock, length: usize) {
    for record in stock.search("") {
        let _ = (stock.covers(record.id), stock.thumbnail(record.id));
    }
    let _ = stock.recognise(&embedding(length, 3), &[]);
    let _ = stock.lookalikes(&embedding(length, 3), 50);
    let _ = stock.correct(7, "jazz");
}

#[test]
fn a_damaged_stock_never_panics_and_is_never_taken_for_anothers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bundle = bundle();
    let path = folder.path().join("whole.db");
    let stock = Stock::open_or_create(&path, &bundle).expect("an empty stock");
    fill(&stock, bundle.embedding);
    drop(stock);
    let whole = fs::read(&path).expect("the stock's file");
    let (mut opened, mut aside, mut left) = (0, 0, 0);
    for number in 0..TIMES {
        let path = folder.path().join(format!("{number}.db"));
        let bytes = damaged(&whole, number);
        fs::write(&path, &bytes).expect("the folder takes files");
        match calm("stock", number, || Stock::open_or_create(&path, &bundle)) {
            Ok(stock) => {
                calm("stock", number, || use_up(&stock, bundle.embedding));
                opened += 1;
            }
            Err(error) if error.is_damage() => {
                let place = Stock::set_aside(&path).expect("it is renamed");
                assert_eq!(fs::read(place).expect("it is there"), bytes, "{number}");
                let new = Stock::open_or_create(&path, &bundle).expect("an empty stock");
                assert!(new.is_empty(), "{number}");
                aside += 1;
            }
            // Too little is left of it to tell that it was a stock; or it claims to be newer than this program, or read
            // by another model. It stays where it is.
            Err(StockError::Foreign(_)) if bytes.len() < 4096 => left += 1,
            Err(StockError::Newer { .. } | StockError::OtherBundle { .. }) => left += 1,
            Err(error) => panic!("{number}: {error}"),
        }
    }
    assert!(opened > 0 && aside > 0, "{opened} {aside} {left}");
    figure(
        "damage::a_damaged_stock_never_panics_and_is_never_taken_for_anothers",
        &format!(
            "{TIMES} flips and cuts: 0 panics, {aside} set aside, {left} left where they were, {opened} opened"
        ),
    );
}

/// A copy of the shipped bundle.
fn copied() -> TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder");
    copy_into(copy.path());
    copy
}

/// Copies the shipped bundle's files into a folder, but for those that read words.
fn copy_into(folder: &Path) {
    for entry in fs::read_dir(root().join("models/default")).expect("the bundle is there") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            continue;
        }
        fs::copy(&path, folder.join(path.file_name().expect("a file"))).expect("a copy");
    }
}

#[test]
fn a_damaged_bundle_never_panics_and_its_network_is_never_run() {
    let folder = copied();
    let files = ["bundle.toml", "stock.toml", "network.onnx"];
    let (mut refused, mut unharmed) = (0, 0);
    for number in 0..TIMES {
        let path = folder.path().join(files[number as usize % files.len()]);
        let whole = fs::read(&path).expect("the copy is there");
        // Two in three are flips, whichever file is hit.
        fs::write(&path, damaged(&whole, number * 7 + number % 2)).expect("the folder takes files");
        let opened = calm("bundle", number, || -> Result<(), String> {
            let bundle = Bundle::open(folder.path()).map_err(|error| error.to_string())?;
            Rule::open(&bundle).map_err(|error| error.to_string())?;
            // What passes is a letter in a name, or a digit of a figure; loading each would only take long.
            if number.is_multiple_of(in_long_form(1, 8)) {
                Reader::open(folder.path(), Caution::Normal).map(drop).map_err(|error| error.to_string())?;
            }
            Ok(())
        });
        match opened {
            Ok(()) => {
                assert!(!path.ends_with("network.onnx"), "{number}: a changed network was taken");
                unharmed += 1;
            }
            Err(_) => refused += 1,
        }
        fs::write(&path, whole).expect("the folder takes files");
    }
    figure(
        "damage::a_damaged_bundle_never_panics_and_its_network_is_never_run",
        &format!(
            "{TIMES} flips and cuts: 0 panics, {refused} refused, {unharmed} in words and figures alone"
        ),
    );
}

/// Damages the file of a filled stock.
fn spoil(path: &Path, spoil: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("the stock's file");
    spoil(&mut bytes);
    fs::write(path, bytes).expect("it can be written");
}

#[test]
fn a_damaged_stock_is_set_aside_and_said_and_the_station_goes_on() {
    let home = Home::new();
    home.set_pin();
    for (round, cut) in [false, true].into_iter().enumerate() {
        fill(&home.stock(), bundle().embedding);
        spoil(&home.stock_file(), |bytes| {
            if cut {
                bytes.truncate(bytes.len() / 2);
            } else {
                bytes[5] ^= 4;
            }
        });
        let before = fs::read(home.stock_file()).expect("the stock's file");
        let station = home.start();
        let sentence = station.notice("stock");
        assert!(sentence.contains("damaged") && sentence.contains("set aside as"), "{sentence}");
        let aside = set_aside_from(&home.stock_file());
        assert_eq!(aside.len(), round + 1);
        assert_eq!(fs::read(&aside[0]).expect("it is there"), before, "nothing of it is lost");
        let answer = station.staff().teach(station.says(), "A new beginning");
        assert_eq!(answer.status, 200, "{answer:?}");
        drop(station);
        assert_eq!(home.stock().len(), 1);
        let next = home.start();
        assert!(
            next.notice("stock").contains("was damaged and lies at"),
            "nobody may have seen it the first time"
        );
        drop(next);
        // The second round begins anew; that one was killed, and left more than one file.
        for entry in fs::read_dir(&home.state).expect("the folder can be listed").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("stock.db") && !name.contains("damaged") {
                fs::remove_file(entry.path()).expect("it can be removed");
            }
        }
    }
}

#[test]
fn a_stock_of_another_program_is_left_alone_and_the_station_goes_on() {
    let home = Home::new();
    let letter = "a shopping list, which is long enough to be anything at all".repeat(20);
    fs::write(home.stock_file(), &letter).expect("the folder takes files");
    let station = home.start();
    assert!(station.notice("stock").contains("is no stock of this program"));
    station.says();
    assert_eq!(fs::read_to_string(home.stock_file()).expect("it is there"), letter);
    assert!(set_aside_from(&home.stock_file()).is_empty());
}

#[test]
fn a_damaged_model_that_was_installed_is_said_at_each_start_and_another_is_used() {
    let home = Home::new();
    let models = home.state.join("models");
    let folder = models.join("mine");
    fs::create_dir_all(&folder).expect("the folder takes folders");
    copy_into(&folder);
    symlink("mine", models.join("current")).expect("the folder takes links");
    let station = home.start();
    station.until_well();
    drop(station);
    spoil(&folder.join("network.onnx"), |bytes| bytes[1000] ^= 1);
    for _ in 0..2 {
        let station = home.start();
        let sentence = station.notice("model");
        assert!(sentence.contains("SHA-256") && sentence.contains("is used in its place"), "{sentence}");
        assert!(sentence.contains("sleevesight model back"), "{sentence}");
        station.says();
        for (language, words) in [("en", "another is in use"), ("ru", "работает другая")] {
            let page = station.client.json(&format!("/languages/{language}.json"));
            assert!(page["notice.model"].as_str().is_some_and(|text| text.contains(words)), "{page}");
        }
    }
}

#[test]
fn a_station_whose_words_are_damaged_says_so_and_goes_on_with_the_picture() {
    let copy = copied();
    let words = copy.path().join("words");
    fs::create_dir(&words).expect("the folder takes folders");
    for path in crate::common::files("models/default/words", "") {
        fs::copy(&path, words.join(path.file_name().expect("a file"))).expect("a copy");
    }
    let path = words.join("recogniser.onnx");
    fs::write(&path, damaged(&fs::read(&path).expect("the copy"), 0)).expect("the folder takes files");
    let station = Home::new().with_bundle(copy.path()).with_words().start();
    let sentence = station.notice("words");
    assert!(sentence.contains("recogniser.onnx is damaged"), "{sentence}");
    station.says();
    let state = station.client.json("/api/verdict");
    assert_eq!(state["words"], serde_json::json!([]), "{state}");
}
