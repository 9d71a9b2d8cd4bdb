//! Records of the stock vote on the genre of a sleeve that is none of them, and a genre that only the shop has is said of
//! sleeves that look like its examples.

use std::sync::Arc;

use proptest::prelude::*;
use sleevesight::network::{Calibration, Family, Genre, Levels, Reading};
use sleevesight::stock::{Catalogue, Details, Metric, Record, Rule, Vote, Votes, Voting, WordRule};
use sleevesight::verdict::{Judge, Verdict, Word};

const VOTING: Voting = Voting { sharpness: 10.0, weight: 0.3, own_weight: 1.0, own_bias: -2.0, few: 5.0 };

/// As long as the tests' embeddings.
const LENGTH: usize = 16;

fn genres() -> Vec<Arc<Genre>> {
    let genre = |(id, en, ru): (&str, &str, &str)| {
        let [id, en, ru] = [id, en, ru].map(str::to_owned);
        Arc::new(Genre { family: id.clone(), id, en, ru, color: "#808080".into(), prior: None })
    };
    [("jazz", "Jazz", "Джаз"), ("hiphop", "Hip-hop", "Хип-хоп"), ("metal", "Metal", "Метал")]
        .map(genre)
        .to_vec()
}

fn moved(votes: &Votes, probabilities: [f32; 3]) -> Vec<(String, f32)> {
    let moved = votes.moved(&genres(), &probabilities);
    moved.into_iter().map(|(genre, probability)| (genre.id.clone(), probability)).collect()
}

fn vote(genre: &str, records: usize, mean: f32) -> Vote {
    Vote { genre: genre.into(), records, views: records, sum: mean * records as f32 }
}

fn of(likely: &[(String, f32)], id: &str) -> f32 {
    likely.iter().find(|(genre, _)| genre == id).map_or(0.0, |(_, probability)| *probability)
}

/// What the network says, and what records of some genres vote.
fn cases() -> impl Strategy<Value = ([f32; 3], Vec<Vote>)> {
    let genre = prop::sample::select(vec!["jazz", "Хип-хоп", "METAL", "anime", "Krautrock", " anime "]);
    let vote =
        (genre, 1_usize..9, 0.0_f32..1.0).prop_map(|(genre, records, mean)| vote(genre, records, mean));
    let network = prop::array::uniform3(0.01_f32..1.0).prop_map(|parts| {
        let sum: f32 = parts.iter().sum();
        parts.map(|part| part / sum)
    });
    (network, prop::collection::vec(vote, 0..6))
}

