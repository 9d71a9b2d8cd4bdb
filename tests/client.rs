//! A browser's end of a connection, without a browser's manners: it sends whatever it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// A client of a kiosk; each request has a connection of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) SocketAddr);

impl Client {
    pub(crate) fn connect(self) -> TcpStream {
        let stream = TcpStream::connect(self.0).expect("the kiosk listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out can be set");
        stream
    }

    pub(crate) fn get(self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    /// The JSON at a path.
    pub(crate) fn json(self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// A request with these headers beside `Host`, which is right where it is not among them.
    pub(crate) fn ask(self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head += &format!("Host: {}\r\n", self.0);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            head += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        }
        self.send(&format!("{head}\r\n{body}"))
    }

    /// What is answered to these very bytes.
    pub(crate) fn send(self, request: &str) -> Answer {
        let mut stream = self.connect();
        // It may have hung up already: what it said then is what counts.
        let _ = stream.write_all(request.as_bytes());
        read(&mut BufReader::new(stream))
    }

    /// The stream of events, from its beginning on.
    pub(crate) fn events(self) -> Events {
        let mut stream = self.connect();
        let request = format!("GET /api/events HTTP/1.1\r\nHost: {}\r\n\r\n", self.0);
        stream.write_all(request.as_bytes()).expect("it can be asked");
        let mut lines = BufReader::new(stream);
        let (status, headers) = head(&mut lines);
        assert_eq!((status, headers["content-type"].as_str()), (200, "text/event-stream"));
        Events(lines)
    }
}

/// The events of a station, one after the other; they end when it does.
pub(crate) struct Events(BufReader<TcpStream>);

impl Iterator for Events {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).expect("the kiosk goes on") == 0 {
                return None;
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).expect("an event is JSON"));
            }
        }
    }
}

fn head(lines: &mut impl BufRead) -> (u16, BTreeMap<String, String>) {
    let mut next = || {
        let mut line = String::new();
        lines.read_line(&mut line).expect("an answer");
        line.trim_end().to_owned()
    };
    let first = next();
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut headers = BTreeMap::new();
    while let Some((name, value)) = next().split_once(':') {
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    (status.unwrap_or_else(|| panic!("no answer: {first:?}")), headers)
}

/// An answer up to its length, or to its end.
fn read(lines: &mut impl BufRead) -> Answer {
    let (status, headers) = head(lines);
    let mut body = Vec::new();
    match headers.get("content-length").map(|length| length.parse().expect("a length")) {
        Some(length) => drop(lines.take(length).read_to_end(&mut body).expect("all of it")),
        None => drop(lines.read_to_end(&mut body).expect("all of it")),
    }
    Answer { status, headers, body }
}
