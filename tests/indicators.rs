//! What is said is what is shown: on lamps and on the console.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use embedded_hal::digital::{ErrorType, OutputPin};
use embedded_hal_mock::eh1::MockError;
use embedded_hal_mock::eh1::digital::{Mock, State, Transaction};
use proptest::prelude::*;
use sleevesight::indicator::{Console, Indicator, Lamps};
use sleevesight::network::{Family, Genre};
use sleevesight::sighting::{Millis, Sighting};
use sleevesight::verdict::{FamilyLikelihood, Likelihood, Verdict, Word};

const GENRES: [(&str, &str); 4] =
    [("jazz", "Jazz"), ("rock", "Rock"), ("pop", "Pop"), ("classical", "Classical music")];

fn likelihoods(probabilities: [f32; 4]) -> Vec<Likelihood> {
    let mut genres: Vec<Likelihood> = GENRES
        .iter()
        .zip(probabilities)
        .map(|((id, en), probability)| {
            let family = if ["rock", "pop"].contains(id) { "rock & pop" } else { id };
            let genre = Genre {
                id: (*id).into(),
                family: family.into(),
                en: (*en).into(),
                ru: (*en).into(),
                color: "#c9a227".into(),
            };
            Likelihood { genre: Arc::new(genre), probability }
        })
        .collect();
    genres.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    genres
}

fn rock_and_pop(probability: f32) -> FamilyLikelihood {
    let family = Family { id: "rock & pop".into(), en: "Rock & pop".into(), ru: "Рок и поп".into() };
    FamilyLikelihood { family: Arc::new(family), probability }
}

fn sighting(name: &str, probabilities: [f32; 4], word: impl FnOnce(&[Likelihood]) -> Word) -> Sighting {
    let genres = likelihoods(probabilities);
    let verdict = Verdict { word: word(&genres), genres, families: Vec::new() };
    Sighting { name: name.into(), outline: None, verdict, millis: Millis::default() }
}

fn the_likeliest(genres: &[Likelihood]) -> Word {
    Word::Genre(genres[0].clone())
}

fn jazz(name: &str) -> Sighting {
    sighting(name, [0.731, 0.12, 0.05, 0.099], the_likeliest)
}

fn rock(name: &str) -> Sighting {
    sighting(name, [0.2, 0.6, 0.1, 0.1], the_likeliest)
}

/// What a console without colours writes.
fn written(sightings: &[Sighting]) -> String {
    let mut console = Console::new(Vec::new(), false);
    for sighting in sightings {
        console.show(sighting).expect("memory takes it");
    }
    String::from_utf8(console.into_inner()).expect("text")
}

#[test]
fn a_genre_is_a_lamp_a_bar_and_what_else_it_might_be() {
    assert_eq!(
        written(&[jazz("a.jpg")]),
        "● Jazz            ███████████████░░░░░  73 %  Rock 12 %, Classical music 10 %  a.jpg\n"
    );
}

#[test]
fn what_is_no_genre_is_said_in_words() {
    let family = Word::Family(rock_and_pop(0.8));
    let said = written(&[
        sighting("a.jpg", [0.2, 0.4, 0.3, 0.1], |_| Word::Unsure),
        sighting("b.jpg", [0.1, 0.5, 0.3, 0.1], |_| family),
        sighting("c.jpg", [0.25; 4], |_| Word::Nothing),
    ]);
    assert_eq!(
        said,
        "○ unsure: maybe Rock, Pop or Jazz  a.jpg\n\
         ◐ Rock & pop, 80 %: Rock 50 %, Pop 30 %  b.jpg\n\
         ○ no sleeve  c.jpg\n"
    );
}

#[test]
fn a_line_is_written_when_the_frame_or_the_verdict_is_another() {
    let surer = sighting("cam", [0.9, 0.1, 0.0, 0.0], the_likeliest);
    assert_eq!(written(&[jazz("cam"), surer.clone(), jazz("cam")]).lines().count(), 1);
    assert_eq!(written(&[jazz("cam"), rock("cam"), jazz("cam")]).lines().count(), 3);
    assert_eq!(written(&[jazz("a.jpg"), jazz("b.jpg")]).lines().count(), 2);

    let mut console = Console::new(Vec::new(), false);
    for _ in 0..2 {
        console.show(&jazz("cam")).expect("memory takes it");
        console.clear().expect("memory takes it");
    }
    assert_eq!(console.into_inner().iter().filter(|byte| **byte == b'\n').count(), 2);
}

#[test]
fn the_lamp_has_the_genres_colour_and_only_where_colours_are_wanted() {
    let mut console = Console::new(Vec::new(), true);
    console.show(&jazz("a.jpg")).expect("memory takes it");
    let coloured = String::from_utf8(console.into_inner()).expect("text");
    assert!(coloured.starts_with("\x1b[38;2;201;162;39m●\x1b[0m Jazz"), "{coloured:?}");
    assert!(!written(&[jazz("a.jpg")]).contains('\x1b'));
}

#[test]
fn a_files_name_cannot_command_the_terminal() {
    let said = written(&[jazz("\x1b]0;title\x07\n.jpg")]);
    assert_eq!(said.chars().filter(|letter| letter.is_control()).count(), 1, "{said:?}");
}

