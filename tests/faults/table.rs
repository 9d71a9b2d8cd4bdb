//! The table of promises names tests that there are.

use std::fs;
use std::path::Path;

use crate::common::root;

/// The text of the module of this name, below a folder.
fn module(folder: &str, name: &str) -> Option<String> {
    let path = root().join(folder).join(format!("{name}.rs"));
    fs::read_to_string(path).ok()
}

#[test]
fn each_promise_in_the_table_is_held_by_a_test_that_there_is() {
    let table = fs::read_to_string(root().join("docs/promises.md")).expect("the table is there");
    let mut count = 0;
    for row in table.lines().filter(|line| line.starts_with('|')) {
        let held = row.split('|').nth(2).unwrap_or_default();
        // Names stand between backticks.
        for name in held.split('`').skip(1).step_by(2) {
            count += 1;
            if name.starts_with("scripts/") || name.starts_with("tests/") {
                let file = name.split_whitespace().next().expect("a name");
                assert!(root().join(file).exists(), "there is no {file}");
                continue;
            }
            let (place, test) =
                name.rsplit_once("::").unwrap_or_else(|| panic!("`{name}` is no test's name"));
            let text = module("tests/faults", place).or_else(|| module("tests", place));
            let text = text.unwrap_or_else(|| panic!("there is no module {place}"));
            assert!(text.contains(&format!("fn {test}(")), "there is no test {name}");
        }
    }
    assert!(count > 15, "{count} names");
}

#[test]
fn each_test_of_faults_is_in_the_table() {
    let table = fs::read_to_string(root().join("docs/promises.md")).expect("the table is there");
    for path in crate::common::files("tests/faults", ".rs") {
        let name = Path::new(&path).file_stem().expect("a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("text");
        for test in text.split("#[test]\nfn ").skip(1).filter_map(|rest| rest.split('(').next()) {
            let wanted = format!("`{name}::{test}`");
            assert!(name == "table" || table.contains(&wanted), "{wanted} is missing in docs/promises.md");
        }
    }
}
