//! What happens to an appliance, done to the real program: plugs pulled, bits flipped, disks filled, clocks turned back.
//!
//! `scripts/faults` runs it, as root, in a network and a mount namespace of its own; `docs/promises.md` is what comes of
//! it. `cargo test` alone does not.

#![allow(clippy::print_stdout, reason = "figures are printed")]

#[allow(dead_code, reason = "the promises use the rest")]
#[path = "../client.rs"]
mod client;
#[allow(dead_code, reason = "the promises use the rest")]
#[path = "../common.rs"]
mod common;
#[allow(dead_code, reason = "the promises use the rest")]
#[path = "../fakes.rs"]
mod fakes;

mod appliance;
mod camera;
mod clock;
mod connections;
mod damage;
mod disk;
mod fuzz;
mod heat;
mod isolation;
mod memory;
mod pin;
mod power;
mod process;
mod requests;
mod soak;
mod table;
#[path = "../../fuzz/targets.rs"]
mod targets;

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use peak_alloc::PeakAlloc;

/// Tells how much memory is taken, and was at most.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Of two numbers, the one of the long form where that is run.
fn in_long_form<T>(long: T, short: T) -> T {
    if env::var_os("SLEEVESIGHT_FAULTS_LONG").is_some() { long } else { short }
}

/// Notes the figure of a promise, by the test that holds it, for the table.
fn figure(test: &str, text: &str) {
    println!("{test}: {text}");
    if let Some(path) = env::var_os("SLEEVESIGHT_FIGURES") {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .expect("the figures' file can be written");
        writeln!(file, "{test}\t{text}").expect("the figures' file can be written");
    }
}
