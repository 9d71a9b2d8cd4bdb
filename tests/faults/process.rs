//! What a process takes of its machine, by `/proc`.

use std::fs;
use std::time::Duration;

/// A process; `self` is this one.
pub(crate) struct Process(pub(crate) String);

/// What it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) threads: usize,
    pub(crate) files: usize,
}

impl Process {
    pub(crate) fn of(id: u32) -> Self {
        Self(id.to_string())
    }

    /// A figure of `/proc/…/status`, in kilobytes.
    pub(crate) fn kilobytes(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).expect("it runs");
        let line = status.lines().find(|line| line.starts_with(name)).expect("the kernel tells it");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    }

    pub(crate) fn holdings(&self) -> Holdings {
        let count = |what: &str| fs::read_dir(format!("/proc/{}/{what}", self.0)).expect("it runs").count();
        Holdings { threads: count("task"), files: count("fd") }
    }

    /// The time that processors have spent on it.
    pub(crate) fn busy(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).expect("it runs");
        let behind_name = stat.rsplit(')').next().expect("its name is in brackets");
        let ticks = behind_name.split_whitespace().skip(11).take(2);
        // A tick is a hundredth of a second on every Linux that this is built for.
        Duration::from_millis(10 * ticks.filter_map(|number| number.parse::<u64>().ok()).sum::<u64>())
    }
}
