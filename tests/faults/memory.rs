//! There is not enough memory.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use sleevesight::station::REST;

use crate::appliance::{Appliance, Home, scene};
use crate::common::root;
use crate::figure;
use crate::process::Process;

/// Limits in megabytes of address space, from far too little to enough.
const LIMITS: [u64; 8] = [24, 48, 72, 96, 128, 192, 384, 1024];

/// What a station with its page may take at most, in megabytes.
const STATION: u64 = 80;

/// What it may take while it reads words, in megabytes, and when no sleeve was there for a while.
/// Aimed at are 150 and 90.
const READING: u64 = 200;
const RESTING: u64 = 120;

/// A program without memory is ended; a supervisor starts it again. What it had acknowledged is there, and so is the
/// stock. Limited are its addresses: so it is refused memory at whichever place asks for too much, on any machine.
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

#[test]
fn what_reads_words_is_given_back_when_no_sleeve_is_there() {
    let home = Home::new().with_words();
    // The service tells the C library's allocator to give back what is freed.
    let unit = fs::read_to_string(root().join("packaging/sleevesight.service")).expect("the unit");
    let set = unit.lines().find_map(|line| line.strip_prefix("Environment=MALLOC_")).expect("it is told");
    let set = format!("MALLOC_{set}");
    let starter: Vec<&str> = ["env"].into_iter().chain(set.split_whitespace()).collect();
    let station = Appliance::of(home.command(&starter, &["run"]));
    let process = Process::of(station.child.id());
    station.says();
    station.until(|state| state["words"] != json!([]));
    let mut peak = 0;
    while peak < process.kilobytes("VmHWM") {
        peak = process.kilobytes("VmHWM");
        // Further passes take no more than the first, or show it by then.
        thread::sleep(Duration::from_secs(5));
    }
    let (reading, peak) = (process.kilobytes("VmRSS") / 1024, process.kilobytes("VmHWM") / 1024);
    let empty = root().join("tests/sleeves/scenes/empty-room.jpg");
    fs::copy(empty, home.path("camera/b.jpg")).expect("a scene");
    fs::remove_file(home.path("camera/a.jpg")).expect("the sleeve is taken away");
    station.until(|state| state["phase"] == "empty");
    let begun = Instant::now();
    let rest = || process.kilobytes("VmRSS") / 1024;
    while rest() > RESTING && begun.elapsed() < REST + Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(100));
    }
    let (resting, after) = (rest(), begun.elapsed());
    figure(
        "memory::what_reads_words_is_given_back_when_no_sleeve_is_there",
        &format!(
            "{peak} MB at most while words are read, {reading} MB then, {resting} MB {} s after",
            after.as_secs()
        ),
    );
    assert!(peak <= READING && resting <= RESTING, "{peak} MB, then {reading} MB, {resting} MB at rest");
}

/// What ten wrong PINs may leave taken, and take meanwhile, in megabytes.
const GUESSING: u64 = 30;

/// Half of who guesses hangs up at once, and the hashes go on without them.
#[test]
fn ten_wrong_pins_take_little_memory_and_leave_less() {
    let home = Home::new();
    home.set_pin();
    let station = home.start();
    station.says();
    let process = Process::of(station.child.id());
    let client = station.client;
    let token = client.json("/api/staff")["token"].as_str().expect("a token").to_owned();
    // What its start took at most is forgotten.
    fs::write(format!("/proc/{}/clear_refs", station.child.id()), "5").expect("the kernel takes it");
    let before = process.kilobytes("VmRSS");
    for guess in 0..10 {
        let request = format!(
            "POST /api/staff/session HTTP/1.1\r\nHost: localhost\r\nSleevesight-Token: {token}\r\n\
             Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{{\"pin\":\"{guess:04}\"}}"
        );
        if guess % 2 == 0 {
            client.connect().write_all(request.as_bytes()).expect("the kiosk listens");
        } else {
            assert_eq!(client.send(&request).status, 403);
        }
    }
    // The last answer comes after the last hash, because there is one at a time.
    let left = process.kilobytes("VmRSS").saturating_sub(before) / 1024;
    let taken = process.kilobytes("VmHWM").saturating_sub(before) / 1024;
    assert!(left <= GUESSING && taken <= GUESSING, "{taken} MB more at most, {left} MB at last");
    figure(
        "memory::ten_wrong_pins_take_little_memory_and_leave_less",
        &format!("{taken} MB more at most, {left} MB after"),
    );
}

