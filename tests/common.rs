//! What the tests of promises share.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// The program, in the project's root.
pub(crate) fn sleevesight() -> Command {
    let mut words = started_by();
    let mut command = Command::new(words.remove(0));
    command.args(words);
    // No configuration of whoever runs the tests.
    command.env("XDG_CONFIG_HOME", root().join("tests/no-configuration")).current_dir(root());
    command
}

/// Whether these tests are another processor's, and emulated: what takes a second elsewhere takes a minute.
pub(crate) fn is_emulated() -> bool {
    started_by().len() > 1
}

/// How the program is started: by what cargo itself starts another processor's programs with, where these tests are
/// one (scripts/test-aarch64).
pub(crate) fn started_by() -> Vec<OsString> {
    let runner = cfg!(target_arch = "aarch64")
        .then(|| env::var("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER").ok())
        .flatten();
    let words = runner.iter().flat_map(|runner| runner.split_whitespace()).map(OsString::from);
    words.chain([assert_cmd::cargo::cargo_bin!("sleevesight").into()]).collect()
}

/// The program with the checkout's bundle and the default configuration, whatever is installed here.
pub(crate) fn in_checkout(command: &str) -> Command {
    let mut program = sleevesight();
    program.args([command, "--config", "packaging/config.toml", "--bundle", "models/default"]);
    program
}

/// The project's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder below the root that end so, in the order of their names.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    files
}

/// A copy of the default bundle with what reads words, to be broken.
pub(crate) fn copied_bundle_with_words() -> TempDir {
    let copy = copied_bundle();
    fs::create_dir(copy.path().join("words")).expect("the folder takes folders");
    for path in files("models/default/words", "") {
        let name = path.file_name().expect("a name");
        fs::copy(&path, copy.path().join("words").join(name)).expect("a copy");
    }
    copy
}

/// A copy of the default bundle without what reads words, to be broken.
pub(crate) fn copied_bundle() -> TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder");
    for name in ["bundle.toml", "network.onnx"] {
        fs::copy(root().join("models/default").join(name), copy.path().join(name))
            .expect("the bundle is there");
    }
    copy
}

/// Replaces what stands in a bundle's `bundle.toml`.
pub(crate) fn edit(bundle: &TempDir, change: impl FnOnce(String) -> String) {
    let path = bundle.path().join("bundle.toml");
    let text = fs::read_to_string(&path).expect("bundle.toml is text");
    fs::write(&path, change(text)).expect("the temporary folder takes files");
}
