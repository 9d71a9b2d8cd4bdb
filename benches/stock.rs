//! How long a search takes, on one core: `cargo bench --bench stock`.

use divan::{Bencher, black_box};
use sleevesight::stock::Matrix;

/// The length of an embedding of the shipped bundle.
const LENGTH: usize = 256;

/// Look-alikes that are told.
const TOLD: usize = 5;

fn main() {
    divan::main();
}

/// Vectors of unit length in no particular direction.
fn vector(random: &mut fastrand::Rng) -> Vec<f32> {
    let values: Vec<f32> = (0..LENGTH).map(|_| random.f32() - 0.5).collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.into_iter().map(|value| value / length).collect()
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn nearest(bencher: Bencher<'_, '_>, records: i64) {
    let mut random = fastrand::Rng::with_seed(1);
    let mut matrix = Matrix::new(LENGTH);
    for record in 0..records {
        matrix.push(record, &vector(&mut random));
    }
    let query = vector(&mut random);
    bencher.bench_local(|| matrix.nearest(black_box(&query), TOLD));
}
