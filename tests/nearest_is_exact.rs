//! The search finds what a naive one finds, and a rule says no more than it may.

use proptest::prelude::*;
use sleevesight::stock::{Catalogue, Details, Matrix, Metric, Record, Rule, WordRule};

const LENGTH: usize = 19;

/// Vectors of unit length, of few directions, so that some are the same; each with an owner of few.
fn rows() -> impl Strategy<Value = Vec<(i64, Vec<f32>)>> {
    let vector = prop::collection::vec(-3_i8..=3, LENGTH).prop_map(|steps| {
        let values: Vec<f32> = steps.iter().map(|step| f32::from(*step) + 0.5).collect();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        values.into_iter().map(|value| value / length).collect::<Vec<f32>>()
    });
    prop::collection::vec((0_i64..12, vector), 1..60)
}

/// All owners, the nearest first, each with the cosine of its nearest vector.
fn naive(rows: &[(i64, Vec<f32>)], query: &[f32]) -> Vec<(i64, f64)> {
    let mut best: Vec<(i64, f64)> = Vec::new();
    for (owner, vector) in rows {
        let cosine: f64 = vector.iter().zip(query).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        match best.iter_mut().find(|(known, _)| known == owner) {
            Some((_, known)) => *known = known.max(cosine),
            None => best.push((*owner, cosine)),
        }
    }
    best.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    best
}

fn matrix(rows: &[(i64, Vec<f32>)]) -> Matrix {
    let mut matrix = Matrix::new(LENGTH);
    rows.iter().for_each(|(owner, vector)| matrix.push(*owner, vector));
    matrix
}

proptest! {
    #[test]
    fn the_nearest_are_those_that_a_naive_search_finds(rows in rows(), most in 0_usize..20) {
        let query = rows[0].1.clone();
        let (found, wanted) = (matrix(&rows).nearest(&query, most), naive(&rows, &query));
        prop_assert_eq!(found.len(), most.min(wanted.len()));
        for (near, (_, cosine)) in found.iter().zip(&wanted) {
            // Of owners that are equally near, rounding may choose: their cosines are the same.
            prop_assert!((f64::from(near.cosine) - cosine).abs() < 1e-5);
            let own = wanted.iter().find(|(owner, _)| *owner == near.owner).expect("an owner");
            prop_assert!((f64::from(near.cosine) - own.1).abs() < 1e-5, "its own nearest");
        }
        let mut owners: Vec<i64> = found.iter().map(|near| near.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        prop_assert_eq!(owners.len(), found.len(), "each owner once");
    }

    #[test]
    fn who_was_taken_away_is_not_found(rows in rows(), gone in 0_i64..12) {
        let mut matrix = matrix(&rows);
        matrix.remove(gone);
        let left: Vec<(i64, Vec<f32>)> = rows.iter().filter(|(owner, _)| *owner != gone).cloned().collect();
        prop_assert_eq!(matrix.rows(), left.len());
        for near in matrix.nearest(&rows[0].1, 12) {
            let own = naive(&left, &rows[0].1).into_iter().find(|(owner, _)| *owner == near.owner);
            prop_assert!(own.is_some_and(|(_, cosine)| (f64::from(near.cosine) - cosine).abs() < 1e-5));
        }
    }

    /// Whatever lies in the stock, a record is known only where it is near, and clearly nearer than any with another
    /// cover; and whoever shares the cover is told.
    #[test]
    fn what_is_known_is_near_and_clearly_nearer(rows in rows(), place in 0_usize..60) {
        let metric = Metric::plain(LENGTH);
        let rule = Rule { near: 0.9, clearness: 1.0, usual: 0.5, same: 0.98, metric, voting: None, words: WordRule::default() };
        let mut catalogue = Catalogue::new(rule);
        for (number, (_, vector)) in rows.iter().enumerate() {
            catalogue.put(Record { id: number as i64, details: Details { title: "A".into(), ..Details::default() } });
            catalogue.show(number as i64, vector);
        }
        let mut query = rows[place % rows.len()].1.clone();
        query[0] += 0.4;
        let length = query.iter().map(|value| value * value).sum::<f32>().sqrt();
        query.iter_mut().for_each(|value| *value /= length);
        let rows: Vec<(i64, Vec<f32>)> =
            rows.into_iter().enumerate().map(|(number, (_, vector))| (number as i64, vector)).collect();
        let order = naive(&rows, &query);
        let findings = catalogue.find(&query);
        prop_assert_eq!(findings.lookalikes.len(), order.len().min(5));
        if let Some(known) = findings.known {
            let similarity = known.similarity.expect("the cover decided");
            prop_assert!(similarity >= 0.7 - 1e-5, "alone, it must be near all the same");
            let own = &rows[usize::try_from(known.record.id).expect("a row")].1;
            for (id, cosine) in order.iter().take(12).filter(|(id, _)| *id != known.record.id) {
                let other = &rows[usize::try_from(*id).expect("a row")].1;
                let between: f32 = own.iter().zip(other).map(|(a, b)| a * b).sum();
                if between > 0.98 + 1e-5 {
                    prop_assert!(known.also.iter().any(|also| also.record.id == *id), "it shares the cover");
                } else if between < 0.98 - 1e-5 {
                    let own = f64::from(similarity);
                    prop_assert!(own + (own - cosine) >= 0.9 - 1e-5);
                }
            }
        }
    }
}
