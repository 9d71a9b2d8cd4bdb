//! What the words on a sleeve cost: `cargo bench --bench words`.

use std::fs;
use std::path::Path;

use divan::Bencher;
use sleevesight::network::Bundle;
use sleevesight::picture;
use sleevesight::sleeve::Cover;
use sleevesight::words::{Line, PASSES, WordReader, WordsFolder};

const BUNDLE: &str = "models/lite0";
const SLEEVE: &str = "tests/sleeves/flat/jazz-trumpet.jpg";

fn main() {
    divan::main();
}

fn reader() -> WordReader {
    let bundle = Bundle::open(Path::new(BUNDLE)).expect("the bundle opens");
    let files =
        WordsFolder::open(&bundle.folder, &bundle.sha256).expect("it is whole").expect("it has words");
    let fusion = files.fusion().expect("it has a fusion");
    WordReader::open(files.list(), fusion, |name| files.file(name)).expect("its words open")
}

fn cover() -> Cover {
    let bytes = fs::read(SLEEVE).expect("the sleeve is there");
    Cover::centred(&picture::decode(&bytes).expect("it is a picture"))
}

fn lines(reader: &WordReader, cover: &Cover) -> Vec<Line> {
    reader.read(cover, 0).expect("the words are read")
}

/// The tables read, and names put into their index.
#[divan::bench(sample_count = 10)]
fn open() -> WordReader {
    reader()
}

/// Networks planned, and one pass read.
#[divan::bench(sample_count = 10)]
fn first_pass(bencher: Bencher<'_, '_>) {
    let (reader, cover) = (reader(), cover());
    bencher.bench_local(|| {
        reader.rest();
        lines(&reader, &cover)
    });
}

/// One pass over a drawn sleeve, its networks planned.
#[divan::bench(args = 0..PASSES, sample_count = 20)]
fn pass(bencher: Bencher<'_, '_>, pass: usize) {
    let (reader, cover) = (reader(), cover());
    lines(&reader, &cover);
    bencher.bench_local(|| reader.read(&cover, pass).expect("the words are read"));
}

/// Names matched, and all of it weighed.
#[divan::bench(sample_count = 20)]
fn weigh(bencher: Bencher<'_, '_>) {
    let (reader, cover) = (reader(), cover());
    let passes = [lines(&reader, &cover)];
    bencher.bench_local(|| reader.weigh(&passes));
}
