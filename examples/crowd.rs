//! What many clients cost the station: its frames a second alone, and with 50 of them at the kiosk.
//!
//! ```text
//! sleevesight run --source stills:tests/sleeves/scenes &
//! cargo run --release --example crowd -- 127.0.0.1:8480
//! ```
//!
//! Each client follows the events, and asks for the next picture as soon as it has one, as the page does.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const CLIENTS: usize = 50;

/// How long frames are counted, and how often, so that a busy machine does not speak for the kiosk.
const WHILE: Duration = Duration::from_secs(10);
const ROUNDS: usize = 3;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A connection that stays open over many requests.
struct Client {
    stream: BufReader<TcpStream>,
    address: String,
}

impl Client {
    fn of(address: &str) -> Outcome<Self> {
        Ok(Self { stream: BufReader::new(TcpStream::connect(address)?), address: address.to_owned() })
    }

    /// The headers of an answer that are asked for, and its body.
    fn get(&mut self, path: &str, wanted: &str) -> Outcome<(String, Vec<u8>)> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut length, mut header) = (0, String::new());
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                Some(("content-length", value)) => length = value.parse()?,
                Some((name, value)) if name == wanted => header = value.to_owned(),
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((header, body))
    }
}

/// How many frames the station has looked at.
fn frames(address: &str) -> Outcome<f64> {
    let (_, body) = Client::of(address)?.get("/metrics", "")?;
    let text = String::from_utf8(body)?;
    let count = text.lines().find_map(|line| line.strip_prefix("sleevesight_frames_total "));
    Ok(count.ok_or("the kiosk tells no frames")?.parse()?)
}

/// Frames a second, for a while.
fn rate(address: &str) -> Outcome<f64> {
    let (before, start) = (frames(address)?, Instant::now());
    thread::sleep(WHILE);
    Ok((frames(address)? - before) / start.elapsed().as_secs_f64())
}

/// Follows the events until told to stop.
fn follow(address: &str, stop: &AtomicBool, events: &AtomicU64) -> Outcome<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    write!(stream, "GET /api/events HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    let mut bytes = [0; 4096];
    while !stop.load(Ordering::Relaxed) {
        if let Ok(read) = stream.read(&mut bytes) {
            let told = bytes[..read].windows(5).filter(|part| part == b"data:").count();
            events.fetch_add(told as u64, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// Asks for picture after picture until told to stop.
fn watch(address: &str, stop: &AtomicBool, pictures: &AtomicU64) -> Outcome<()> {
    let mut client = Client::of(address)?;
    let mut number = String::from("0");
    while !stop.load(Ordering::Relaxed) {
        let path = format!("/api/picture.jpg?width=640&after={number}");
        let (next, picture) = client.get(&path, "sleevesight-number")?;
        if !picture.is_empty() {
            number = next;
            pictures.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "it prints figures")]
fn main() -> Outcome<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8480".into());
    let (mut alone, mut crowded) = (Vec::new(), Vec::new());
    let (events, pictures) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    for _ in 0..ROUNDS {
        alone.push(rate(&address)?);
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let (to, end, count) = (address.clone(), Arc::clone(&stop), Arc::clone(&events));
            clients.push(thread::spawn(move || follow(&to, &end, &count)));
            let (to, end, count) = (address.clone(), Arc::clone(&stop), Arc::clone(&pictures));
            clients.push(thread::spawn(move || watch(&to, &end, &count)));
        }
        crowded.push(rate(&address)?);
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().map_err(|_| "a client panicked")??;
        }
    }
    let middle = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let (alone, crowded) = (middle(&mut alone), middle(&mut crowded));
    let seconds = ROUNDS as f64 * WHILE.as_secs_f64();
    println!(
        "frames a second: {alone:.2} alone, {crowded:.2} with {CLIENTS} clients ({:+.1} %)",
        100.0 * (crowded / alone - 1.0)
    );
    println!(
        "each client: {:.1} pictures and {:.2} events a second",
        pictures.load(Ordering::Relaxed) as f64 / seconds / CLIENTS as f64,
        events.load(Ordering::Relaxed) as f64 / seconds / CLIENTS as f64,
    );
    Ok(())
}
