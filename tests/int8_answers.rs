//! The quantised network answers as the file says: as tract reads it in real numbers, operator by operator. That ONNX
//! Runtime reads it alike is held by `preparation_agrees`.

use std::fs;
use std::path::PathBuf;

use sleevesight::network::{Bundle, Network, prepare};
use sleevesight::picture;
use sleevesight::sleeve::Cover;
use sleevesight::verdict::probabilities;
use tract_onnx::prelude::*;

/// By how much a probability may differ from tract's, which rounds some sums the other way: one step of a byte here
/// and there. On average and at most.
const MEAN: f32 = 0.004;
const MOST: f32 = 0.03;

/// The layers of the network's body: a stem, sixteen blocks of three convolutions (the first has two), nine sums.
const BODY: usize = 1 + 16 * 3 - 1 + 9;

fn bundle() -> Bundle {
    Bundle::open(&crate::common::root().join("models/default")).expect("the bundle is whole")
}

/// Pictures of all kinds, each as the trainer prepared it.
fn pictures() -> Vec<PathBuf> {
    let mut pictures = crate::common::files("tests/preparation", ".prepared.png");
    pictures.extend(crate::common::files("tests/sleeves/flat", ".jpg"));
    pictures
}

fn cover(path: &PathBuf) -> Cover {
    let bytes = fs::read(path).expect("the picture is there");
    Cover::centred(&picture::decode(&bytes).expect("the picture is whole"))
}

#[test]
fn the_body_runs_in_integers() {
    let network = Network::load(&bundle()).expect("the network loads");
    assert!(network.fusion().ours >= BODY, "{:?}", network.fusion());
    let sentence = network.fusion().to_string();
    assert!(sentence.starts_with(&format!("{} layers run in integers", network.fusion().ours)), "{sentence}");
}

#[test]
fn it_answers_as_tract_reads_the_file() {
    let bundle = bundle();
    let network = Network::load(&bundle).expect("the network loads");
    let size = bundle.input.size as usize;
    let plain = onnx()
        .model_for_read(&mut bundle.onnx.as_slice())
        .and_then(|model| model.with_input_fact(0, f32::fact([1, 3, size, size]).into()))
        .and_then(|mut model| model.select_outputs_by_name(["logits"]).map(|()| model))
        .and_then(|model| model.into_optimized()?.into_runnable())
        .expect("tract reads the file");
    let (mut sum, mut most, mut agree, mut count) = (0.0, 0.0_f32, 0, 0);
    for path in pictures() {
        let prepared = prepare(&cover(&path), &bundle.input);
        let ours = probabilities(&network.read(&prepared).expect("it reads").logits, 1.0);
        let input = Tensor::from_shape(&[1, 3, size, size], &prepared.values()).expect("a cover is a tensor");
        let outputs = plain.run(tvec!(input.into())).expect("tract runs");
        let view = outputs[0].to_plain_array_view::<f32>().expect("logits are real numbers");
        let theirs = probabilities(&view.iter().copied().collect::<Vec<_>>(), 1.0);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            sum += (ours - theirs).abs();
            most = most.max((ours - theirs).abs());
            count += 1;
        }
        agree += usize::from(likeliest(&ours) == likeliest(&theirs));
    }
    let mean = sum / count as f32;
    assert!(mean <= MEAN && most <= MOST, "probabilities differ by {mean} on average, by {most} at most");
    assert!(agree + 2 >= pictures().len(), "the likeliest genre is the same {agree} times only");
}

fn likeliest(probabilities: &[f32]) -> Option<usize> {
    (0..probabilities.len()).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]))
}

#[test]
fn threads_that_share_it_answer_the_same() {
    let bundle = bundle();
    let load = || Network::load(&bundle).expect("the network loads");
    let (alone, shared) = (load(), load().with_threads(3).expect("there are threads"));
    for path in pictures() {
        let prepared = prepare(&cover(&path), &bundle.input);
        let read = |network: &Network| network.read(&prepared).expect("it reads");
        assert_eq!(read(&shared), read(&alone), "{}", path.display());
    }
}
