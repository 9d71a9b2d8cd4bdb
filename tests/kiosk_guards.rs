//! The kiosk answers only who may ask, what may be asked, and not without end.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use sleevesight::kiosk::{House, Kiosk, KioskSettings, Limits, PinError, PinFile};
use sleevesight::station::Bulletin;

use crate::client::{Answer, Client};
use crate::common::sleevesight;
use crate::kiosk_tells::{Shop, anywhere, genres};

#[test]
fn only_this_machines_own_names_are_answered() {
    let Shop { client, serving: _serving, .. } = Shop::new();
    let port = client.0.port();
    for host in ["localhost", "127.0.0.1", "[::1]", "LocalHost"] {
        assert_eq!(client.ask("GET", "/", &[("Host", &format!("{host}:{port}"))], "").status, 200, "{host}");
    }
    for host in
        ["127.0.0.1.evil.com", "localhost.evil.com", "evil.com", "192.168.0.7", "127.0.0.1@evil.com", ""]
    {
        for path in ["/", "/api/verdict", "/api/events", "/metrics", "/api/staff"] {
            let answer = client.ask("GET", path, &[("Host", &format!("{host}:{port}"))], "");
            assert_eq!(answer.status, 421, "{host} {path}");
        }
    }
    let none = client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    let two = client.send("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\nConnection: close\r\n\r\n");
    let proxied =
        client.send("GET http://evil.com/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!([none.status, two.status, proxied.status], [421; 3]);
}

#[test]
fn a_name_that_is_configured_is_ours_and_none_that_begins_with_it() {
    let settings = KioskSettings { hosts: vec!["kiosk.local".into()], ..anywhere() };
    let kiosk = Kiosk::bind(&settings).expect("the system chooses a port");
    let client = Client(kiosk.address());
    let _serving = kiosk.serve(Arc::<Bulletin>::default(), House::default()).expect("threads");
    let status = |host: &str| client.ask("GET", "/", &[("Host", host)], "").status;
    assert_eq!(
        [status("kiosk.local"), status("Kiosk.local:80"), status("kiosk.local.evil.com")],
        [200, 200, 421]
    );
}

/// A kiosk whose PIN is 246810.
struct Staffed {
    shop: Shop,
    pin: PinFile,
    token: String,
    state: tempfile::TempDir,
}

impl Staffed {
    fn new() -> Self {
        let state = tempfile::tempdir().expect("a temporary folder");
        let pin = PinFile::in_folder(state.path());
        pin.set("246810").expect("a PIN");
        let shop = Shop::with(House { genres: genres(), pin: Some(pin.clone()), ..House::default() });
        let token = shop.client.json("/api/staff")["token"].as_str().expect("a token").to_owned();
        Self { shop, pin, token, state }
    }

    fn sign_in(&self, pin: &str) -> Answer {
        let body = json!({ "pin": pin }).to_string();
        self.shop.client.ask("POST", "/api/staff/session", &[("Sleevesight-Token", &self.token)], &body)
    }

    /// The cookie of someone who signed in.
    fn cookie(&self) -> String {
        let answer = self.sign_in("246810");
        assert_eq!(answer.status, 204, "{answer:?}");
        answer.header("set-cookie").split(';').next().expect("a cookie").to_owned()
    }
}

#[test]
fn what_changes_something_needs_the_token_and_no_other_page_may_ask() {
    let staffed = Staffed::new();
    let client = staffed.shop.client;
    let body = json!({ "pin": "246810" }).to_string();
    let own = format!("http://{}", client.0);
    let post = |headers: &[(&str, &str)]| client.ask("POST", "/api/staff/session", headers, &body).status;
    let token = ("Sleevesight-Token", staffed.token.as_str());
    assert_eq!(post(&[]), 403);
    assert_eq!(post(&[("Sleevesight-Token", &"0".repeat(32))]), 403);
    for origin in
        ["http://evil.com", "null", "https://127.0.0.1", "http://127.0.0.1.evil.com", "http://localhost"]
    {
        assert_eq!(post(&[token, ("Origin", origin)]), 403, "{origin}");
        assert_eq!(client.ask("GET", "/api/verdict", &[("Origin", origin)], "").status, 403, "{origin}");
    }
    assert_eq!(post(&[token, ("Origin", &own)]), 204);
    assert_eq!(post(&[token]), 204, "a program has no origin");
}

#[test]
fn staff_only_is_for_staff_only() {
    let staffed = Staffed::new();
    let shop = &staffed.shop;
    let client = shop.client;
    shop.say(1);
    shop.until(|state| state["number"] == 1);
    let paths = ["/api/staff/inbox", "/api/staff/inbox/1/cover.jpg"];
    for path in paths {
        assert_eq!(client.get(path).status, 401, "{path}");
        let forged = [("Cookie", "sleevesight-staff=0123456789abcdef0123456789abcdef")];
        assert_eq!(client.ask("GET", path, &forged, "").status, 401, "{path}");
    }
    assert_eq!(staffed.sign_in("000000").status, 403);
    let cookie = staffed.cookie();
    for path in paths {
        assert_eq!(client.ask("GET", path, &[("Cookie", &cookie)], "").status, 200, "{path}");
    }
    let token = ("Sleevesight-Token", staffed.token.as_str());
    let out = client.ask("DELETE", "/api/staff/session", &[token, ("Cookie", &cookie)], "");
    assert_eq!(out.status, 204);
    assert_eq!(client.ask("GET", paths[0], &[("Cookie", &cookie)], "").status, 401, "signed out");
}

#[test]
fn the_cookie_goes_nowhere_else() {
    let staffed = Staffed::new();
    let answer = staffed.sign_in("246810");
    let cookie = answer.header("set-cookie");
    for word in ["HttpOnly", "SameSite=Strict", "Path=/api/staff"] {
        assert!(cookie.contains(word), "{cookie}");
    }
}

#[test]
fn a_pin_may_be_tried_ten_times_a_minute() {
    let staffed = Staffed::new();
    for _ in 0..10 {
        assert_eq!(staffed.sign_in("1357").status, 403);
    }
    let refused = staffed.sign_in("246810");
    assert_eq!(refused.status, 429, "not even the right one");
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
}

#[test]
fn a_pin_is_kept_as_a_hash_for_this_user_alone() {
    let staffed = Staffed::new();
    let file = staffed.state.path().join("kiosk-pin");
    let text = fs::read_to_string(&file).expect("it is there");
    assert!(text.starts_with("$argon2id$") && !text.contains("246810"), "{text}");
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
    for wrong in ["", "123", "1234567890123", "12a4", "12 4", "１２３４"] {
        assert!(matches!(staffed.pin.set(wrong), Err(PinError::NoPin)), "{wrong}");
    }
    fs::write(&file, "a shopping list").expect("the folder takes files");
    assert!(matches!(staffed.pin.is("246810"), Err(PinError::Damaged(_))));
    // A hash that takes four gigabytes is none of ours.
    fs::write(&file, text.replace("m=19456", "m=4194304")).expect("the folder takes files");
    assert!(matches!(staffed.pin.is("246810"), Err(PinError::Damaged(_))));
    fs::write(&file, text).expect("the folder takes files");
    assert!(
        staffed.pin.is("246810").expect("it is whole") && !staffed.pin.is("246811").expect("it is whole")
    );
}

#[test]
fn a_start_gives_nobody_new_tries() {
    let staffed = Staffed::new();
    for _ in 0..10 {
        assert_eq!(staffed.sign_in("1357").status, 403);
    }
    let next = Shop::with(House { pin: Some(staffed.pin.clone()), ..House::default() });
    let token = next.client.json("/api/staff")["token"].as_str().expect("a token").to_owned();
    let body = json!({ "pin": "246810" }).to_string();
    let answer =
        next.client.ask("POST", "/api/staff/session", &[("Sleevesight-Token", &token)], &body).status;
    assert_eq!(answer, 429);
    let kept = fs::read_to_string(staffed.state.path().join("kiosk-tries")).expect("it is there");
    assert!(!kept.contains("1357"), "times alone are kept: {kept}");
}

#[test]
fn who_is_signed_in_is_signed_out_when_the_pin_is_another_or_none() {
    let staffed = Staffed::new();
    let status =
        |cookie: &str| staffed.shop.client.ask("GET", "/api/staff/inbox", &[("Cookie", cookie)], "").status;
    let cookie = staffed.cookie();
    assert_eq!(status(&cookie), 200);
    staffed.pin.set("246810").expect("a PIN");
    assert_eq!(status(&cookie), 401, "though it is the same again");
    let cookie = staffed.cookie();
    assert_eq!(status(&cookie), 200);
    fs::remove_file(staffed.state.path().join("kiosk-pin")).expect("it is there");
    assert_eq!(status(&cookie), 401);
}

#[test]
fn a_pin_that_is_set_while_it_runs_is_taken_at_once() {
    let state = tempfile::tempdir().expect("a temporary folder");
    let pin = PinFile::in_folder(state.path());
    let shop = Shop::with(House { pin: Some(pin), ..House::default() });
    let about = shop.client.json("/api/staff");
    assert_eq!((&about["pin"], &about["signed_in"]), (&json!(false), &json!(false)));
    let token = about["token"].as_str().expect("a token");
    let sign_in = || {
        let body = json!({ "pin": "1234" }).to_string();
        shop.client.ask("POST", "/api/staff/session", &[("Sleevesight-Token", token)], &body).status
    };
    assert_eq!(sign_in(), 409);
    let config = state.path().join("config.toml");
    fs::write(&config, format!("state = {:?}", state.path())).expect("the folder takes files");
    let set = |line: &str| {
        sleevesight().args(["kiosk", "pin", "--config"]).arg(&config).write_stdin(line.to_owned()).assert()
    };
    set("12\n")
        .code(1)
        .stderr("sleevesight: a PIN has 4 to 12 digits and nothing else; six are hard to guess\n");
    set("1234\n").success();
    assert_eq!(sign_in(), 204);
}

#[test]
fn what_is_too_long_is_refused_and_what_makes_no_sense_is_said() {
    let staffed = Staffed::new();
    let client = staffed.shop.client;
    let token = ("Sleevesight-Token", staffed.token.as_str());
    let post = |body: &str| client.ask("POST", "/api/staff/session", &[token], body).status;
    assert_eq!(post(&json!({ "pin": "1".repeat(20_000) }).to_string()), 413);
    assert_eq!([post("{"), post("[]"), post("{\"pin\":1}"), post("{\"pin\":\"1\",\"x\":1}")], [400; 4]);
    assert_eq!(client.ask("POST", "/api/verdict", &[token], "").status, 405);
    assert_eq!(client.ask("GET", "/api/nothing", &[], "").status, 404);
    let long = client.send(&format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(1 << 20)));
    assert!((400..500).contains(&long.status), "{}", long.status);
}

