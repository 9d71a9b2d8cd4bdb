//! Verdicts keep to the laws of probability and to the bundle's thresholds.

use std::sync::Arc;

use proptest::prelude::*;
use sleevesight::network::{Calibration, Family, Genre, Levels, Reading};
use sleevesight::verdict::{Judge, Word, probabilities};

fn genre(id: usize, family: usize) -> Arc<Genre> {
    Arc::new(Genre {
        id: format!("genre{id}"),
        family: format!("family{family}"),
        en: format!("Genre {id}"),
        ru: format!("Жанр {id}"),
        color: "#808080".into(),
        prior: None,
    })
}

fn levels(genre: f32, family: Option<f32>) -> Levels {
    Levels { genre, family, said: None, right: None }
}

fn judge(levels: Levels, temperature: f32) -> Judge {
    let genres = [(0, 0), (1, 1), (2, 1), (3, 2), (4, 1)].map(|(id, family)| genre(id, family));
    let families = [0, 1, 2].map(|id| {
        let name = format!("family{id}");
        Arc::new(Family { id: name.clone(), en: name.clone(), ru: name })
    });
    Judge::new(genres.to_vec(), families.to_vec(), Calibration { temperature }, levels)
}

fn reading(logits: &[f32]) -> Reading {
    Reading {
        logits: logits.to_vec(),
        embedding: vec![1.0],
        evidence: logits.to_vec(),
        grid: 1,
        sleeve: None,
        turned: None,
    }
}

fn logits() -> impl Strategy<Value = Vec<f32>> {
    proptest::collection::vec(-30.0_f32..30.0, 5)
}

proptest! {
    #[test]
    fn probabilities_sum_to_one_and_keep_the_order(logits in logits(), temperature in 0.2_f32..5.0) {
        let found = probabilities(&logits, temperature);
        prop_assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        for (a, pa) in logits.iter().zip(&found) {
            for (b, pb) in logits.iter().zip(&found) {
                prop_assert!(a < b || pa >= pb);
            }
        }
    }

    #[test]
    fn a_higher_temperature_is_never_surer(logits in logits(), temperature in 0.2_f32..5.0, more in 1.0_f32..4.0) {
        let surest = |found: &[f32]| found.iter().copied().fold(0.0, f32::max);
        let (cold, warm) = (probabilities(&logits, temperature), probabilities(&logits, temperature * more));
        prop_assert!(surest(&warm) <= surest(&cold) + 1e-6);
    }

    #[test]
    fn a_genre_is_said_exactly_when_it_reaches_its_threshold(logits in logits(), threshold in 0.0_f32..1.0) {
        let verdict = judge(levels(threshold, None), 1.0).judge(&reading(&logits));
        let likeliest = &verdict.genres[0];
        match &verdict.word {
            Word::Genre(said) => prop_assert!(said == likeliest && said.probability >= threshold),
            Word::Unsure => prop_assert!(likeliest.probability < threshold),
            other => prop_assert!(false, "{other:?} is not to be said"),
        }
    }

    #[test]
    fn a_family_is_as_likely_as_its_genres_together(logits in logits()) {
        let verdict = judge(levels(1.0, Some(0.5)), 1.0).judge(&reading(&logits));
        for family in &verdict.families {
            let sum: f32 = verdict
                .genres
                .iter()
                .filter(|likely| likely.genre.family == family.family.id)
                .map(|likely| likely.probability)
                .sum();
            prop_assert!((sum - family.probability).abs() < 1e-5);
        }
        if let Word::Family(said) = &verdict.word {
            prop_assert!(said.probability >= 0.5 && *said == verdict.families[0]);
            prop_assert!(said.family.id == "family1", "a family of one genre is not said");
        }
    }
}

