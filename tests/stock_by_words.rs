//! The words on a sleeve find the record in stock, and no record for a sleeve that is not.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use sleevesight::stock::{By, Catalogue, Details, Findings, Metric, Record, Rule, WordIndex, WordRule};
use sleevesight::words::Line;

/// A line of text whose top left is here, of this height.
fn line(text: &str, x: f32, y: f32, height: f32) -> Line {
    let width = 0.5 * height * text.chars().count() as f32;
    let corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
    Line { text: text.into(), confidence: 0.95, corners }
}

/// Lines one below the other, from the top.
fn lines(texts: &[&str]) -> Vec<Line> {
    texts.iter().zip(0_u8..).map(|(text, row)| line(text, 0.1, 0.05 + 0.1 * f32::from(row), 0.06)).collect()
}

fn record(id: i64, artist: &str, title: &str) -> Arc<Record> {
    let details = Details { artist: artist.into(), title: title.into(), ..Details::default() };
    Arc::new(Record { id, details })
}

/// An index of artists and titles, numbered from 1.
fn index(names: &[(&str, &str)]) -> WordIndex {
    let records: Vec<Arc<Record>> =
        names.iter().zip(1..).map(|((artist, title), id)| record(id, artist, title)).collect();
    WordIndex::of(records.iter())
}

/// The number of the record that lines name, and those of the candidates.
fn found(index: &WordIndex, texts: &[&str]) -> (Option<i64>, Vec<i64>) {
    let found = index.find(&WordRule::default(), &lines(texts));
    (found.known.map(|record| record.id), found.candidates.iter().map(|record| record.id).collect())
}

const NAMES: [(&str, &str); 12] = [
    ("Miles Davis", "Kind of Blue"),
    ("Miles Davis", "Sketches of Spain"),
    ("Beatles, The", "Abbey Road"),
    ("Nas", "Illmatic (Remastered Deluxe Edition)"),
    ("Oscar Valdambrini & Gianni Basso", "Exciting Six"),
    ("Various", "Virtual Dreams Of Tomorrow"),
    ("Led Zeppelin", "Led Zeppelin II"),
    ("Deep Purple", "Live"),
    ("Talking Heads", "Talking Heads"),
    ("Земфира", "Прости меня моя любовь"),
    ("Prince (2)", "Sign O' The Times"),
    ("Anthology Band", "Harvest Lanterns"),
];

#[test]
fn a_title_and_its_artist_are_found_as_sleeves_print_them() {
    let index = index(&NAMES);
    for (texts, id) in [
        (vec!["KIND OF BLUE", "MILES DAVIS", "STEREO"], 1),
        (vec!["MILESDAVIS", "SKETCHES", "OF SPAIN"], 2),
        (vec!["Sketches of Spaln", "Miles", "Davis"], 2),
        (vec!["THE BEATLES", "Abbey Road"], 3),
        (vec!["NAS", "Illmatic"], 4),
        (vec!["EXCITING SIX", "Oscar Valdambrini", "Trumpet"], 5),
        (vec!["VIRTUAL DREAMS", "OF TOMORROW"], 6),
        (vec!["LED ZEPPELIN II"], 7),
        (vec!["DEEP PURPLE", "LIVE"], 8),
        (vec!["ЗЕМФИРА", "Прости меня", "моя любовь"], 10),
        (vec!["SIGN O THE TIMES", "PRINCE"], 11),
    ] {
        assert_eq!(found(&index, &texts), (Some(id), vec![]), "{texts:?}");
    }
}

#[test]
fn too_few_words_name_no_record() {
    let index = index(&NAMES);
    for texts in [
        vec!["MILES DAVIS"],
        vec!["THE BEATLES", "LET IT BE"],
        // A title of a word that many have is no title without its artist, nor within a longer line.
        vec!["LIVE"],
        vec!["DEEP PURPLE", "LIVE IN JAPAN WITH ORCHESTRA"],
        // A record that is called as its artist may be any of the artist's.
        vec!["TALKING HEADS"],
        vec!["LED ZEPPELIN", "HOUSES OF THE HOLY"],
        vec!["LED ZEPPELIN III"],
        vec!["", "  ", "II"],
        vec![],
    ] {
        assert_eq!(found(&index, &texts), (None, vec![]), "{texts:?}");
    }
}