proptest! {
    #[test]
    fn whatever_is_voted_probabilities_sum_to_one_and_the_networks_genres_come_first((network, cast) in cases()) {
        let likely = moved(&Votes { voting: VOTING, cast }, network);
        prop_assert!((likely.iter().map(|(_, probability)| probability).sum::<f32>() - 1.0).abs() < 1e-5);
        prop_assert!(likely.iter().all(|(_, probability)| (0.0..=1.0).contains(probability)));
        let ids: Vec<&str> = likely.iter().take(3).map(|(id, _)| id.as_str()).collect();
        prop_assert_eq!(ids, ["jazz", "hiphop", "metal"]);
        let own = &likely[3..];
        prop_assert!(own.iter().all(|(id, _)| ["anime", "Krautrock"].contains(&id.as_str())));
        prop_assert!(own.len() < 2 || own[0].0 != own[1].0, "each genre once");
    }

    #[test]
    fn a_genre_is_the_likelier_the_more_its_records_look_like_the_sleeve(
        (network, cast) in cases(), more in 1.0_f32..8.0, place in 0_usize..6,
    ) {
        prop_assume!(!cast.is_empty());
        let mut louder = cast.clone();
        let place = place % cast.len();
        louder[place].sum *= more;
        let word = cast[place].genre.trim();
        let known = genres().into_iter().find(|genre| genre.is_called(word));
        let id = known.map_or_else(|| word.to_owned(), |genre| genre.id.clone());
        let [before, after] =
            [cast, louder].map(|cast| of(&moved(&Votes { voting: VOTING, cast }, network), &id));
        prop_assert!(after >= before - 1e-5, "{id}: {before} became {after}");
    }

    #[test]
    fn without_votes_the_network_alone_tells(network in cases().prop_map(|(network, _)| network)) {
        let few = vec![vote("jazz", 2, 0.9), vote("anime", 2, 0.9)];
        for cast in [Vec::new(), few] {
            for ((_, after), before) in moved(&Votes { voting: VOTING, cast }, network).iter().zip(network) {
                prop_assert!((after - before).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn one_genre_in_several_spellings_is_one() {
    let network = [0.2, 0.4, 0.4];
    let apart = vec![vote("HipHop", 2, 0.3), vote("hip-hop", 2, 0.3), vote("Metal", 4, 0.1)];
    let together = vec![vote("Хип-хоп", 4, 0.3), vote("metal", 4, 0.1)];
    let [apart, together] = [apart, together].map(|cast| moved(&Votes { voting: VOTING, cast }, network));
    assert_eq!(apart.len(), 3);
    assert!(
        apart.iter().zip(&together).all(|((_, a), (_, b))| (a - b).abs() < 1e-6),
        "{apart:?} {together:?}"
    );
}

/// A genre of the bundle that the network was not taught is said by votes as one that only the shop has; and what
/// words made of it is not taken away.
#[test]
fn a_genre_without_a_logit_is_voted_as_the_shops_own() {
    let blues = |prior| {
        let id = "blues".to_owned();
        let (en, ru) = ("Blues".to_owned(), "Блюз".to_owned());
        Arc::new(Genre { family: id.clone(), id, en, ru, color: "#332288".into(), prior })
    };
    let all: Vec<Arc<Genre>> = genres().into_iter().chain([blues(Some(0.01))]).collect();
    let cast = vec![vote("Блюз", 5, 0.9), vote("jazz", 5, 0.01), vote("metal", 5, 0.01)];
    let votes = Votes { voting: VOTING, cast };
    let likely = |probabilities: &[f32]| -> f32 { votes.moved(&all, probabilities)[3].1 };
    let own = of(&moved(&votes, [0.33; 3]), "Блюз");
    assert!(own > 0.2, "{own}");
    assert!((likely(&[0.33, 0.33, 0.33, 0.01]) - own).abs() < 1e-6);
    assert!(likely(&[0.1, 0.1, 0.1, 0.7]) > own, "words have said it");
    let unvoted = Votes { voting: VOTING, cast: vec![vote("jazz", 5, 0.5), vote("metal", 5, 0.5)] };
    let kept = unvoted.moved(&all, &[0.33, 0.33, 0.33, 0.01]);
    assert!(kept[3].1 > 0.005 && kept[3].1 < 0.02, "{kept:?}");
}

/// A vector of unit length that leans towards one direction, and differs from others that do by its number.
fn leaning(towards: usize, number: usize) -> Vec<f32> {
    let mut vector = vec![0.0; LENGTH];
    vector[towards] = 2.0;
    vector[4 + number % (LENGTH - 4)] = 1.0;
    let length = 5.0_f32.sqrt();
    vector.into_iter().map(|value| value / length).collect()
}

/// A shop with so many records of "Anime", and four of each genre that the network knows.
fn shop(anime: usize) -> Catalogue {
    let rule = Rule {
        near: 0.99,
        clearness: 0.5,
        usual: 0.5,
        same: 0.98,
        metric: Metric::plain(LENGTH),
        voting: Some(VOTING),
        words: WordRule::default(),
    };
    let mut catalogue = Catalogue::new(rule);
    let all = [("jazz", 4), ("Hip-hop", 4), ("METAL", 4), ("Anime", anime)];
    for (place, (genre, count)) in all.into_iter().enumerate() {
        for number in 0..count {
            let id = (100 * place + number) as i64;
            catalogue.put(Record {
                id,
                details: Details { title: "A".into(), genre: genre.into(), ..Details::default() },
            });
            catalogue.show(id, &leaning(place, number));
        }
    }
    catalogue
}

/// What is said of a sleeve of which the network knows nothing.
fn said(catalogue: &Catalogue, embedding: &[f32]) -> Verdict {
    let levels = Levels { genre: 0.5, family: None, said: None, right: None };
    let family = |genre: Arc<Genre>| {
        Arc::new(Family { id: genre.id.clone(), en: genre.en.clone(), ru: genre.ru.clone() })
    };
    let families = genres().into_iter().map(family).collect();
    let judge = Judge::new(genres(), families, Calibration { temperature: 1.0 }, levels);
    let reading = Reading {
        logits: vec![0.0; 3],
        embedding: embedding.to_vec(),
        evidence: vec![0.0; 3],
        grid: 1,
        sleeve: None,
        turned: None,
    };
    judge.judge_beside(&reading, &catalogue.find(embedding))
}

#[test]
fn a_genre_that_only_the_shop_has_is_said_from_five_examples() {
    let sleeve = leaning(3, 9);
    match said(&shop(5), &sleeve).word {
        Word::Genre(likely) => assert_eq!(likely.genre.en, "Anime"),
        other => panic!("{other:?}"),
    }
    let another = said(&shop(5), &leaning(0, 9));
    assert_eq!(another.genres[0].genre.id, "jazz", "and of no other sleeve");
    let too_few = said(&shop(2), &sleeve);
    assert!(too_few.genres.iter().all(|likely| likely.genre.en != "Anime"), "two are no genre yet");
}

#[test]
fn what_is_taken_away_or_told_anew_votes_no_more() {
    let sleeve = leaning(3, 9);
    let mut catalogue = shop(5);
    assert!(said(&catalogue, &sleeve).word.genre().is_some());
    for id in 300..302 {
        catalogue.put(Record { id, details: Details { title: "A".into(), ..Details::default() } });
    }
    assert!(said(&catalogue, &sleeve).word.genre().is_some(), "three are left");
    catalogue.remove(302);
    assert_eq!(said(&catalogue, &sleeve).word, Word::Unsure);
}
