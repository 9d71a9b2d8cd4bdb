//! One of those that `scripts/bench` compares: this program's network, or tract as it comes, or all that this program does
//! with a picture.
//!
//! ```text
//! contender ours|tract NETWORK.onnx BUNDLE PICTURES
//! contender whole - BUNDLE PICTURES
//! ```
//!
//! `PICTURES` is a folder: of PNGs of the network's size, or, for `whole`, of what a camera saw, as JPEGs. After the first
//! answer it says `ready` and the most memory that it has had, in MB; then it does what its input asks, a line each: `run N` reads N
//! pictures and tells how long each took, in milliseconds; `answers` tells what comes of each: logits, or, for `whole`, the
//! likeliest genre and the corners of the sleeve.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use serde_json::{Value, json};
use sleevesight::frame::Frame;
use sleevesight::network::{Bundle, Network, Prepared, prepare};
use sleevesight::picture;
use sleevesight::reader::{Gaze, Reader};
use sleevesight::sleeve::Cover;
use sleevesight::verdict::Caution;
use tract_onnx::prelude::*;

/// What reads a picture that was made ready for it.
type Engine<T> = Box<dyn Fn(&T) -> anyhow::Result<Value>>;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [engine, network, folder, pictures] = &words[..] else {
        anyhow::bail!("usage: contender ours|tract|whole NETWORK.onnx BUNDLE PICTURES")
    };
    let [folder, pictures] = [folder, pictures].map(Path::new);
    if engine == "whole" {
        return serve(&whole(folder)?, pictures, Ok);
    }
    let mut bundle = Bundle::open(folder)?;
    bundle.onnx = fs::read(network).with_context(|| network.clone())?;
    let engine = if engine == "ours" { ours(&bundle)? } else { as_it_comes(&bundle)? };
    let input = bundle.input.clone();
    drop(bundle);
    serve(&engine, pictures, |bytes| Ok(prepare(&Cover::centred(&picture::decode(&bytes)?), &input)))
}

/// Answers what is asked, with pictures that are made ready before any time is taken.
fn serve<T>(
    engine: &Engine<T>,
    pictures: &Path,
    ready: impl Fn(Vec<u8>) -> anyhow::Result<T>,
) -> anyhow::Result<()> {
    let mut paths: Vec<_> =
        fs::read_dir(pictures)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "png" || kind == "jpg"));
    paths.sort();
    let mut taken = paths.iter().map(|path| ready(fs::read(path)?));
    let first = taken.next().context("there are no pictures")??;
    engine(&first)?;
    let mut out = io::stdout().lock();
    writeln!(out, "ready {}", peak()?)?;
    out.flush()?;
    let taken: Vec<T> = std::iter::once(Ok(first)).chain(taken).collect::<anyhow::Result<_>>()?;

    let mut next = taken.iter().cycle();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let answer = match line.split_once(' ') {
            Some((_, count)) => {
                let mut wall = Vec::new();
                for picture in next.by_ref().take(count.parse()?) {
                    let began = Instant::now();
                    std::hint::black_box(engine(picture)?);
                    wall.push(began.elapsed().as_secs_f64() * 1e3);
                }
                json!(wall)
            }
            None => json!(taken.iter().map(engine).collect::<anyhow::Result<Vec<_>>>()?),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn ours(bundle: &Bundle) -> anyhow::Result<Engine<Prepared>> {
    let network = Network::load(bundle)?;
    Ok(Box::new(move |cover| Ok(json!(network.read(cover)?.logits))))
}

fn as_it_comes(bundle: &Bundle) -> anyhow::Result<Engine<Prepared>> {
    let size = bundle.input.size as usize;
    let mut model = onnx().model_for_read(&mut bundle.onnx.as_slice())?;
    model.set_input_fact(0, f32::fact([1, 3, size, size]).into())?;
    let plan = model.into_optimized()?.into_runnable()?;
    Ok(Box::new(move |cover| {
        let input = Tensor::from_shape(&[1, 3, size, size], &cover.values())?;
        let outputs = plan.run(tvec!(input.into()))?;
        Ok(json!(outputs[0].to_plain_array_view::<f32>()?.iter().collect::<Vec<_>>()))
    }))
}

/// From a JPEG's bytes to what is said of it.
fn whole(bundle: &Path) -> anyhow::Result<Engine<Vec<u8>>> {
    let reader = Reader::open(bundle, Caution::Normal)?;
    Ok(Box::new(move |bytes| {
        let frame = Frame::still(picture::decode(bytes)?, String::new());
        let sighting = reader.look(&frame, Gaze::Still)?;
        let genre = sighting.verdict.genres.first().map(|likely| &likely.genre.id);
        Ok(json!({ "genre": genre, "corners": sighting.outline.map(|outline| outline.corners) }))
    }))
}

/// The most memory that this process has had, in MB.
fn peak() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}