#[test]
fn editions_of_an_album_are_candidates() {
    let index = index(&[
        ("Miles Davis", "Kind of Blue"),
        ("Miles Davis", "Kind Of Blue"),
        ("Miles Davis", "Sketches of Spain"),
    ]);
    assert_eq!(found(&index, &["Miles Davis", "Kind of Blue"]), (None, vec![1, 2]));
}

#[test]
fn a_line_that_is_no_number_or_lies_nowhere_does_no_harm() {
    let index = index(&NAMES);
    let mut broken = lines(&["Kind of Blue", "Miles Davis", "Miles Davis"]);
    broken[2].confidence = f32::NAN;
    broken[1].corners = [[f32::NAN; 2]; 4];
    broken[0].corners = [[f32::INFINITY; 2]; 4];
    let found = index.find(&WordRule::default(), &broken);
    assert_eq!(found.known.map(|record| record.id), Some(1));
}

#[test]
fn an_artist_has_the_genre_of_most_of_his_records() {
    let rule = rule();
    let mut catalogue = Catalogue::new(rule);
    let shelved =
        [("Can", "Krautrock"), ("CAN", "krautrock"), ("Can", "Rock"), ("Neu!", "Rock"), ("Neu!", "Pop")];
    for ((artist, genre), id) in shelved.into_iter().zip(1..) {
        let details =
            Details { artist: artist.into(), genre: genre.into(), title: "A".into(), ..Details::default() };
        catalogue.put(Record { id, details });
    }
    assert_eq!(catalogue.genre_of_artist("can").as_deref(), Some("Krautrock"));
    assert_eq!(catalogue.genre_of_artist("Neu!"), None, "the shop is of two minds");
    assert_eq!(catalogue.genre_of_artist("Faust"), None);
    catalogue.remove(2);
    assert_eq!(catalogue.genre_of_artist("can"), None, "what has changed is looked up anew");
}

/// What the embeddings of [`shop`] are compared by.
fn rule() -> Rule {
    Rule {
        near: 0.97,
        clearness: 0.5,
        usual: 0.5,
        same: 0.98,
        metric: Metric::plain(4),
        voting: None,
        words: WordRule::default(),
    }
}

/// A stock in which the first two have covers, and the second two have none.
fn shop() -> Catalogue {
    let mut catalogue = Catalogue::new(rule());
    for ((artist, title), id) in [
        ("Miles Davis", "Kind of Blue"),
        ("Miles Davis", "Sketches of Spain"),
        ("Anthology Band", "Harvest Lanterns"),
        ("Anthology Band", "Copper Weather"),
    ]
    .into_iter()
    .zip(1..)
    {
        let details = Details { artist: artist.into(), title: title.into(), ..Details::default() };
        catalogue.put(Record { id, details });
    }
    catalogue.show(1, &[1.0, 0.0, 0.0, 0.0]);
    catalogue.show(2, &[0.8, 0.6, 0.0, 0.0]);
    catalogue
}

/// What is known, by what, with which similarity, and which are candidates.
type Told = (Option<(i64, By, Option<f32>)>, Vec<i64>);

fn told(findings: &Findings) -> Told {
    let known = findings.known.as_ref().map(|known| (known.record.id, known.by, known.similarity));
    (known, findings.candidates.iter().map(|candidate| candidate.0.id).collect())
}

#[test]
fn cover_and_words_together_tell_the_record() {
    let shop = shop();
    let blue = [1.0, 0.0, 0.0, 0.0];
    let between = [0.95, 0.312, 0.0, 0.0];
    let strange = [0.0, 0.0, 0.0, 1.0];
    let look = |embedding: &[f32], texts: &[&str]| told(&shop.recognise(embedding, &lines(texts)));
    assert_eq!(look(&blue, &[]), (Some((1, By::Cover, Some(1.0))), vec![]));
    assert_eq!(look(&blue, &["STEREO"]), (Some((1, By::Cover, Some(1.0))), vec![]));
    assert_eq!(look(&blue, &["Miles Davis", "Kind of Blue"]), (Some((1, By::Both, Some(1.0))), vec![]));
    assert_eq!(look(&strange, &["Harvest Lanterns", "Anthology Band"]), (Some((3, By::Words, None)), vec![]));
    assert_eq!(look(&strange, &["Anthology Band"]), (None, vec![]));
    assert_eq!(look(&between, &[]), (None, vec![]), "two look alike");
    assert_eq!(look(&between, &["MILES DAVIS", "Sketches of Spain"]), (Some((2, By::Words, None)), vec![]));
    assert_eq!(
        look(&blue, &["MILES DAVIS", "Sketches of Spain"]),
        (Some((2, By::Words, None)), vec![]),
        "one artist's covers look alike, the titles do not"
    );
    assert_eq!(
        look(&blue, &["Harvest Lanterns", "Anthology Band"]),
        (None, vec![1, 3]),
        "cover and words name two artists"
    );
    assert_eq!(shop.find(&blue), shop.recognise(&blue, &[]));
}

