//! Bytes that nobody has thought of, for a minute in all. `scripts/fuzz` gives the same targets to libFuzzer for longer.
//!
//! Inputs that take a way that was not gone before, by what they come to, are changed further.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::common::root;
use crate::targets::{TARGETS, shipped_weights, small_bundle, small_rule};
use crate::{MEMORY, figure, in_long_form};

/// How long one input may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many inputs are kept to be changed further.
const POOL: usize = 400;

/// What fuzzing of a target begins with.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let read = |path: PathBuf| fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut seeds: Vec<Vec<u8>> = match fs::read_dir(root().join("fuzz/corpus").join(target)) {
        Ok(entries) => entries.map(|entry| read(entry.expect("the folder can be listed").path())).collect(),
        Err(_) => Vec::new(),
    };
    seeds.sort();
    match target {
        "bundle" => seeds.push(small_bundle().into()),
        "rule" => seeds.push(small_rule().into()),
        "config" => {
            let text = String::from_utf8(read(root().join("packaging/config.toml"))).expect("text");
            let set =
                |line: &str| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).map(str::to_owned);
            seeds.push(text.lines().filter_map(set).collect::<Vec<_>>().join("\n").into());
            seeds.push(text.into());
        }
        "yuyv" => {
            let head: Vec<u8> =
                [16_u32, 8, 32].iter().flat_map(|number| number.to_le_bytes()).chain([0]).collect();
            seeds.push([head, vec![128; 256]].concat());
        }
        "lines" => {
            seeds.push(b"\xff\x11MILES DAVIS\n\xff\x51Kind of Blue\n\x99\x81BLUE NOTE".into());
            seeds.push(
                b"\xff\x11MILES\n\xff\x21DAVI5\x0c\xf0\x11Mi1es Davis \xe2\x80\xae\n\xf0\xa1ABC".into(),
            );
        }
        "letters" => {
            let steps = [[0.1_f32, 0.8, 0.1], [0.9, 0.1, 0.0], [0.1, 0.2, f32::NAN]].concat();
            seeds.push([3].into_iter().chain(steps.into_iter().flat_map(f32::to_le_bytes)).collect());
        }
        "weights" => {
            let (list, fusion) = shipped_weights();
            seeds.extend([[&[0], list.as_bytes()].concat(), [&[1], fusion.as_bytes()].concat()]);
        }
        "names" => {
            seeds.push(b"\x00Miles Davis\t4:80,7:20\t9\t60\t3\t0\nThe Beatles\t7:100\t9\t30\t0\t0\n".into());
            seeds.push(b"\x010\tKind of Blue\t1959\n0\tMilestones\t\n".into());
            seeds.push(b"\x02Blue Note\t4:100\t1\t0\t0\t0\n".into());
        }
        _ => {}
    }
    assert!(!seeds.is_empty(), "there is nothing to begin with for {target}");
    seeds
}

/// Numbers at which things change.
const EDGES: [u64; 12] =
    [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, u64::MAX];

/// A changed copy of an input.
fn changed(random: &mut fastrand::Rng, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..1 << random.u8(0..4) {
        let length = bytes.len();
        let place = random.usize(0..=length);
        let part = place..(place + random.usize(0..32)).min(length);
        match random.u8(0..9) {
            0 if place < length => bytes[place] ^= 1 << random.u8(0..8),
            1 if place < length => bytes[place] = random.u8(..),
            2 => bytes.insert(place, random.u8(..)),
            3 => drop(bytes.drain(part)),
            4 => {
                let again = bytes[part].repeat(1 << random.u8(0..6));
                bytes.splice(place..place, again);
            }
            5 => bytes.truncate(place),
            6 => {
                let edge = random.choice(EDGES).expect("there are some");
                let width = 1 << random.u8(0..4);
                let edge = if random.bool() {
                    edge.to_le_bytes()[..width].to_vec()
                } else {
                    edge.to_be_bytes()[8 - width..].to_vec()
                };
                bytes.splice(place..(place + width).min(length), edge);
            }
            7 => {
                // A number that is written out.
                let digit = bytes[place..].iter().position(u8::is_ascii_digit).map(|found| found + place);
                if let Some(from) = digit {
                    let until = bytes[from..]
                        .iter()
                        .position(|byte| !byte.is_ascii_digit())
                        .map_or(length, |n| n + from);
                    let edge = random.choice(EDGES).expect("there are some");
                    bytes.splice(from..until, edge.to_string().into_bytes());
                }
            }
            _ if !other.is_empty() => {
                let from = random.usize(0..other.len());
                let until = (from + random.usize(0..64)).min(other.len());
                bytes.splice(part, other[from..until].iter().copied());
            }
            _ => {}
        }
    }
    bytes
}

