//! How many records a stock knows by their words, and how many strangers it claims. Every second album is in stock, by
//! artist and title alone.
//!
//! ```text
//! cargo run --release --example stock_by_words -- READ.jsonl [PASSES] [RULE.toml]
//! ```
//!
//! A line of `READ.jsonl` is what one pass read on one cover:
//! `{"path":"a.jpg","artist":"…","title":"…","pass":0,"lines":[{"text":"…","confidence":0.97,"corners":[[x,y]*4]}]}`.
//! `RULE.toml` has the keys of `[words]` in `stock.toml`.

#![allow(clippy::print_stdout, reason = "it prints figures")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use serde::Deserialize;
use sleevesight::stock::{Details, Record, WordIndex, WordRule};
use sleevesight::words::{Line, folded, squashed};

#[derive(Deserialize)]
struct Read {
    path: String,
    artist: String,
    title: String,
    #[serde(default)]
    pass: usize,
    lines: Vec<ReadLine>,
}

#[derive(Deserialize)]
struct ReadLine {
    text: String,
    confidence: f32,
    corners: [[f32; 2]; 4],
}

/// A cover: its artist, its title, and all its lines.
type Sleeve = (String, String, Vec<Line>);

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let path = args.next().context("name a file of what was read")?;
    let passes: usize = args.next().map_or(Ok(usize::MAX), |text| text.parse())?;
    let rule: WordRule = match args.next() {
        Some(path) => toml::from_str(&fs::read_to_string(path)?)?,
        None => WordRule::default(),
    };
    let sleeves = sleeves(&fs::read_to_string(path)?, passes)?;
    let mut albums = HashMap::new();
    for (artist, title, _) in &sleeves {
        let number = albums.len();
        albums.entry(key(artist, title)).or_insert((number, artist.clone(), title.clone()));
    }
    let in_stock = albums.iter().filter(|(key, _)| fold(key).is_multiple_of(2));
    let records: Vec<Arc<Record>> = in_stock
        .map(|(_, (id, artist, title))| {
            let details = Details { artist: artist.clone(), title: title.clone(), ..Details::default() };
            Arc::new(Record { id: *id as i64, details })
        })
        .collect();
    let index = WordIndex::of(records.iter());
    let titles: HashSet<String> = records.iter().map(|record| main_title(&record.details.title)).collect();
    let [mut ours, mut known, mut wrong, mut listed, mut strangers, mut claimed, mut several] = [0_usize; 7];
    let start = Instant::now();
    for (artist, title, lines) in &sleeves {
        let found = index.find(&rule, lines);
        let right = |record: &Record| is_same(record, artist, title);
        if fold(&key(artist, title)).is_multiple_of(2) {
            ours += 1;
            known += usize::from(found.known.as_deref().is_some_and(right));
            wrong += usize::from(found.known.as_deref().is_some_and(|record| !right(record)));
            listed += usize::from(found.candidates.iter().any(|record| right(record)));
        } else if !titles.contains(&main_title(title)) || !records.iter().any(|record| right(record)) {
            strangers += 1;
            claimed += usize::from(found.known.is_some());
            several += usize::from(!found.candidates.is_empty());
        }
    }
    let millis = start.elapsed().as_secs_f64() * 1e3 / sleeves.len().max(1) as f64;
    let part = |count: usize, all: usize| 100.0 * count as f64 / all.max(1) as f64;
    println!("{} records in stock; {millis:.2} ms a sleeve", records.len());
    println!(
        "{ours} sleeves of these: {:.1} % known, {:.1} % among candidates, {:.2} % taken for another",
        part(known, ours),
        part(listed, ours),
        part(wrong, ours)
    );
    println!(
        "{strangers} strangers: {:.2} % claimed, {:.2} % given candidates",
        part(claimed, strangers),
        part(several, strangers)
    );
    Ok(())
}

/// The covers, each with the lines of all passes up to this many.
fn sleeves(text: &str, passes: usize) -> anyhow::Result<Vec<Sleeve>> {
    let mut sleeves: BTreeMap<String, Sleeve> = BTreeMap::new();
    for line in text.lines() {
        let Read { path, artist, title, pass, lines } = serde_json::from_str(line)?;
        if pass >= passes || squashed(&title).is_empty() {
            continue;
        }
        let sleeve = sleeves.entry(path).or_insert((artist, title, Vec::new()));
        let line = |ReadLine { text, confidence, corners }| Line { text, confidence, corners };
        sleeve.2.extend(lines.into_iter().map(line));
    }
    Ok(sleeves.into_values().collect())
}

fn key(artist: &str, title: &str) -> String {
    format!("{}|{}", squashed(artist), main_title(title))
}

/// The same number for the same text, always.
fn fold(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        >> 20
}

/// A title without what stands in brackets.
fn main_title(title: &str) -> String {
    let main = squashed(title.split(['(', '[']).next().unwrap_or_default());
    if main.is_empty() { squashed(title) } else { main }
}

/// Whether a record is this album: in another edition, or by another spelling of its artist.
fn is_same(record: &Record, artist: &str, title: &str) -> bool {
    let words = |text: &str| folded(text).split(' ').map(ToOwned::to_owned).collect::<HashSet<String>>();
    let (own, other) = (words(&record.details.artist), words(artist));
    let shared = own.intersection(&other).any(|word| word.chars().count() >= 4) || own == other;
    main_title(&record.details.title) == main_title(title) && shared
}