#[test]
fn what_is_told_of_a_record_says_what_it_was_recognised_by() {
    let shop = shop();
    let json = |embedding: &[f32], texts: &[&str]| {
        serde_json::to_value(shop.recognise(embedding, &lines(texts)).known.expect("known")).expect("JSON")
    };
    let cover = json(&[1.0, 0.0, 0.0, 0.0], &[]);
    assert_eq!((&cover["by"], &cover["similarity"]), (&"cover".into(), &1.0.into()));
    let words = json(&[0.0, 0.0, 0.0, 1.0], &["Harvest Lanterns", "Anthology Band"]);
    assert_eq!(words["by"], "words");
    assert!(words["similarity"].is_null() && words["also"].as_array().is_some_and(Vec::is_empty));
    let several = shop.recognise(&[1.0, 0.0, 0.0, 0.0], &lines(&["Harvest Lanterns", "Anthology Band"]));
    let told = serde_json::to_string(&several.candidates[1]).expect("JSON");
    assert_eq!(
        told,
        r#"{"id":3,"artist":"Anthology Band","title":"Harvest Lanterns","year":null,"shelf":""}"#
    );
}

/// A word of these syllables: words of two alphabets have no syllable in common.
fn word(syllables: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(syllables), 2..5).prop_map(|parts| parts.concat())
}

const OURS: &[&str] =
    &["ba", "ko", "mi", "lu", "ster", "nor", "vel", "dan", "ri", "pal", "tu", "gen", "sho", "wick"];
const OTHERS: &[&str] = &["zy", "qua", "xe", "hoff", "jju", "yth", "ouz", "zzi", "qi", "xor"];

fn name(syllables: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(word(syllables), 1..4).prop_map(|words| words.join(" "))
}

/// A stock of different artists and titles.
fn stock() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::btree_set((name(OURS), name(OURS)), 1..40).prop_map(|names| {
        let mut seen = BTreeSet::new();
        // No name is part of another: which of the two a sleeve shows would be anyone's guess.
        let squashed = |text: &str| text.replace(' ', "");
        let mut kept: Vec<(String, String)> = Vec::new();
        for (artist, title) in names {
            let words: Vec<String> =
                artist.split(' ').chain(title.split(' ')).map(ToOwned::to_owned).collect();
            let fresh =
                words.iter().all(|word| !seen.contains(word)) && squashed(&artist) != squashed(&title);
            let distinct = words.iter().collect::<BTreeSet<_>>().len() == words.len();
            if fresh && distinct {
                seen.extend(words);
                kept.push((artist, title));
            }
        }
        kept
    })
}

