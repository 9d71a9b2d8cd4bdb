//! Requests that nobody who means well would send.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::appliance::Home;
use crate::figure;
use crate::process::Process;

/// What is answered to these bytes: a status, or `None` where the kiosk hangs up without a word.
pub(crate) fn send(address: std::net::SocketAddr, request: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).expect("the kiosk listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out can be set");
    let _ = stream.write_all(request);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}

/// Heads of which each is wrong in its way.
fn corpus(address: &str, token: &str) -> Vec<(&'static str, Vec<u8>)> {
    let own = format!("Host: {address}\r\nConnection: close\r\n");
    let json = format!("{own}Sleevesight-Token: {token}\r\nContent-Type: application/json\r\n");
    let mut corpus: Vec<(&'static str, Vec<u8>)> = Vec::new();
    let mut put = |what, text: String| corpus.push((what, text.into_bytes()));
    for host in [
        "evil.com",
        "127.0.0.1.evil.com",
        "localhost.evil.com",
        "evil.com@127.0.0.1",
        "127.0.0.1@evil.com",
        "[::",
        "0",
        "0.0.0.0",
        "2130706433",
        "0x7f.1",
        "127.1",
        "localhost/..",
        "localhost#",
        "localhost\\",
        "*",
        "169.254.169.254",
        "metadata.google.internal",
        "xn--lcalhost-x3a",
        "localhost, evil.com",
        "",
    ] {
        put("host", format!("GET /api/verdict HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    }
    for origin in [
        "http://evil.com",
        "null",
        "file://",
        "https://localhost",
        "http://localhost:1",
        "chrome-extension://x",
        "http://127.0.0.1.evil.com",
        "http://evil.com#127.0.0.1",
        "",
    ] {
        put("origin", format!("GET /api/verdict HTTP/1.1\r\n{own}Origin: {origin}\r\n\r\n"));
    }
    for path in [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/languages/../../../etc/passwd.json",
        "/languages/%00.json",
        "/languages/en",
        "//evil.com/",
        "/api/stock/-1/cover.jpg",
        "/api/stock/99999999999999999999/cover.jpg",
        "/api/stock/1%00/cover.jpg",
        "/api/why.jpg?number=x",
        "/api/why.jpg?number=18446744073709551616",
        "/api/cover.jpg",
        "/api/picture.jpg?width=-1",
        "/api/picture.jpg?width=1e9",
        "/api/staff/inbox",
        "/api/staff/stock?find=x",
        "/api/staff/export.tar",
        "/api/staff/inbox/0/cover.jpg",
        "/.git/config",
        "/state/kiosk-pin",
        "/\u{202e}",
        "/%ff%fe",
    ] {
        put("path", format!("GET {path} HTTP/1.1\r\n{own}\r\n"));
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW", "get"] {
        put("method", format!("{method} /api/verdict HTTP/1.1\r\n{own}\r\n"));
    }
    put("token", format!("POST /api/staff/session HTTP/1.1\r\n{own}Content-Length: 2\r\n\r\n{{}}"));
    let deep = "[".repeat(5000);
    for body in [
        "",
        "{",
        "null",
        "[]",
        "{\"pin\":1}",
        "{\"pin\":\"1\",\"pin\":\"2\"}",
        "{\"pin\":null}",
        "\u{feff}{}",
        &deep,
        "{\"pin\":\"\\ud800\"}",
    ] {
        let length = body.len();
        put(
            "body",
            format!("POST /api/staff/session HTTP/1.1\r\n{json}Content-Length: {length}\r\n\r\n{body}"),
        );
    }
    for length in ["-1", "99999999999999999999", "1, 2", "0x10", "1000000000"] {
        put(
            "length",
            format!("POST /api/staff/session HTTP/1.1\r\n{json}Content-Length: {length}\r\n\r\n{{}}"),
        );
    }
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked";
    put(
        "smuggled",
        format!("POST /api/staff/session HTTP/1.1\r\n{json}{both}\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    );
    put(
        "chunk",
        format!(
            "POST /api/staff/session HTTP/1.1\r\n{json}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"
        ),
    );
    put(
        "chunk",
        format!("POST /api/staff/session HTTP/1.1\r\n{json}Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    );
    put(
        "encoding",
        format!(
            "POST /api/staff/session HTTP/1.1\r\n{json}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
        ),
    );
    put("long", format!("GET /{} HTTP/1.1\r\n{own}\r\n", "a".repeat(1 << 20)));
    put("headers", format!("GET / HTTP/1.1\r\n{own}{}\r\n", "X: y\r\n".repeat(10_000)));
    put("header", format!("GET / HTTP/1.1\r\n{own}X: {}\r\n\r\n", "y".repeat(1 << 20)));
    put("fold", format!("GET / HTTP/1.1\r\n{own}X: a\r\n b\r\n\r\n"));
    put("name", format!("GET / HTTP/1.1\r\n{own}X Y: z\r\n\r\n"));
    put("version", format!("GET / HTTP/3.7\r\n{own}\r\n"));
    put("no version", format!("GET /\r\n{own}\r\n"));
    put(
        "cookie",
        format!("GET /api/staff/inbox HTTP/1.1\r\n{own}Cookie: sleevesight-staff={}\r\n\r\n", "0".repeat(32)),
    );
    corpus.push(("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(30)));
    corpus.push(("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec()));
    corpus.push(("NUL", vec![0; 100_000]));
    corpus.push(("0xff", vec![0xff; 100_000]));
    corpus.push(("no end", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ".to_vec()));
    corpus
}

#[test]
fn what_is_meant_ill_is_refused_and_the_station_is_unharmed() {
    let home = Home::new();
    home.set_pin();
    let mut station = home.start();
    station.says();
    let address = station.client.0;
    let token = station.client.json("/api/staff")["token"].as_str().expect("a token").to_owned();
    let process = Process::of(station.child.id());
    let corpus = corpus(&address.to_string(), &token);
    let mut memory = 0;
    for round in 0..5 {
        for (what, request) in &corpus {
            let status = send(address, request);
            let beginning = String::from_utf8_lossy(&request[..request.len().min(120)]).into_owned();
            assert!(
                status.is_none_or(|status| (400..500).contains(&status) || status == 505),
                "{what}: {status:?} to {beginning:?}"
            );
        }
        if round == 0 {
            memory = process.kilobytes("VmRSS");
        }
    }
    let grown = process.kilobytes("VmRSS").saturating_sub(memory);
    assert!(grown < 5 * 1024, "{grown} KB");
    assert_eq!(station.client.get("/api/health").status, 200);
    assert!(station.is_running() && !station.log().contains("panicked"), "{}", station.log());
    figure(
        "requests::what_is_meant_ill_is_refused_and_the_station_is_unharmed",
        &format!("{} requests, each five times: all refused, {grown} KB more", corpus.len()),
    );
}

/// Clients that send a byte now and then are hung up on after the time that a head may take.
#[test]
fn who_dawdles_is_hung_up_on() {
    let home = Home::new();
    fs::create_dir_all(&home.state).expect("the folder is there");
    let station = home.start();
    station.says();
    let begun = Instant::now();
    let dawdlers: Vec<_> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(station.client.0).expect("the kiosk listens");
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ").expect("it listens");
            stream
        })
        .collect();
    let frames = || station.client.json("/api/health")["frames"].as_u64().expect("a number");
    let before = frames();
    let mut open = dawdlers;
    while !open.is_empty() && begun.elapsed() < Duration::from_secs(60) {
        // One byte each; a reset tells that it was hung up.
        open.retain_mut(|stream| {
            stream.set_nonblocking(true).is_ok()
                && stream.write_all(b"y").is_ok()
                && !matches!(stream.read(&mut [0; 512]), Ok(0))
        });
        assert_eq!(station.client.get("/api/verdict").status, 200, "others are answered meanwhile");
        thread::sleep(Duration::from_millis(500));
    }
    let lasted = begun.elapsed().as_secs_f64();
    assert!(open.is_empty(), "{} are still there after {lasted} s", open.len());
    assert!(frames() > before, "frames are looked at meanwhile");
    assert_eq!(station.client.json("/api/verdict")["trouble"], json!(null));
    figure("requests::who_dawdles_is_hung_up_on", &format!("100 slow clients: all gone after {lasted:.0} s"));
}
