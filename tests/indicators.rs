//! What is said is what is shown: on lamps and on the console.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use embedded_hal::digital::{ErrorType, OutputPin};
use embedded_hal::i2c::{self, ErrorKind, I2c, NoAcknowledgeSource, Operation};
use embedded_hal_mock::eh1::MockError;
use embedded_hal_mock::eh1::digital::{Mock, State, Transaction};
use embedded_hal_mock::eh1::spi::{Mock as SpiMock, Transaction as SpiTransaction};
use proptest::prelude::*;
use sleevesight::indicator::{Console, Indicator, Lamps, Oled, Page, Strip, StripSettings};
use sleevesight::network::{Bundle, Family, Genre};
use sleevesight::sighting::{Millis, Sighting};
use sleevesight::station::{Phase, State as Scene};
use sleevesight::verdict::{FamilyLikelihood, Likelihood, Verdict, Word};
use sleevesight::words::{Album, WordEvidence};

use crate::fakes::{Canvas, Wire, named};

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
                ru: if *id == "jazz" { "Джаз".into() } else { (*en).into() },
                color: "#c9a227".into(),
                prior: None,
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
    let verdict = Verdict::new(word(&genres), genres, Vec::new());
    Sighting { name: name.into(), outline: None, cover: None, verdict, millis: Millis::default() }
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

/// The station at saying this.
fn saying(sighting: &Sighting) -> Scene {
    let phase = if sighting.verdict.word == Word::Nothing { Phase::Empty } else { Phase::Said };
    Scene { phase, sighting: Some(Arc::new(sighting.clone())), ..Scene::default() }
}

/// The station at this, so long after its start.
fn at(phase: Phase, millis: u64) -> Scene {
    Scene { phase, at: Duration::from_millis(millis), ..Scene::default() }
}

/// The station in trouble, so long after its start.
fn in_trouble(millis: u64) -> Scene {
    Scene { trouble: Some("the camera is gone".into()), ..at(Phase::Waking, millis) }
}

