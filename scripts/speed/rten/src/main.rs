//! One of those that `scripts/bench` compares: rten, on one thread.
//!
//! ```text
//! rten-contender NETWORK.onnx SIZE COVERS.f32
//! ```
//!
//! It speaks as `contender.rs` does. `COVERS.f32` holds prepared covers, one after the other.

use std::fs;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use rten::{ModelOptions, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [network, size, covers] = &words[..] else {
        anyhow::bail!("usage: rten-contender NETWORK.onnx SIZE COVERS.f32")
    };
    let size: usize = size.parse()?;
    let options = RunOptions::default().with_thread_pool(Some(Arc::new(ThreadPool::with_num_threads(1))));
    let mut opened = ModelOptions::with_all_ops();
    opened.prepack_weights(true);
    let model = opened.load_file(network)?;
    let [from, to] = [model.node_id("cover")?, model.node_id("logits")?];
    let read = |cover: &[f32]| -> anyhow::Result<Vec<f32>> {
        let cover = NdTensor::from_data([1, 3, size, size], cover.to_vec());
        let [logits] = model.run_n(vec![(from, cover.into())], [to], Some(options.clone()))?;
        let logits: NdTensor<f32, 2> = logits.try_into()?;
        Ok(logits.to_vec())
    };

    let reals = |bytes: &[u8]| -> Vec<f32> {
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
    };
    let mut file = fs::File::open(covers)?;
    let mut first = vec![0; 4 * 3 * size * size];
    io::Read::read_exact(&mut file, &mut first)?;
    read(&reals(&first))?;
    let mut out = io::stdout().lock();
    writeln!(out, "ready {}", peak()?)?;
    out.flush()?;

    let all = reals(&fs::read(covers)?);
    let covers: Vec<&[f32]> = all.chunks_exact(3 * size * size).collect();
    let mut next = covers.iter().cycle();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let answer = match line.split_once(' ') {
            Some((_, count)) => {
                let mut wall = Vec::new();
                for cover in next.by_ref().take(count.parse()?) {
                    let began = Instant::now();
                    std::hint::black_box(read(cover)?);
                    wall.push(began.elapsed().as_secs_f64() * 1e3);
                }
                format!("{wall:?}")
            }
            None => {
                let answers = covers.iter().map(|cover| read(cover)).collect::<anyhow::Result<Vec<_>>>()?;
                format!("{answers:?}")
            }
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

/// The most memory that this process has had, in MB.
fn peak() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}
