//! Somebody guesses the PIN.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::appliance::Home;
use crate::{figure, in_long_form};

/// Four clients guess as fast as they are answered.
#[test]
fn a_pin_is_tried_ten_times_a_minute_at_most() {
    let home = Home::new();
    home.set_pin();
    let station = home.start();
    let client = station.client;
    let token = client.json("/api/staff")["token"].as_str().expect("a token").to_owned();
    let lasts = Duration::from_secs(in_long_form(150, 8));
    let (tried, asked) = (AtomicU32::new(0), AtomicU32::new(0));
    let begun = Instant::now();
    thread::scope(|scope| {
        for guesser in 0..4 {
            let (tried, asked, token) = (&tried, &asked, &token);
            scope.spawn(move || {
                for guess in 0.. {
                    if begun.elapsed() > lasts {
                        break;
                    }
                    let body = json!({ "pin": format!("{:06}", 4 * guess + guesser) }).to_string();
                    let headers = [("Sleevesight-Token", token.as_str())];
                    let answer = client.ask("POST", "/api/staff/session", &headers, &body);
                    asked.fetch_add(1, Ordering::Relaxed);
                    match answer.status {
                        403 => drop(tried.fetch_add(1, Ordering::Relaxed)),
                        429 => thread::sleep(Duration::from_millis(5)),
                        other => panic!("{other}"),
                    }
                }
            });
        }
    });
    let (tried, asked) = (tried.into_inner(), asked.into_inner());
    let minutes = begun.elapsed().as_secs_f64() / 60.0;
    assert!(f64::from(tried) <= 10.0 * minutes.ceil(), "{tried} tries in {minutes} minutes");
    assert!(tried >= 10 && asked > 3 * tried, "{tried} of {asked}");
    let days = 1e6 / 10.0 / 60.0 / 24.0;
    figure(
        "pin::a_pin_is_tried_ten_times_a_minute_at_most",
        &format!(
            "{asked} guesses in {:.0} s, {tried} tried: all PINs of six digits take {days:.0} days",
            60.0 * minutes
        ),
    );
}