/// What a console without colours writes.
fn written(sightings: &[Sighting]) -> String {
    let mut console = Console::new(Vec::new(), false);
    for sighting in sightings {
        console.show(&saying(sighting)).expect("memory takes it");
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
fn an_artist_and_an_album_that_are_known_by_their_words_are_on_the_line() {
    let evidence = named(0, 0.95);
    let album =
        Album { artist: "Miles\u{1b}[2J Davis".into(), title: "Kind of Blue".into(), year: Some(1959) };
    let read = |evidence: &WordEvidence| {
        let plain = jazz("cam");
        Sighting { verdict: plain.verdict.clone().with_words(evidence), ..plain }
    };
    let artist = read(&evidence);
    let both = read(&WordEvidence { album: Some(album), ..evidence });
    let lines = written(&[jazz("cam"), artist.clone(), artist, both]);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 3, "a line for each that says more: {lines:?}");
    assert!(!lines[0].contains("it says"));
    assert!(lines[1].ends_with("  it says Artist 0  cam"), "{lines:?}");
    assert!(lines[2].ends_with("  it says Miles[2J Davis: Kind of Blue, 1959  cam"), "{lines:?}");
}

#[test]
fn a_line_is_written_when_the_frame_or_the_verdict_is_another() {
    let surer = sighting("cam", [0.9, 0.1, 0.0, 0.0], the_likeliest);
    assert_eq!(written(&[jazz("cam"), surer.clone(), jazz("cam")]).lines().count(), 1);
    assert_eq!(written(&[jazz("cam"), rock("cam"), jazz("cam")]).lines().count(), 3);
    assert_eq!(written(&[jazz("a.jpg"), jazz("b.jpg")]).lines().count(), 2);

    let mut console = Console::new(Vec::new(), false);
    for _ in 0..2 {
        console.show(&saying(&jazz("cam"))).expect("memory takes it");
        console.clear().expect("memory takes it");
    }
    assert_eq!(console.into_inner().iter().filter(|byte| **byte == b'\n').count(), 2);
}

#[test]
fn the_lamp_has_the_genres_colour_and_only_where_colours_are_wanted() {
    let mut console = Console::new(Vec::new(), true);
    console.show(&saying(&jazz("a.jpg"))).expect("memory takes it");
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
    let error = nowhere.show(&saying(&jazz("a.jpg"))).expect_err("there is no room");
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
    lamps.show(&saying(&jazz("a.jpg"))).expect("the pins answer");
    lamps.show(&saying(&rock("b.jpg"))).expect("the pins answer");
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
    lamps.show(&saying(&jazz("a.jpg"))).expect("the pins answer");
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
    let error = lamps.show(&saying(&rock("a.jpg"))).expect_err("a broken lamp");
    assert_eq!(error.indicator, "lamp `jazz`");
    for pin in [&mut jazz_pin, &mut rock_pin, &mut sure_pin] {
        pin.done();
    }
}

#[test]
fn busy_is_lit_while_a_sleeve_is_read_and_blinks_in_trouble() {
    use State::{High, Low};
    let mut busy_pin = Mock::new(&[High, High, Low, High, Low, Low].map(set));
    let mut lamps = Lamps::new([], None, false).busy(Some(busy_pin.clone()));
    for scene in [
        at(Phase::Moving, 0),
        at(Phase::Settling, 100),
        saying(&jazz("a.jpg")),
        in_trouble(1000),
        in_trouble(1250),
    ] {
        lamps.show(&scene).expect("the pin answers");
    }
    lamps.clear().expect("the pin answers");
    busy_pin.done();
}

#[test]
fn a_genre_is_a_number_that_changes_while_sure_is_out() {
    use State::{High, Low};
    // Rock is the second genre, pop the third; the least bit comes first.
    let mut bits = [Mock::new(&[Low, High, Low].map(set)), Mock::new(&[High, High, Low].map(set))];
    let mut sure_pin = Mock::new(&[High, High, Low].map(set));
    let ids = GENRES.map(|(id, _)| id.to_owned()).to_vec();
    let mut lamps = Lamps::new([], Some(sure_pin.clone()), false).coded(ids, bits.to_vec());
    lamps.show(&saying(&rock("a.jpg"))).expect("the pins answer");
    let pop = sighting("b.jpg", [0.1, 0.1, 0.7, 0.1], the_likeliest);
    lamps.show(&saying(&pop)).expect("the pins answer");
    lamps.clear().expect("the pins answer");
    bits.iter_mut().chain([&mut sure_pin]).for_each(Mock::done);
}

#[test]
fn a_genre_whose_number_does_not_fit_lights_none_of_the_code_lines() {
    use State::{High, Low};
    // Classical music is the fourth genre: two lines count to three.
    let mut bits = [Mock::new(&[Low; 4].map(set)), Mock::new(&[High, Low, Low, Low].map(set))];
    let mut sure_pin = Mock::new(&[High, Low, High, Low].map(set));
    let ids = GENRES.map(|(id, _)| id.to_owned()).to_vec();
    let mut lamps = Lamps::new([], Some(sure_pin.clone()), false).coded(ids, bits.to_vec());
    lamps.show(&saying(&rock("a.jpg"))).expect("the pins answer");
    lamps.clear().expect("the pins answer");
    let classical = sighting("b.jpg", [0.1, 0.1, 0.1, 0.7], the_likeliest);
    lamps.show(&saying(&classical)).expect("the pins answer");
    lamps.clear().expect("the pins answer");
    bits.iter_mut().chain([&mut sure_pin]).for_each(Mock::done);
}

/// What a strip of two lights is sent for a state: blue, green, red of each.
fn lights(scene: &Scene) -> Vec<u8> {
    let sent = Rc::new(RefCell::new(Vec::new()));
    let settings = StripSettings { lights: 2, brightness: 255, ..StripSettings::default() };
    Strip::new(Wire(Rc::clone(&sent)), &settings).show(scene).expect("the wire takes it");
    let sent = sent.borrow();
    assert_eq!(sent.len(), 4 + 2 * 4 + 4, "a start, two lights, an end");
    assert_eq!((&sent[..5], sent[8], &sent[12..]), (&[0, 0, 0, 0, 0xff][..], 0xff, &[0; 4][..]));
    assert_eq!(sent[5..8], sent[9..12], "both alike");
    sent[5..8].to_vec()
}

#[test]
fn a_strip_has_the_genres_colour_brighter_the_likelier_it_is() {
    let likely = lights(&saying(&sighting("a", [0.9, 0.1, 0.0, 0.0], the_likeliest)));
    let less = lights(&saying(&sighting("a", [0.5, 0.3, 0.2, 0.0], the_likeliest)));
    let [blue, green, red] = likely[..] else { panic!("three channels") };
    assert!(red > green && green > blue, "#c9a227: {likely:?}");
    assert!(
        less.iter().zip(&likely).all(|(less, more)| less <= more) && less != likely,
        "{less:?} {likely:?}"
    );
    assert_eq!(lights(&saying(&sighting("a", [0.25; 4], |_| Word::Nothing))), [0; 3]);
}

#[test]
fn a_strip_breathes_while_a_sleeve_is_read_and_blinks_red_in_trouble() {
    let breath: Vec<u8> = (0..32).map(|step| lights(&at(Phase::Settling, 50 * step))[0]).collect();
    let steps = breath.windows(2).map(|pair| pair[0].abs_diff(pair[1]));
    assert!(
        steps.max() < Some(20) && breath[0] < breath[16] && breath[0].abs_diff(breath[31]) < 5,
        "{breath:?}"
    );
    assert_eq!((lights(&in_trouble(0)), lights(&in_trouble(500))), (vec![0, 0, 255], vec![0; 3]));
}

#[test]
fn a_strip_is_sent_nothing_while_nothing_changes_and_everything_after_a_failure() {
    let dark: Vec<_> = [&[0; 4][..], &[0xff, 0, 0, 0], &[0], &[0], &[0], &[0]]
        .map(|bytes| SpiTransaction::write_vec(bytes.to_vec()))
        .to_vec();
    let mut spi = SpiMock::new(&dark);
    let mut strip = Strip::new(spi.clone(), &StripSettings { lights: 1, ..StripSettings::default() });
    strip.show(&at(Phase::Empty, 0)).expect("the bus takes it");
    strip.show(&at(Phase::Empty, 900)).expect("the bus takes it");
    strip.clear().expect("the bus takes it");
    spi.done();
}

/// A display's bus: it keeps what is written and can be unplugged.
#[derive(Clone, Default)]
struct Bus {
    sent: Rc<RefCell<Vec<u8>>>,
    unplugged: Rc<Cell<bool>>,
}

impl i2c::ErrorType for Bus {
    type Error = ErrorKind;
}

impl I2c for Bus {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), ErrorKind> {
        if self.unplugged.get() {
            return Err(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address));
        }
        assert_eq!(address, 0x3c);
        for operation in operations {
            let Operation::Write(bytes) = operation else { panic!("a display is not read") };
            self.sent.borrow_mut().extend(bytes.iter());
        }
        Ok(())
    }
}

