//! The disk is full, or may only be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sleevesight::stock::MAX_NOTE;
use tempfile::TempDir;

use crate::appliance::Home;

/// A small disk of its own, which is gone with it.
struct Disk {
    place: TempDir,
}

fn mount(words: &[&str], place: &Path) {
    let done = Command::new("mount").args(words).arg(place).status().expect("mount is there");
    assert!(done.success(), "mount {words:?}: these tests need root; start them by scripts/faults");
}

impl Disk {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a temporary folder");
        mount(&["-t", "tmpfs", "-o", "size=1m", "tmpfs"], place.path());
        Self { place }
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut bytes = vec![0; 1 << 20];
        while !bytes.is_empty() {
            // A write that does not fit leaves what did.
            let _ = fs::write(self.ballast(), &bytes);
            bytes.truncate(fs::metadata(self.ballast()).map_or(0, |about| about.len() as usize));
            if fs::write(self.ballast(), &bytes).is_ok() {
                break;
            }
        }
    }

    fn only_to_be_read(&self) {
        mount(&["-o", "remount,ro"], self.path());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_is_said_loses_nothing_and_is_forgotten_when_there_is_room() {
    let disk = Disk::new();
    let home = Home::new().with_state(disk.path());
    home.set_pin();
    let station = home.start();
    let staff = station.staff();
    let first = station.says();
    assert_eq!(staff.teach(first, "Before").status, 200);

    disk.fill();
    let id = home_id(&staff.ask("GET", "/stock?find=Before", &Value::Null).json());
    let long = serde_json::json!({ "title": "Before", "note": "ж".repeat(MAX_NOTE) });
    let mut refused = staff.ask("PUT", &format!("/stock/{id}"), &long);
    for _ in 0..50 {
        if refused.status != 204 {
            break;
        }
        refused = staff.ask("PUT", &format!("/stock/{id}"), &long);
    }
    assert_eq!(refused.status, 500, "{refused:?}");
    let sentence = station.notice("disk");
    assert!(sentence.contains("is full") && sentence.contains("free some room"), "{sentence}");
    assert_eq!(refused.json()["error"], sentence.as_str());

    fs::remove_file(disk.ballast()).expect("it can be removed");
    assert_eq!(staff.ask("PUT", &format!("/stock/{id}"), &long).status, 204);
    station.until_well();
    drop(station);
    assert_eq!(home.stock().get(id).expect("it is there").details.note.chars().count(), MAX_NOTE);
}

fn home_id(found: &Value) -> i64 {
    found["records"][0]["id"].as_i64().expect("a record")
}

/// What is known is known on a disk on which nothing can be written, however the station ended before.
#[test]
fn a_station_starts_on_a_disk_that_is_read_only_and_one_that_is_full() {
    for (killed, full) in [(false, false), (true, false), (false, true)] {
        let disk = Disk::new();
        let home = Home::new().with_state(disk.path());
        home.set_pin();
        let mut station = home.start();
        assert_eq!(station.staff().teach(station.says(), "Known").status, 200);
        if killed {
            station.kill();
        } else {
            // It closes the stock as it ends.
            let asked = Command::new("kill").args(["-INT", &station.child.id().to_string()]).status();
            assert!(asked.expect("kill is there").success());
            assert!(station.child.wait().expect("it ends").success());
        }
        if full {
            disk.fill();
        } else {
            disk.only_to_be_read();
        }
        let station = home.start();
        if !full {
            // Of a full disk it is known only when something is to be kept.
            let sentence = station.notice("disk");
            assert!(sentence.contains("can be read and not written"), "{sentence}");
        }
        let state = station.until(|state| state["verdict"] == "record");
        assert_eq!(state["record"]["title"], "Known");
        let refused = station.staff().teach(station.says(), "New");
        assert_eq!(refused.status, 500, "{refused:?}");
        assert!(
            refused.json()["error"].as_str().is_some_and(|error| error.contains("stock.db")),
            "{refused:?}"
        );
        station.notice("disk");
    }
}
