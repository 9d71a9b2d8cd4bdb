//! Lists the languages of the kiosk's page, so that a new one is a file in `src/kiosk/page/languages` and nothing
//! else.
#![allow(clippy::print_stdout, reason = "cargo reads what is printed")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

const LANGUAGES: &str = "src/kiosk/page/languages";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={LANGUAGES}");
    let mut files: Vec<_> =
        fs::read_dir(LANGUAGES)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();

    let mut list = String::from("&[\n");
    for file in files {
        let id =
            file.file_stem().and_then(|stem| stem.to_str()).ok_or("a language's file has a plain name")?;
        // The folder is the compiler's to know: checkouts may share a target directory.
        let file = format!("/{}", file.display());
        writeln!(list, "    ({id:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {file:?}))),")?;
    }
    list.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("languages.rs"), list)?;
    Ok(())
}