/// What came of an input, without the numbers in it.
fn way(told: &str) -> String {
    told.chars().filter(|letter| !letter.is_ascii_digit()).take(80).collect()
}

/// Keeps an input that does harm, and tells where.
fn kept(target: &str, input: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let folder = root().join("fuzz/artifacts").join(target);
    fs::create_dir_all(&folder).expect("the folder takes folders");
    let path = folder.join(format!("{:016x}", hasher.finish()));
    fs::write(&path, input).expect("the folder takes files");
    path.display().to_string()
}

#[test]
fn no_bytes_make_it_panic_or_take_memory_without_end() {
    /// Where it panicked, since that was last asked.
    static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let seconds = in_long_form(600.0, 65.0) / TARGETS.len() as f64;
    let before = panic::take_hook();
    panic::set_hook(Box::new(|about| {
        // What tract panics at is caught where a network is loaded, and told as an error.
        let place = about.location().map(ToString::to_string).unwrap_or_default();
        if !place.contains("/tract-") {
            PANICS.lock().expect("nobody panics in here").push(place);
        }
    }));
    let mut runs = BTreeMap::new();
    let mut harm = Vec::new();
    for (name, target, megabytes) in TARGETS {
        let mut random = fastrand::Rng::with_seed(8);
        let mut pool = seeds(name);
        let mut ways = BTreeSet::new();
        let mut queue: Vec<Vec<u8>> = pool.clone();
        let begun = Instant::now();
        let mut count = 0_u64;
        while begun.elapsed().as_secs_f64() < seconds {
            let input = queue.pop().unwrap_or_else(|| {
                let other = random.usize(0..pool.len());
                let one = random.usize(0..pool.len());
                changed(&mut random, &pool[one], &pool[other])
            });
            // An allocation that cannot be had ends the program: then this tells what it was.
            let current = std::env::temp_dir().join("sleevesight-fuzz-current");
            fs::write(&current, &input).expect("the folder takes files");
            let from = Instant::now();
            MEMORY.reset_peak_usage();
            let usual = MEMORY.current_usage();
            let told = catch_unwind(AssertUnwindSafe(|| target(&input)));
            let taken = MEMORY.peak_usage().saturating_sub(usual) >> 20;
            count += 1;
            let panics = mem::take(&mut *PANICS.lock().expect("nobody panics in there"));
            if told.is_err() || !panics.is_empty() {
                harm.push(format!("{name} panics at {}: {}", panics.join(", "), kept(name, &input)));
            } else if taken > megabytes {
                harm.push(format!("{name} takes {taken} MB: {}", kept(name, &input)));
            } else if from.elapsed() > PATIENCE {
                harm.push(format!("{name} takes {:?}: {}", from.elapsed(), kept(name, &input)));
            }
            if harm.len() > 5 {
                break;
            }
            if let Ok(told) = told
                && ways.insert(way(&told))
                && pool.len() < POOL
                && input.len() < 200_000
            {
                pool.push(input);
            }
        }
        runs.insert(name, (count, ways.len()));
    }
    panic::set_hook(before);
    assert!(harm.is_empty(), "{harm:#?}\n{runs:?}");
    let inputs: u64 = runs.values().map(|(count, _)| count).sum();
    figure(
        "fuzz::no_bytes_make_it_panic_or_take_memory_without_end",
        &format!("{inputs} inputs to {} targets: 0 panics, none beyond its memory", runs.len()),
    );
    println!("{runs:?}");
}
