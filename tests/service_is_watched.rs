//! The service manager hears of what the station gets done, and of nothing else; and the service may do little.

use std::fs;
use std::io::{self, BufRead};
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use sleevesight::frame::Frame;
use sleevesight::indicator::OledSettings;
use sleevesight::network::Reading;
use sleevesight::service::{Manager, News, Service};
use sleevesight::sighting::Millis;
use sleevesight::sleeve::Outline;
use sleevesight::station::{Eye, Station};
use sleevesight::verdict::Verdict;
use sleevesight::words::WordEvidence;

use crate::common::{copied_bundle, edit, root, sleevesight, started_by};
use crate::fakes::{Blind, Script, Sleeve, SleeveEye, mending};

/// How exposed the service may be, of 10, as `systemd-analyze security` counts.
const EXPOSURE: f32 = 2.0;

/// A manager that keeps what it is told, and grows impatient after so long.
struct Diary {
    watchdog: Option<Duration>,
    told: Vec<String>,
}

impl Manager for &mut Diary {
    fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    fn tell(&mut self, news: News<'_>) -> io::Result<()> {
        self.told.push(format!("{news:?}"));
        Ok(())
    }
}

#[test]
fn it_is_told_what_changes_and_not_more_often_than_it_wants_to_know() {
    let mut diary = Diary { watchdog: Some(Duration::from_secs(60)), told: Vec::new() };
    let mut service = Service::begin(&mut diary, Duration::from_secs(2));
    for (second, trouble) in [(0, None), (1, None), (2, Some("gone")), (3, Some("gone")), (16, None)] {
        service.alive(Duration::from_secs(second), trouble);
    }
    drop(service);
    let well = "Status(\"all is well\")";
    assert_eq!(diary.told, ["Ready", well, "Alive", "Status(\"gone\")", well, "Alive", "Stopping"]);
}

#[test]
fn a_camera_may_be_silent_for_as_long_as_it_is_configured_to() {
    let mut diary = Diary { watchdog: Some(Duration::from_secs(60)), told: Vec::new() };
    drop(Service::begin(&mut diary, Duration::from_secs(60)));
    assert_eq!(diary.told, ["Patience(80s)", "Ready", "Stopping"]);
    let mut nobody = Diary { watchdog: None, told: Vec::new() };
    Service::begin(&mut nobody, Duration::ZERO).alive(Duration::ZERO, None);
    assert!(!nobody.told.contains(&"Alive".to_owned()), "nobody waits for a sign of life");
}

proptest! {
    #[test]
    fn a_station_that_gets_on_is_never_silent_for_long(pauses in prop::collection::vec(1u64..9_000, 1..200)) {
        let watchdog = Duration::from_secs(40);
        let (mut at, mut heard) = (Duration::ZERO, Duration::ZERO);
        let mut diary = Diary { watchdog: Some(watchdog), told: Vec::new() };
        let mut service = Service::begin(&mut diary, Duration::ZERO);
        for pause in pauses {
            at += Duration::from_millis(pause);
            service.alive(at, None);
            // The diary is the service's while it lives, so what it should have been told is reckoned.
            if at - heard >= watchdog / 4 || heard.is_zero() {
                prop_assert!(at - heard < watchdog);
                heard = at;
            }
        }
        drop(service);
        let alive = diary.told.iter().filter(|news| *news == "Alive").count();
        prop_assert!(alive >= 1 && alive as u128 <= 1 + at.as_millis() / (watchdog / 4).as_millis());
    }
}

/// Sees what [`SleeveEye`] sees, and hangs while it is told to.
struct Hanging<'a>(SleeveEye, &'a AtomicBool);

impl Eye for Hanging<'_> {
    type Error = Blind;

    fn find(&self, frame: &Frame, millis: &mut Millis) -> Option<Outline> {
        while self.1.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(1));
        }
        self.0.find(frame, millis)
    }

    fn read(
        &self,
        frame: &Frame,
        outline: &Outline,
        millis: &mut Millis,
    ) -> Result<Option<(Outline, Reading)>, Blind> {
        self.0.read(frame, outline, millis)
    }

    fn judge(&self, reading: &Reading, words: Option<&WordEvidence>) -> Verdict {
        self.0.judge(reading, words)
    }

    fn nothing(&self) -> Verdict {
        self.0.nothing()
    }
}