/// Limits in megabytes of memory, under which the kernel kills a station earlier or later in its start, or not at all.
const KILLING: [u64; 7] = [6, 10, 14, 20, 28, 40, 160];

/// A group of processes that may have so much memory together, by the kernel's own count.
struct Group(PathBuf);

impl Group {
    /// `None` where this machine gives out no such groups.
    fn new() -> Option<Self> {
        let name = format!("sleevesight-faults-{}", std::process::id());
        let folders = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"].map(|folder| Path::new(folder).join(&name));
        for folder in folders {
            if fs::create_dir(&folder).is_err() {
                continue;
            }
            let group = Self(folder);
            if group.limits().next().is_some() {
                return Some(group);
            }
        }
        None
    }

    /// The files that limit it: of the first version of such groups two, of the second one and another for what is
    /// swapped.
    fn limits(&self) -> impl Iterator<Item = PathBuf> {
        let names = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max", "memory.swap.max"];
        names.map(|name| self.0.join(name)).into_iter().filter(|path| path.exists())
    }

    /// Each limit in its turn; where it is raised, the limit of both together comes first.
    fn limit(&self, megabytes: u64) {
        let bytes = (megabytes << 20).to_string();
        let mut files: Vec<PathBuf> = self.limits().collect();
        files.reverse();
        for _ in 0..2 {
            for file in &files {
                let _ = fs::write(file, &bytes);
            }
        }
        let limit = fs::read_to_string(&files[files.len() - 1]).expect("its limit");
        assert_eq!(limit.trim(), bytes);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for _ in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn one_that_the_kernel_kills_for_its_memory_loses_nothing() {
    const HELD: &str = "memory::one_that_the_kernel_kills_for_its_memory_loses_nothing";
    let home = Home::new();
    let picture = scene().display().to_string();
    let mut added = home.command(&[], &["stock", "add", &picture, "--title", "Known"]);
    assert!(added.stdout(Stdio::null()).status().expect("the program runs").success());
    let Some(group) = Group::new() else {
        figure(HELD, "not tried: this machine gives out no limits of memory");
        return;
    };
    let join = format!("echo 0 >{}/cgroup.procs && exec \"$@\"", group.0.display());
    let (mut killed, mut up) = (0, 0);
    for limit in KILLING {
        group.limit(limit);
        let mut command = home.command(&["sh", "-c", &join, "sh"], &["run"]);
        let mut station = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut said = BufReader::new(station.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        if said.any(|line| line.contains("the network")) {
            up += 1;
            station.kill().expect("it is killed");
            station.wait().expect("it is gone");
        } else {
            let end = station.wait().expect("it is gone");
            assert_eq!(end.signal(), Some(9), "{limit} MB: {end:?}");
            killed += 1;
        }
        assert_eq!(home.stock().len(), 1, "{limit} MB");
    }
    assert!(killed > 0 && up > 0, "{killed} {up}");
    let station = home.start();
    station.until(|state| state["record"]["title"] == "Known");
    assert_eq!(station.client.json("/api/verdict")["notices"], serde_json::json!([]));
    figure(HELD, &format!("{} starts, {killed} killed by the kernel, {up} with room enough", KILLING.len()));
}

#[test]
fn the_service_has_room_and_not_all_of_it() {
    let unit = fs::read_to_string(root().join("packaging/sleevesight.service")).expect("the unit");
    let limit = |name: &str| -> u64 {
        let value = unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).expect(name);
        value.strip_suffix('M').and_then(|number| number.parse().ok()).expect("so many megabytes")
    };
    let (slowed, ended) = (limit("MemoryHigh"), limit("MemoryMax"));
    assert!(3 * STATION <= slowed && slowed < ended, "{slowed} {ended}");
    // Of a board with a gigabyte, which is less than is asked for.
    assert!(ended <= 512, "{ended}");
}
