//! The plug is pulled while staff teach.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;
use sleevesight::config::Config;

use crate::appliance::{Home, PIN, Staff};
use crate::{figure, in_long_form};

/// Tells a record's shelf, and gives the answer's status, where there is one.
fn shelve(staff: &Staff, id: i64, title: &str, shelf: u32) -> io::Result<u16> {
    let body = json!({ "title": title, "shelf": shelf.to_string() }).to_string();
    let mut stream = TcpStream::connect(staff.client.0)?;
    write!(
        stream,
        "PUT /api/staff/stock/{id} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nSleevesight-Token: {}\r\n\
         Cookie: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        staff.token,
        staff.cookie,
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Each round teaches a record, and then tells it another shelf as fast as that is acknowledged, until it is killed at a
/// moment that chance chooses.
#[test]
fn no_acknowledged_record_is_lost_when_the_plug_is_pulled() {
    let rounds = in_long_form(200, 10);
    let home = Home::new();
    home.set_pin();
    let mut random = fastrand::Rng::with_seed(8);
    let mut known = BTreeMap::new();
    let mut changes = 0;
    for round in 1..=rounds {
        let mut station = home.start();
        let staff = station.staff();
        let title = format!("Record {round}");
        let answer = staff.teach(station.says(), &title);
        assert_eq!(answer.status, 200, "{answer:?}");
        let id = answer.json()["id"].as_i64().expect("a number");

        let acknowledged = AtomicU32::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                for shelf in 1.. {
                    match shelve(&staff, id, &title, shelf) {
                        Ok(204) => acknowledged.store(shelf, Ordering::SeqCst),
                        _ => break,
                    }
                }
            });
            thread::sleep(Duration::from_micros(random.u64(0..150_000)));
            station.kill();
        });
        let acknowledged = acknowledged.into_inner();
        changes += acknowledged;
        known.insert(id, (title, acknowledged));

        let stock = home.stock();
        assert_eq!(stock.len(), known.len(), "round {round}");
        let record = stock.get(id).expect("it was acknowledged");
        let shelf: u32 = record.details.shelf.parse().unwrap_or(0);
        assert!(
            (acknowledged..=acknowledged + 1).contains(&shelf),
            "round {round}: {acknowledged} was acknowledged, {shelf} is there"
        );
        known.insert(id, (record.details.title.clone(), shelf));
        for (id, (title, shelf)) in &known {
            let details = &stock.get(*id).expect("it was acknowledged").details;
            assert_eq!((&details.title, details.shelf.parse().unwrap_or(0)), (title, *shelf));
            assert!(stock.thumbnail(*id).expect("its cover").is_some());
        }
        Config::load(&home.config()).expect("the configuration opens");
        assert!(home.pin().is(PIN).expect("the PIN is whole"));
    }
    let database = rusqlite::Connection::open(home.stock_file()).expect("the stock's file");
    let check: String =
        database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it can be checked");
    assert_eq!(check, "ok");
    figure(
        "power::no_acknowledged_record_is_lost_when_the_plug_is_pulled",
        &format!("{rounds} kills, {rounds} records taught and {changes} changes acknowledged, 0 lost"),
    );
}
