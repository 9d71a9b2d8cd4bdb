//! What is said on standard error, and how grave it is.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::LazyLock;

use sleevesight::level::Level;

/// Says a sentence on standard error. Where that is closed, there is nobody to tell.
pub(crate) fn say(level: Level, sentence: &str) {
    static IS_JOURNAL: LazyLock<bool> = LazyLock::new(is_journal);
    let _ = writeln!(io::stderr(), "{}", line(level, sentence, *IS_JOURNAL));
}

/// The journal is told the level in the manner of `sd-daemon(3)`, and knows itself who speaks.
fn line(level: Level, sentence: &str, to_journal: bool) -> String {
    if to_journal {
        // Each line would be a message of its own.
        format!("<{}>{}", level as u8, sentence.replace('\n', " "))
    } else {
        format!("sleevesight: {sentence}")
    }
}

/// Whether standard error goes to systemd's journal: `JOURNAL_STREAM` tells device and inode of what does.
fn is_journal() -> bool {
    let Ok(told) = env::var("JOURNAL_STREAM") else { return false };
    let own = io::stderr().as_fd().try_clone_to_owned().and_then(|own| File::from(own).metadata());
    own.is_ok_and(|own| told == format!("{}:{}", own.dev(), own.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_told_the_level_and_a_person_who_speaks() {
        assert_eq!(line(Level::Warning, "the camera is gone", true), "<4>the camera is gone");
        assert_eq!(line(Level::Error, "one\ntwo", true), "<3>one two");
        assert_eq!(line(Level::Notice, "here", false), "sleevesight: here");
    }
}
