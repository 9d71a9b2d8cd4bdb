//! There is not enough memory.

use std::os::unix::process::ExitStatusExt;

use crate::appliance::{Home, scene};
use crate::figure;
use crate::process::Process;

/// Limits in megabytes of address space, from far too little to enough.
const LIMITS: [u64; 8] = [24, 48, 72, 96, 128, 192, 384, 1024];

/// What a station with its page may take at most, in megabytes.
const STATION: u64 = 80;

/// A program without memory is ended; a supervisor starts it again. What it had acknowledged is there, and so is the
/// stock. Limited are its addresses: so it is refused memory at whichever place asks for too much, on any machine. Under a
/// cgroup's limit the kernel would kill it, which is what happens to it in `power.rs`.
#[test]
fn a_program_without_memory_ends_and_loses_nothing() {
    let home = Home::new();
    let picture = scene().display().to_string();
    let mut least = None;
    let mut known = 0;
    for limit in LIMITS {
        let limited = format!("--as={}", limit << 20);
        let done = home
            .command(&["prlimit", &limited], &["stock", "add", &picture, "--title", "Known"])
            .output()
            .expect("prlimit is there");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if done.status.success() {
            known += 1;
            least = least.or(Some(limit));
        } else {
            let killed = done.status.signal().is_some();
            assert!(killed || !said.trim().is_empty(), "{limit} MB: nothing is said");
        }
        let stock = home.stock();
        let there = stock.len();
        assert!(
            there == known || !done.status.success() && there == known + 1,
            "{limit} MB: {there}, {said}"
        );
        known = there;
        assert!(stock.search("").iter().all(|record| stock.thumbnail(record.id).is_ok()));
    }
    let least = least.expect("a gigabyte is enough");

    let station = home.start();
    station.says();
    for width in [320, 1280] {
        station.client.get(&format!("/api/picture.jpg?width={width}"));
    }
    let peak = Process::of(station.child.id()).kilobytes("VmHWM") / 1024;
    assert!(peak <= STATION, "{peak} MB");
    figure(
        "memory::a_program_without_memory_ends_and_loses_nothing",
        &format!(
            "a record is added within {least} MB of addresses; a station that says and shows takes {peak} MB"
        ),
    );
}