fn limited(limits: Limits) -> (Client, sleevesight::kiosk::Serving) {
    let kiosk = Kiosk::bind(&anywhere()).expect("the system chooses a port").limited(limits);
    let client = Client(kiosk.address());
    (client, kiosk.serve(Arc::<Bulletin>::default(), House::default()).expect("threads"))
}

#[test]
fn who_says_nothing_is_hung_up_on() {
    let head = Duration::from_millis(100);
    let (client, _serving) = limited(Limits { head, ..Limits::default() });
    for beginning in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
        let mut stream = client.connect();
        stream.write_all(beginning.as_bytes()).expect("it listens");
        // To the end: it comes while this client still waits. With nothing said, a reset is an end as well.
        let _ = stream.read_to_end(&mut Vec::new());
        let mut byte = [0];
        assert!(!matches!(stream.read(&mut byte), Ok(1)), "{beginning:?}");
    }
    assert_eq!(client.get("/").status, 200);
}

#[test]
fn a_body_that_never_ends_is_not_waited_for() {
    let answer = Duration::from_millis(100);
    let (client, _serving) = limited(Limits { answer, ..Limits::default() });
    let token = client.json("/api/staff")["token"].as_str().expect("a token").to_owned();
    let request = format!(
        "POST /api/staff/session HTTP/1.1\r\nHost: localhost\r\nSleevesight-Token: {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    assert_eq!(client.send(&request).status, 503);
}

#[test]
fn there_is_an_end_to_connections_and_room_again_when_one_leaves() {
    let (client, _serving) = limited(Limits { connections: 2, ..Limits::default() });
    let (first, _second) = (client.events(), client.events());
    let refused = client.get("/");
    assert_eq!(refused.status, 503);
    assert_eq!(refused.json()["error"], "too many connections; close some and try again");
    drop(first);
    // The kiosk sees that it left when it next says that it is alive, or at once.
    while client.get("/").status == 503 {
        std::thread::yield_now();
    }
}

#[test]
fn who_does_not_read_is_hung_up_on() {
    let limits = Limits { write: Duration::from_millis(200), ..Limits::default() };
    let shop = Shop::limited(House { genres: genres(), ..House::default() }, limits);
    shop.say(1);
    shop.until(|state| state["number"] == 1);
    let one = "GET /api/picture.jpg?width=1280 HTTP/1.1\r\nHost: localhost\r\n";
    let mut stream = shop.client.connect();
    let many = format!("{one}\r\n").repeat(300);
    // The kiosk may hang up on it before it has said all.
    let _ = stream.write_all(format!("{many}{one}Connection: close\r\n\r\n").as_bytes());
    std::thread::sleep(Duration::from_secs(1));
    let mut answers = Vec::new();
    let _ = stream.read_to_end(&mut answers);
    let count = answers.windows(8).filter(|bytes| bytes == b"HTTP/1.1").count();
    assert!((1..300).contains(&count), "{count}");
    assert_eq!(shop.client.get("/api/picture.jpg").status, 200, "others are answered");
}

#[test]
fn who_reads_slowly_is_waited_for() {
    let limits = Limits { write: Duration::from_millis(500), ..Limits::default() };
    let shop = Shop::limited(House { genres: genres(), ..House::default() }, limits);
    shop.say(1);
    shop.until(|state| state["number"] == 1);
    let one = "GET /api/picture.jpg?width=1280 HTTP/1.1\r\nHost: localhost\r\n";
    let mut stream = shop.client.connect();
    let (sent, mut asking) = (stream.try_clone(), String::new());
    asking += &format!("{one}\r\n").repeat(30);
    asking += &format!("{one}Connection: close\r\n\r\n");
    let writer = std::thread::spawn(move || sent.expect("a second handle").write_all(asking.as_bytes()));
    let (mut answers, mut part) = (Vec::new(), [0; 16 << 10]);
    loop {
        match stream.read(&mut part).expect("the kiosk goes on") {
            0 => break,
            length => answers.extend_from_slice(&part[..length]),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    writer.join().expect("no panic").expect("it was all taken");
    assert_eq!(answers.windows(8).filter(|bytes| bytes == b"HTTP/1.1").count(), 31);
}

#[test]
fn one_more_who_follows_ends_the_stream_that_began_first() {
    let (client, _serving) = limited(Limits { followers: 2, ..Limits::default() });
    let [mut first, mut second] = [client.events(), client.events()];
    assert!(first.next().is_some() && second.next().is_some());
    let mut third = client.events();
    assert!(third.next().is_some(), "nobody keeps others out by staying");
    assert_eq!(first.next(), None);
    drop(second);
    let seven = Limits::default().followers;
    assert!(seven >= 8, "a browser's seven tabs and a till");
}

#[test]
fn a_head_has_so_many_bytes_and_no_more() {
    let Shop { client, serving: _serving, .. } = Shop::new();
    let status = |bytes: usize| {
        let lines = "X: y\r\n".repeat(80) + &format!("Y: {}\r\n", "a".repeat(bytes));
        client.send(&format!("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n")).status
    };
    assert_eq!([status(12 << 10), status(17 << 10)], [200, 431]);
}

#[test]
fn whatever_is_refused_is_told_as_json() {
    let answer = Duration::from_millis(200);
    let (client, _serving) = limited(Limits { answer, ..Limits::default() });
    let token = client.json("/api/staff")["token"].as_str().expect("a token").to_owned();
    let own = format!("Host: localhost\r\nSleevesight-Token: {token}\r\nConnection: close\r\n");
    let json = format!("{own}Content-Type: application/json\r\n");
    for (wanted, request) in [
        (400, format!("GET /api/stock/x/cover.jpg HTTP/1.1\r\n{own}\r\n")),
        (400, format!("GET /api/picture.jpg?width=x HTTP/1.1\r\n{own}\r\n")),
        (400, format!("POST /api/staff/session HTTP/1.1\r\n{json}Content-Length: 1\r\n\r\n{{")),
        (400, format!("POST /api/staff/session HTTP/1.1\r\n{own}Content-Length: 2\r\n\r\n{{}}")),
        (401, format!("GET /api/staff/stock?find=%ff HTTP/1.1\r\n{own}\r\n")),
        (401, format!("PUT /api/staff/stock/x HTTP/1.1\r\n{own}\r\n")),
        (404, format!("GET /nothing HTTP/1.1\r\n{own}\r\n")),
        (405, format!("PUT /api/verdict HTTP/1.1\r\n{own}\r\n")),
        (413, format!("POST /api/staff/session HTTP/1.1\r\n{json}Content-Length: 99999\r\n\r\n")),
        (421, "GET / HTTP/1.1\r\nHost: evil.com\r\nConnection: close\r\n\r\n".to_owned()),
        (503, format!("POST /api/staff/session HTTP/1.1\r\n{json}Content-Length: 9\r\n\r\n")),
    ] {
        let answer = client.send(&request);
        assert_eq!(answer.status, wanted, "{request}");
        assert_eq!(answer.header("content-type"), "application/json", "{request}");
        assert!(answer.json()["error"].as_str().is_some_and(|error| error.len() > 10), "{request}");
    }
}

#[test]
fn the_last_places_are_for_who_makes_haste() {
    let slow = Duration::from_secs(20);
    let (client, _serving) = limited(Limits { connections: 4, head: slow, write: slow, ..Limits::default() });
    let begun = Instant::now();
    let mut idle: Vec<_> = (0..4).map(|_| client.connect()).collect();
    assert_eq!(idle[3].read(&mut [0]).expect("it is hung up on"), 0);
    assert_eq!(client.get("/").status, 200);
    assert!(begun.elapsed() < slow / 2, "{:?}", begun.elapsed());
}
