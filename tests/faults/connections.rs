//! A thousand connections at once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::appliance::Home;
use crate::figure;
use crate::process::Process;

const MANY: usize = 1000;

#[test]
fn a_thousand_connections_leave_the_station_unharmed() {
    let home = Home::new();
    let mut station = home.start();
    station.says();
    let address = station.client.0;
    let process = Process::of(station.child.id());
    let before = process.holdings();
    let mut connections: Vec<TcpStream> =
        (0..MANY).map(|_| TcpStream::connect(address).expect("the kiosk accepts")).collect();
    let mut refused = 0;
    for stream in &mut connections {
        let _ = stream.write_all(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let mut beginning = [0; 12];
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out can be set");
        match stream.read_exact(&mut beginning) {
            Ok(()) if &beginning == b"HTTP/1.1 200" => {}
            // Told that there are too many, or hung up on while it was still speaking.
            _ => refused += 1,
        }
    }
    let served = MANY - refused;
    assert!(served > 0 && refused >= MANY - 192, "{served} served, {refused} refused");
    let holdings = process.holdings();
    assert!(holdings.files < before.files + 220, "{before:?} {holdings:?}");

    let frames =
        |client: crate::client::Client| client.json("/api/health")["frames"].as_u64().expect("a number");
    drop(connections);
    let begun = Instant::now();
    while process.holdings().files > before.files + 4 && begun.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(50));
    }
    assert!(process.holdings().files <= before.files + 4, "{before:?} {:?}", process.holdings());
    let seen = frames(station.client);
    let begun = Instant::now();
    while frames(station.client) == seen && begun.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(50));
    }
    assert!(frames(station.client) > seen, "it looks on");
    assert!(station.is_running() && !station.log().contains("panicked"), "{}", station.log());
    figure(
        "connections::a_thousand_connections_leave_the_station_unharmed",
        &format!("{MANY} at once: {served} served, {refused} refused, all descriptors given back"),
    );
}
