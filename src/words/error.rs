//! Why words cannot be read.

/// Why words cannot be read. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// A file of the `words` folder is not what it should be.
    #[error("words/{file}: {reason}; install the whole bundle again")]
    File {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A network failed on a cover.
    #[error("the words could not be read ({0})")]
    Run(String),
}

impl WordsError {
    /// An error in a file.
    pub(super) fn file(file: &str, reason: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), reason: reason.into() }
    }
}
