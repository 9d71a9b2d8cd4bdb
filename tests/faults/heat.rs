//! The board is too hot.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::appliance::Home;
use crate::figure;

#[test]
fn a_board_that_is_too_hot_looks_less_often_and_says_so() {
    let home = Home::new();
    fs::write(home.path("temp"), "85123\n").expect("the folder takes files");
    let station = home.start();
    let sentence = station.notice("heat");
    assert!(sentence.contains("the board is at 85 °C"), "{sentence}");
    let frames = || station.client.json("/api/health")["frames"].as_u64().expect("a number");
    let (before, begun) = (frames(), Instant::now());
    thread::sleep(Duration::from_secs(4));
    let rate = (frames() - before) as f64 / begun.elapsed().as_secs_f64();
    assert!(rate < 4.8, "{rate} frames a second");
    station.says();
    fs::write(home.path("temp"), "65000\n").expect("the folder takes files");
    station.until_well();
    assert!(station.log().contains("the board has cooled down"));
    figure(
        "heat::a_board_that_is_too_hot_looks_less_often_and_says_so",
        &format!("{rate:.1} frames a second at 85 °C"),
    );
}