/// Waits for what must come, on a machine however slow.
fn until(what: &str, mut there: impl FnMut() -> bool) {
    let started = Instant::now();
    while !there() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what} did not come");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_reader_that_hangs_is_a_station_that_hangs_though_its_camera_goes_on() {
    let (stop, hangs, done) = (AtomicBool::new(false), AtomicBool::new(false), AtomicU32::new(0));
    let mut camera = Script::default().sleeve(Sleeve::default(), 20).endless();
    let given = camera.given();
    thread::scope(|scope| {
        let eye = Hanging(SleeveEye::default(), &hangs);
        let (stop, done) = (&stop, &done);
        let running = scope.spawn(move || {
            let progress = |_, _: Option<&str>| {
                done.fetch_add(1, Ordering::Relaxed);
            };
            Station::new(Vec::new(), |_, _| {}).watched(progress).run(&mut camera, &eye, stop).map(|_| ())
        });
        until("progress", || done.load(Ordering::Relaxed) > 3);
        hangs.store(true, Ordering::Relaxed);
        // The look that it was at may have come to its end.
        let frames = given.load(Ordering::Relaxed);
        until("frames", || given.load(Ordering::Relaxed) > frames + 10);
        let (frames, before) = (given.load(Ordering::Relaxed), done.load(Ordering::Relaxed));
        until("more frames", || given.load(Ordering::Relaxed) > frames + 50);
        assert_eq!(done.load(Ordering::Relaxed), before, "nothing was done");
        hangs.store(false, Ordering::Relaxed);
        until("progress again", || done.load(Ordering::Relaxed) > before + 3);
        stop.store(true, Ordering::Relaxed);
        running.join().expect("no panic").expect("it was stopped");
    });
}

#[test]
fn a_camera_that_is_being_mended_is_progress_with_trouble() {
    let mut camera = Script::default().empty(2).then(mending()).then(mending()).empty(1);
    let mut heard = Vec::new();
    let station = Station::new(Vec::new(), |_, _| {})
        .watched(|at, trouble| heard.push((at, trouble.is_some_and(|trouble| trouble.contains("gone")))));
    station.run_in_step(&mut camera, &SleeveEye::default(), &AtomicBool::new(false)).expect("a run");
    let troubled: Vec<bool> = heard.iter().map(|(_, trouble)| *trouble).collect();
    assert_eq!(troubled, [false, false, true, true, false]);
    assert!(heard.is_sorted());
}

/// What the program tells its service manager until it was told all of these, and then until its end.
fn heard(arguments: &[&str], awaited: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    manager.set_read_timeout(Some(Duration::from_secs(120))).expect("a time-out");
    let words = started_by();
    let mut station = Command::new(&words[0])
        .args(&words[1..])
        .args(["run", "--no-words", "--config", "packaging/config.toml"])
        .args(arguments)
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "5000000")
        .env_remove("WATCHDOG_PID")
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut heard: Vec<String> = Vec::new();
    let hear = |heard: &mut Vec<String>| {
        let mut bytes = [0; 4096];
        let length = manager.recv(&mut bytes).expect("the program speaks");
        heard.push(String::from_utf8_lossy(&bytes[..length]).trim_end().to_owned());
    };
    while !awaited.iter().all(|wanted| heard.iter().any(|news| news.starts_with(wanted))) {
        hear(&mut heard);
    }
    let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", station.id())]).status();
    assert!(sent.expect("a shell runs").success());
    while heard.last().is_none_or(|news| news != "STOPPING=1") {
        hear(&mut heard);
    }
    station.wait().expect("it ends");
    heard
}

#[test]
fn systemd_is_told_when_the_station_is_ready_alive_and_stopping() {
    let arguments = ["--no-kiosk", "--bundle", "models/default", "--source", "stills:tests/sleeves/flat"];
    let told = heard(&arguments, &["READY=1", "WATCHDOG=1", "STATUS="]);
    assert_eq!(told[..2], ["WATCHDOG_USEC=30000000", "READY=1"], "five seconds are too few: {told:?}");
    assert!(told.contains(&"STATUS=all is well".to_owned()), "{told:?}");
}

