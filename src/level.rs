//! How grave it is what is told to the log.

/// How grave it is, by syslog's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The command ends, or can do nothing of what it is for.
    Error = 3,
    /// Something is wrong, and it goes on.
    Warning = 4,
    /// Nothing is wrong, or not any more.
    Notice = 5,
}