fn placed(texts: &[String]) -> Vec<Line> {
    lines(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Title and artist, each printed as a line, name their record, whatever else is printed.
    #[test]
    fn a_title_and_artist_as_printed_are_found(
        stock in stock(), place in 0_usize..40, around in prop::collection::vec(name(OTHERS), 0..8), at in 0_usize..8
    ) {
        let names: Vec<(&str, &str)> = stock.iter().map(|(artist, title)| (artist.as_str(), title.as_str())).collect();
        let index = index(&names);
        let place = place % stock.len();
        let mut texts = around;
        texts.insert(at.min(texts.len()), stock[place].0.to_uppercase());
        texts.insert(at.min(texts.len()), stock[place].1.clone());
        let found = index.find(&WordRule::default(), &placed(&texts));
        let id = found.known.map(|record| record.id);
        prop_assert_eq!(id, Some(place as i64 + 1), "{:?} in {:?}: {:?}", texts, stock, found.candidates);
    }

    /// Words of no record name none.
    #[test]
    fn words_of_no_record_find_none(stock in stock(), texts in prop::collection::vec(name(OTHERS), 0..12)) {
        let names: Vec<(&str, &str)> = stock.iter().map(|(artist, title)| (artist.as_str(), title.as_str())).collect();
        let found = index(&names).find(&WordRule::default(), &placed(&texts));
        prop_assert!(found.known.is_none() && found.candidates.is_empty());
    }

    /// The order of the lines, and of the records, changes nothing.
    #[test]
    fn the_order_of_lines_does_not_matter(
        stock in stock(), texts in prop::collection::vec(name(OURS), 0..12), turn in 0_usize..12
    ) {
        let records: Vec<Arc<Record>> =
            stock.iter().zip(1..).map(|((artist, title), id)| record(id, artist, title)).collect();
        let mut lines = placed(&texts);
        lines.extend(placed(&[stock[0].1.clone(), stock[0].0.clone()]));
        let index = WordIndex::of(records.iter());
        let first = index.find(&WordRule::default(), &lines);
        let turn = turn % lines.len();
        lines.rotate_left(turn);
        prop_assert_eq!(&index.find(&WordRule::default(), &lines), &first);
        lines.reverse();
        prop_assert_eq!(&index.find(&WordRule::default(), &lines), &first);
    }
}

/// Names of invented words, from a seed.
struct Inventor(fastrand::Rng);

impl Inventor {
    fn word(&mut self) -> String {
        const ONSETS: [&str; 18] =
            ["b", "br", "c", "d", "f", "g", "gr", "h", "l", "m", "n", "p", "r", "s", "st", "t", "v", "w"];
        const RHYMES: [&str; 16] =
            ["a", "an", "ar", "e", "el", "en", "er", "i", "in", "is", "o", "on", "or", "u", "um", "ay"];
        let syllables = self.0.usize(2..4);
        (0..syllables)
            .map(|_| format!("{}{}", ONSETS[self.0.usize(..18)], RHYMES[self.0.usize(..16)]))
            .collect()
    }

    fn name(&mut self, words: std::ops::Range<usize>) -> String {
        let count = self.0.usize(words);
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    /// A text as a recogniser gives it: one letter in thirty is another, and one space in ten is lost.
    fn misread(&mut self, text: &str) -> String {
        let mut read = String::new();
        for letter in text.to_uppercase().chars() {
            match self.0.u8(..60) {
                0..2 if letter != ' ' => read.push(char::from(self.0.u8(b'A'..=b'Z'))),
                2..8 if letter == ' ' => {}
                _ => read.push(letter),
            }
        }
        read
    }

    /// The lines of a sleeve: artist and title, each in one line or two, and other text.
    fn sleeve(&mut self, artist: &str, title: &str) -> Vec<Line> {
        let mut texts = Vec::new();
        for name in [artist, title] {
            match name.split_once(' ').filter(|_| self.0.u8(..4) == 0) {
                Some((first, second)) => texts.extend([first.to_owned(), second.to_owned()]),
                None => texts.push(name.to_owned()),
            }
        }
        texts.push(self.name(1..4));
        texts.push("STEREO".into());
        let texts: Vec<String> = texts.iter().map(|text| self.misread(text)).collect();
        placed(&texts)
    }
}

/// A stock of 2,000 records by their names alone; as many sleeves of theirs, and as many of others, half of these by
/// artists whom the stock has.
#[test]
fn two_thousand_records_without_pictures_are_known_and_strangers_are_not() {
    let mut inventor = Inventor(fastrand::Rng::with_seed(18));
    let artists: Vec<String> = (0..900).map(|_| inventor.name(1..4)).collect();
    let records: Vec<Arc<Record>> =
        (0..2000).map(|id| record(id, &artists[id as usize % artists.len()], &inventor.name(1..5))).collect();
    let index = WordIndex::of(records.iter());
    let rule = WordRule::default();
    let (mut known, mut wrong, mut claimed) = (0, 0, 0);
    for record in &records {
        let sleeve = inventor.sleeve(&record.details.artist, &record.details.title);
        match index.find(&rule, &sleeve).known {
            Some(said) if said.id == record.id => known += 1,
            Some(_) => wrong += 1,
            None => {}
        }
        let artist =
            if inventor.0.bool() { artists[inventor.0.usize(..900)].clone() } else { inventor.name(1..4) };
        let title = inventor.name(1..5);
        claimed += usize::from(index.find(&rule, &inventor.sleeve(&artist, &title)).known.is_some());
    }
    assert!(known >= 1800, "{known} of 2000 are known");
    assert!(wrong <= 10, "{wrong} of 2000 are taken for another record");
    assert!(claimed <= 10, "{claimed} of 2000 strangers are claimed");
}
