//! What is said on standard error, and how grave it is.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::LazyLock;

use sleevesight::level::Level;
use sleevesight::words::printable;

/// Says a sentence on standard error. Where that is closed, there is nobody to tell.
pub(crate) fn say(level: Level, sentence: &str) {
    static IS_JOURNAL: LazyLock<bool> = LazyLock::new(is_journal);
    let _ = writeln!(io::stderr(), "{}", line(level, sentence, *IS_JOURNAL));
}

/// The line of a sentence. In the journal it begins with its level (`sd-daemon(3)`), and the journal adds the program's
/// name. A sentence may quote any file, so it becomes one line without control characters.
fn line(level: Level, sentence: &str, to_journal: bool) -> String {
    let sentence = printable(&sentence.replace('\n', " "));
    if to_journal { format!("<{}>{sentence}", level as u8) } else { format!("sleevesight: {sentence}") }
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

    #[test]
    fn what_is_quoted_does_nothing_to_a_terminal() {
        let quoted = "line 2: \"\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}5m1999\n<3>all is well\" is no year";
        assert_eq!(
            line(Level::Error, quoted, false),
            "sleevesight: line 2: \"]0;owned[2J5m1999 <3>all is well\" is no year"
        );
    }
}