/// The same judge, and behind its five genres these with priors.
fn judge_with_priors(priors: &[f32]) -> Judge {
    let taught = [(0, 0), (1, 1), (2, 1), (3, 2), (4, 1)].map(|(id, family)| genre(id, family));
    let untaught = priors.iter().enumerate().map(|(place, prior)| {
        let genre = Arc::unwrap_or_clone(genre(5 + place, place % 4));
        Arc::new(Genre { prior: Some(*prior), ..genre })
    });
    let families = [0, 1, 2, 3].map(|id| {
        let name = format!("family{id}");
        Arc::new(Family { id: name.clone(), en: name.clone(), ru: name })
    });
    let genres = taught.into_iter().chain(untaught).collect();
    Judge::new(genres, families.to_vec(), Calibration { temperature: 1.0 }, levels(0.5, Some(0.6)))
}

fn priors() -> impl Strategy<Value = Vec<f32>> {
    proptest::collection::vec(0.0001_f32..0.049, 0..10)
}

proptest! {
    #[test]
    fn genres_without_a_logit_have_their_priors_and_the_others_share_the_rest(logits in logits(), priors in priors()) {
        let judge = judge_with_priors(&priors);
        let spread = judge.spread(&logits);
        prop_assert_eq!(spread.len(), 5 + priors.len());
        prop_assert!((spread.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        prop_assert_eq!(&spread[5..], &priors[..]);
        let share = 1.0 - priors.iter().sum::<f32>();
        for (spread, softmax) in spread.iter().zip(probabilities(&logits, 1.0)) {
            prop_assert!((spread - share * softmax).abs() < 1e-6);
        }
    }

    #[test]
    fn priors_leave_the_order_of_the_other_genres_as_it_is(logits in logits(), priors in priors()) {
        let order = |judge: &Judge| -> Vec<String> {
            let genres = judge.judge(&reading(&logits)).genres;
            genres.iter().filter(|likely| likely.genre.is_taught()).map(|likely| likely.genre.id.clone()).collect()
        };
        prop_assert_eq!(order(&judge_with_priors(&priors)), order(&judge_with_priors(&[])));
        let verdict = judge_with_priors(&priors).judge(&reading(&logits));
        for sum in [
            verdict.genres.iter().map(|likely| likely.probability).sum::<f32>(),
            verdict.families.iter().map(|likely| likely.probability).sum::<f32>(),
        ] {
            prop_assert!((sum - 1.0).abs() < 1e-5);
        }
    }
}

#[test]
fn where_nothing_was_read_genres_without_a_logit_have_their_priors() {
    let verdict = judge_with_priors(&[0.1, 0.02]).nothing();
    let found: Vec<f32> = verdict.genres.iter().map(|likely| likely.probability).collect();
    assert_eq!(found.len(), 7);
    assert!(found[..5].iter().all(|probability| (probability - 0.88 / 5.0).abs() < 1e-6), "{found:?}");
    assert_eq!(found[5..], [0.1, 0.02]);
}

#[test]
fn where_nothing_was_read_every_genre_is_as_likely_as_another() {
    let verdict = judge(levels(0.5, None), 1.0).nothing();
    assert_eq!(verdict.word, Word::Nothing);
    assert!(verdict.genres.iter().all(|likely| (likely.probability - 0.2).abs() < 1e-6));
    assert_eq!(verdict.genres.len(), 5);
}

proptest! {
    /// What does not look like a sleeve has no genre, however likely; what does is judged as if nothing had been
    /// asked.
    #[test]
    fn nothing_is_said_of_what_is_no_sleeve(logits in logits(), least in -5.0_f32..5.0, sleeve in -9.0_f32..9.0) {
        let plain = judge(levels(0.5, Some(0.6)), 1.0);
        let asked = Reading { sleeve: Some(sleeve), ..reading(&logits) };
        let strict = plain.clone().refusing_below(Some(least)).judge(&asked);
        if sleeve < least {
            prop_assert_eq!(strict.word, Word::Nothing);
        } else {
            prop_assert_eq!(strict, plain.judge(&asked));
        }
        // A network that does not tell is believed.
        let silent = plain.clone().refusing_below(Some(least)).judge(&reading(&logits));
        prop_assert_eq!(silent, plain.judge(&reading(&logits)));
    }
}