#[test]
fn a_station_that_only_shows_what_is_wrong_is_up_and_says_so() {
    let broken = copied_bundle();
    edit(&broken, |text| text.replace("format = 2", "format = 99"));
    let bundle = broken.path().display().to_string();
    let told = heard(&["--listen", "127.0.0.1:0", "--bundle", &bundle], &["READY=1", "WATCHDOG=1"]);
    assert!(told.iter().any(|news| news.starts_with("STATUS=") && news.contains("format 99")), "{told:?}");
}

#[test]
fn the_journal_is_told_how_grave_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("journal");
    let journal = fs::File::create(&path).expect("the folder takes files");
    let about = journal.metadata().expect("about the file");
    let stream = {
        use std::os::unix::fs::MetadataExt;
        format!("{}:{}", about.dev(), about.ino())
    };
    let words = started_by();
    let status = Command::new(&words[0])
        .args(&words[1..])
        .args(["run", "--config", "no-such-file"])
        .env("JOURNAL_STREAM", stream)
        .current_dir(root())
        .stderr(journal)
        .status();
    assert_eq!(status.expect("the program runs").code(), Some(2));
    let said = fs::read_to_string(&path).expect("text");
    assert!(said.starts_with("<3>cannot read the configuration no-such-file"), "{said}");
}

#[test]
fn the_service_is_not_exposed() {
    let unit = root().join("packaging/sleevesight.service");
    let analysed = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(&unit)
        .env("SYSTEMD_COLORS", "0")
        .output()
        .expect("systemd-analyze runs (scripts/setup device installs systemd)");
    let said = String::from_utf8_lossy(&analysed.stdout);
    let overall = said.lines().find_map(|line| line.split_once("exposure level for sleevesight.service: "));
    let figure = overall.and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<f32>().ok());
    let figure = figure.unwrap_or_else(|| panic!("no figure in {said}"));
    assert!(figure <= EXPOSURE, "an exposure of {figure}: {said}");
}

#[test]
fn the_manual_and_the_completions_are_written_of_the_command_line_itself() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    sleevesight().arg("manual").arg(folder.path()).assert().success();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
    assert!(
        read("sleevesight.1").contains(".SH \"EXIT STATUS\"")
            || read("sleevesight.1").contains("Exit status")
    );
    for (page, option) in [("sleevesight-run.1", "open\\-to\\-network"), ("sleevesight-stock-add.1", "shelf")]
    {
        assert!(read(page).contains(option), "{page} tells of {option}");
    }
    for shell in ["sleevesight.bash", "sleevesight.fish", "_sleevesight"] {
        assert!(read(shell).contains("no-kiosk"), "{shell} knows the options");
    }
    let help = sleevesight().arg("--help").output().expect("the program runs");
    assert!(!String::from_utf8_lossy(&help.stdout).contains("manual"), "who makes a package knows of it");
}

#[test]
fn a_crash_leaves_nothing_of_what_was_seen() {
    let unit = fs::read_to_string(root().join("packaging/sleevesight.service")).expect("the unit");
    for line in ["LimitCORE=0", "MemorySwapMax=0"] {
        assert!(unit.lines().any(|other| other == line), "{line}");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let checkout = |path: &str| root().join(path).display().to_string();
    let mut station = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh"])
        .args(started_by())
        .args(["run", "--no-words", "--no-kiosk", "--config", &checkout("packaging/config.toml")])
        .args(["--bundle", &checkout("models/default")])
        .args(["--source", &format!("stills:{}", checkout("tests/sleeves/flat"))])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let said = io::BufReader::new(station.stdout.take().expect("a pipe")).lines().next();
    said.expect("something was seen").expect("text");
    let sent = Command::new("sh").args(["-c", &format!("kill -ABRT {}", station.id())]).status();
    assert!(sent.expect("a shell runs").success());
    let end = station.wait().expect("it ends");
    assert_eq!((end.signal(), end.core_dumped()), (Some(6), false));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn the_service_may_write_to_no_bus_but_the_displays() {
    let unit = include_str!("../packaging/sleevesight.service");
    let allowed: Vec<&str> = unit
        .lines()
        .filter_map(|line| line.strip_prefix("DeviceAllow="))
        .filter(|line| line.contains("i2c"))
        .collect();
    let usual = OledSettings::default().bus;
    assert_eq!(allowed, [format!("{} rw", usual.display())]);
}
