//! A thousand connections at once, and those that are asked much and never read.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use sleevesight::kiosk::Limits;
use socket2::{Domain, Socket, Type};

use crate::appliance::Home;
use crate::figure;
use crate::process::Process;
use crate::requests::send;

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

/// What the system may hold for clients that read nothing, in megabytes.
const HELD: u64 = 64;

/// What sockets hold of the system's memory, in megabytes.
fn socket_memory() -> u64 {
    let told = fs::read_to_string("/proc/net/sockstat").expect("the kernel tells it");
    let line = told.lines().find(|line| line.starts_with("TCP:")).expect("it tells of TCP");
    let pages = line.split_whitespace().skip_while(|word| *word != "mem").nth(1);
    pages.and_then(|pages| pages.parse::<u64>().ok()).expect("a number of pages") * 4 / 1024
}

/// How many connections the kiosk at a port has.
fn established(port: u16) -> usize {
    let told = fs::read_to_string("/proc/net/tcp").expect("the kernel tells it");
    let local = format!(":{port:04X}");
    let is_one = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        words.next().is_some_and(|address| address.ends_with(&local)) && words.nth(1) == Some("01")
    };
    told.lines().filter(|line| is_one(line)).count()
}

/// A client that makes room for next to nothing of what it asks for.
fn reader_of_nothing(address: SocketAddr, path: &str, times: usize) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(2304).expect("a small one");
    socket.connect(&address.into()).expect("the kiosk accepts");
    socket.set_nonblocking(true).expect("it can be asked");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(times);
    let _ = (&socket).write(request.as_bytes());
    socket
}

#[test]
fn who_reads_nothing_is_hung_up_on_and_holds_little() {
    let home = Home::new();
    let mut station = home.start();
    station.says();
    let (client, before) = (station.client, socket_memory());
    let begun = Instant::now();
    let stuck: Vec<Socket> = (0..192)
        .map(|number| match number % 2 {
            0 => reader_of_nothing(client.0, "/api/events", 1),
            _ => reader_of_nothing(client.0, "/api/picture.jpg?width=1280", 100),
        })
        .collect();
    let mut held = 0;
    let answered = loop {
        held = held.max(socket_memory().saturating_sub(before));
        let well = |path| {
            let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            send(client.0, request.as_bytes()) == Some(200)
        };
        if ["/api/health", "/"].into_iter().all(well) {
            break begun.elapsed().as_secs();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the screen is held");
        thread::sleep(Duration::from_millis(100));
    };
    assert!(client.events().next().is_some(), "and so is told what is said");
    while begun.elapsed() < Duration::from_secs(50) {
        held = held.max(socket_memory().saturating_sub(before));
        thread::sleep(Duration::from_millis(100));
    }
    // Of the events so little is told that a few may follow unread.
    let open = established(client.0.port());
    assert!(open <= Limits::default().followers, "{open} of {} are still there", stuck.len());
    assert!(held <= HELD, "{held} MB");
    assert!(station.is_running() && !station.log().contains("panicked"), "{}", station.log());
    figure(
        "connections::who_reads_nothing_is_hung_up_on_and_holds_little",
        &format!(
            "{} clients: {held} MB of sockets at most, the page is answered after {answered} s, {open} left",
            stuck.len()
        ),
    );
}