#[test]
fn a_display_is_sent_a_page_once_and_all_anew_after_it_was_without_power() {
    let bus = Bus::default();
    let mut oled = Oled::new(bus.clone(), 0x3c);
    oled.show(&saying(&jazz("a.jpg"))).expect("it answers");
    let first = bus.sent.take();
    assert_eq!(first[..2], [0, 0xae], "it is switched off before it is set up");
    oled.show(&saying(&jazz("a.jpg"))).expect("it answers");
    assert!(bus.sent.borrow().is_empty(), "nothing has changed");

    bus.unplugged.set(true);
    let error = oled.show(&saying(&rock("a.jpg"))).expect_err("it is unplugged");
    assert!(error.to_string().starts_with("the display did not answer"), "{error}");
    bus.unplugged.set(false);
    oled.show(&saying(&jazz("a.jpg"))).expect("it answers");
    assert_eq!(*bus.sent.borrow(), first, "as if it were new");
}

#[test]
fn a_page_says_the_genre_in_two_languages_or_what_to_do() {
    let page = |scene: &Scene| {
        let page = Page::of(scene);
        (page.en, page.ru, page.probability)
    };
    let genre = page(&saying(&jazz("a.jpg")));
    assert_eq!(genre, ("Jazz".into(), "Джаз".into(), Some(0.731)));
    let words = |scene: &Scene| page(scene).1;
    assert_eq!(words(&at(Phase::Empty, 0)), "Покажите обложку");
    assert_eq!(words(&at(Phase::Moving, 0)), "Держите ровно");
    assert_eq!(words(&in_trouble(0)), "Нет камеры");
    assert_eq!(words(&saying(&sighting("a", [0.25; 4], |_| Word::Unsure))), "Трудно сказать");
}

/// What a page lights.
fn drawn(en: &str, ru: &str, probability: Option<f32>) -> Vec<Vec<bool>> {
    let mut canvas = Canvas::default();
    let page = Page { en: en.into(), ru: ru.into(), probability };
    page.draw(&mut canvas).expect("memory takes it");
    canvas.0
}

#[test]
fn every_genre_fits_on_the_display_in_letters_that_it_has() {
    let bundle = Bundle::open(&crate::common::root().join("models/default")).expect("the shipped bundle");
    // What the font has no letter for is drawn as a question mark.
    let question = drawn("?", "?", None);
    for genre in &bundle.genres {
        let drawn = drawn(&genre.en, &genre.ru, Some(0.5));
        for rows in [&drawn[..24], &drawn[24..48]] {
            assert!(rows.iter().flatten().any(|lit| *lit), "{} is written", genre.id);
        }
    }
    for letter in ('А'..='я').chain(['Ё', 'ё']).chain('A'..='z') {
        let letter = letter.to_string();
        assert_ne!(drawn(&letter, &letter, None), question, "{letter}");
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
            lamps.show(&saying(&sighting("cam", [0.25; 4], |_| word.clone()))).expect("the pins answer");
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