#[test]
fn a_console_that_is_closed_is_an_error_and_no_panic() {
    let mut room = [0_u8; 4];
    let mut nowhere = Console::new(&mut room[..], false);
    let error = nowhere.show(&jazz("a.jpg")).expect_err("there is no room");
    assert!(error.to_string().starts_with("the console did not answer ("), "{error}");
}

fn set(level: State) -> Transaction {
    Transaction::set(level)
}

#[test]
fn a_lamp_is_put_out_before_another_is_lit() {
    use State::{High, Low};
    let mut jazz_pin = Mock::new(&[set(High), set(Low), set(Low)]);
    let mut rock_pin = Mock::new(&[set(Low), set(High), set(Low)]);
    let mut sure_pin = Mock::new(&[set(High), set(High), set(Low)]);
    let pins = [("jazz".to_owned(), jazz_pin.clone()), ("rock".to_owned(), rock_pin.clone())];
    let mut lamps = Lamps::new(pins, Some(sure_pin.clone()), false);
    lamps.show(&jazz("a.jpg")).expect("the pins answer");
    lamps.show(&rock("b.jpg")).expect("the pins answer");
    lamps.clear().expect("the pins answer");
    for pin in [&mut jazz_pin, &mut rock_pin, &mut sure_pin] {
        pin.done();
    }
}

#[test]
fn active_low_lamps_are_lit_by_a_low_level() {
    use State::{High, Low};
    let mut jazz_pin = Mock::new(&[set(Low), set(High)]);
    let mut sure_pin = Mock::new(&[set(Low), set(High)]);
    let mut lamps = Lamps::new([("jazz".to_owned(), jazz_pin.clone())], Some(sure_pin.clone()), true);
    lamps.show(&jazz("a.jpg")).expect("the pins answer");
    lamps.clear().expect("the pins answer");
    jazz_pin.done();
    sure_pin.done();
}

#[test]
fn a_lamp_that_fails_is_named_and_keeps_no_other_dark() {
    use State::{High, Low};
    let broken = MockError::Io(std::io::ErrorKind::NotConnected);
    let mut jazz_pin = Mock::new(&[set(Low).with_error(broken)]);
    let mut rock_pin = Mock::new(&[set(High)]);
    let mut sure_pin = Mock::new(&[set(High)]);
    let pins = [("jazz".to_owned(), jazz_pin.clone()), ("rock".to_owned(), rock_pin.clone())];
    let mut lamps = Lamps::new(pins, Some(sure_pin.clone()), false);
    let error = lamps.show(&rock("a.jpg")).expect_err("a broken lamp");
    assert_eq!(error.indicator, "lamp `jazz`");
    for pin in [&mut jazz_pin, &mut rock_pin, &mut sure_pin] {
        pin.done();
    }
}

/// A pin whose level can be seen from outside, and a count of how many are high at once.
#[derive(Clone)]
struct Pin {
    high: Rc<Cell<bool>>,
    together: Rc<Cell<i32>>,
    most: Rc<Cell<i32>>,
}

impl ErrorType for Pin {
    type Error = Infallible;
}

impl OutputPin for Pin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

impl Pin {
    fn set(&self, high: bool) {
        if self.high.replace(high) != high {
            self.together.set(self.together.get() + if high { 1 } else { -1 });
        }
        self.most.set(self.most.get().max(self.together.get()));
    }
}

fn any_word() -> impl Strategy<Value = Word> {
    let genres = likelihoods([0.4, 0.3, 0.2, 0.1]);
    let family = rock_and_pop(0.5);
    prop_oneof![
        4 => (0..genres.len()).prop_map(move |place| Word::Genre(genres[place].clone())),
        1 => Just(Word::Family(family)),
        1 => Just(Word::Unsure),
        1 => Just(Word::Nothing),
    ]
}

proptest! {
    /// Three genres of four have a lamp.
    #[test]
    fn at_most_one_genre_is_lit_and_it_is_the_one_said_last(words in prop::collection::vec(any_word(), 1..20)) {
        let (together, most) = (Rc::default(), Rc::default());
        let pin = || Pin { high: Rc::default(), together: Rc::clone(&together), most: Rc::clone(&most) };
        let pins: Vec<(String, Pin)> = GENRES[..3].iter().map(|(id, _)| ((*id).to_owned(), pin())).collect();
        let sure = Pin { together: Rc::default(), most: Rc::default(), ..pin() };
        let mut lamps = Lamps::new(pins.clone(), Some(sure.clone()), false);
        for word in words {
            lamps.show(&sighting("cam", [0.25; 4], |_| word.clone())).expect("the pins answer");
            let said = match &word {
                Word::Genre(likely) => Some(likely.genre.id.as_str()),
                _ => None,
            };
            for (id, pin) in &pins {
                prop_assert_eq!(pin.high.get(), said == Some(id.as_str()), "{} after {:?}", id, word);
            }
            prop_assert_eq!(sure.high.get(), said.is_some());
        }
        prop_assert!(most.get() <= 1, "never two at once, not for a moment");
        lamps.clear().expect("the pins answer");
        prop_assert!(pins.iter().all(|(_, pin)| !pin.high.get()) && !sure.high.get());
    }
}
