//! One of those that `scripts/bench` compares: this program's network, or tract as it comes.
//!
//! ```text
//! contender ours|tract NETWORK.onnx BUNDLE PICTURES
//! ```
//!
//! `PICTURES` is a folder of PNGs of the network's size. After the first answer it says `ready`; then it does what its
//! input asks, a line each: `run N` reads N covers and tells how long each took, in milliseconds; `answers` tells what the
//! network says of each cover, `end` the most memory that was used.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;
use sleevesight::network::{Bundle, Network, Prepared, prepare};
use sleevesight::picture;
use sleevesight::sleeve::Cover;
use tract_onnx::prelude::*;

/// What reads a cover: logits come out.
type Engine = Box<dyn Fn(&Prepared) -> anyhow::Result<Vec<f32>>>;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [engine, network, bundle, pictures] = &words[..] else {
        anyhow::bail!("usage: contender ours|tract NETWORK.onnx BUNDLE PICTURES")
    };
    let mut bundle = Bundle::open(Path::new(bundle))?;
    bundle.onnx = fs::read(network).with_context(|| network.clone())?;
    let engine: Engine = if engine == "ours" { ours(&bundle)? } else { as_it_comes(&bundle)? };

    let mut paths: Vec<_> =
        fs::read_dir(pictures)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    let mut covers = paths
        .iter()
        .map(|path| anyhow::Ok(prepare(&Cover::centred(&picture::decode(&fs::read(path)?)?), &bundle.input)));
    let first = covers.next().context("there are no pictures")??;
    engine(&first)?;
    let mut out = io::stdout().lock();
    writeln!(out, "ready")?;
    out.flush()?;
    let covers: Vec<Prepared> = std::iter::once(Ok(first)).chain(covers).collect::<anyhow::Result<_>>()?;

    let mut next = covers.iter().cycle();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let answer = match line.split_once(' ') {
            Some(("run", count)) => {
                let mut wall = Vec::new();
                for cover in next.by_ref().take(count.parse()?) {
                    let began = Instant::now();
                    std::hint::black_box(engine(cover)?);
                    wall.push(began.elapsed().as_secs_f64() * 1e3);
                }
                json!(wall)
            }
            None if line == "answers" => {
                json!(covers.iter().map(&engine).collect::<anyhow::Result<Vec<_>>>()?)
            }
            _ => json!({ "peak_mb": peak()? }),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn ours(bundle: &Bundle) -> anyhow::Result<Engine> {
    let network = Network::load(bundle)?;
    Ok(Box::new(move |cover| Ok(network.read(cover)?.logits)))
}

fn as_it_comes(bundle: &Bundle) -> anyhow::Result<Engine> {
    let size = bundle.input.size as usize;
    let mut model = onnx().model_for_read(&mut bundle.onnx.as_slice())?;
    model.set_input_fact(0, f32::fact([1, 3, size, size]).into())?;
    let plan = model.into_optimized()?.into_runnable()?;
    Ok(Box::new(move |cover| {
        let input = Tensor::from_shape(&[1, 3, size, size], cover.values())?;
        let outputs = plan.run(tvec!(input.into()))?;
        Ok(outputs[0].to_plain_array_view::<f32>()?.iter().copied().collect())
    }))
}

/// The most memory that this process has had, in MB.
fn peak() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}
