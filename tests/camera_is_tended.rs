//! A camera that fails is said to, and is there again within five seconds, however it failed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use image::{Rgb, RgbImage};
use proptest::prelude::*;
use sleevesight::camera::{Camera, CameraError, Patience, Tended};
use sleevesight::frame::Frame;

use crate::fakes::{Answer, dropped, gone};

/// From one frame to the next.
const FRAME: Duration = Duration::from_millis(66);

/// Time that passes when someone waits, and with each frame.
#[derive(Clone, Default)]
struct MadeUpTime(Arc<Mutex<Duration>>);

impl MadeUpTime {
    fn pass(&self, time: Duration) {
        *self.0.lock().expect("nobody panicked") += time;
    }
}

impl Patience for MadeUpTime {
    fn now(&self) -> Duration {
        *self.0.lock().expect("nobody panicked")
    }

    fn wait(&mut self, time: Duration) {
        self.pass(time);
    }
}

/// What a camera does from the time it is opened.
#[derive(Clone, Copy, Debug)]
enum Mood {
    /// Good frames, as many.
    Well(u32),
    /// Frames that are black, cut short, or of another size than the first, for this long.
    Black(u32),
    Short(u32),
    Small(u32),
    /// It delivers nothing until its driver's patience is at its end.
    Stalls,
    /// It is unplugged.
    Vanishes,
    /// It cannot be opened, so often; what it did before comes after that.
    Absent(u32),
}

/// A camera that does one thing after the other, however often it is opened.
#[derive(Clone)]
struct Moody {
    moods: Arc<Mutex<VecDeque<Mood>>>,
    time: MadeUpTime,
    /// Since it was opened.
    at: Duration,
}

fn picture(side: u32, level: u8) -> Answer {
    Ok(Some(Frame::still(RgbImage::from_pixel(side, side, Rgb([level; 3])), "cam".into())))
}

impl Moody {
    fn of(moods: &[Mood]) -> Self {
        let moods = Arc::new(Mutex::new(moods.iter().copied().collect()));
        Self { moods, time: MadeUpTime::default(), at: Duration::ZERO }
    }

    fn open(&self) -> Result<Box<dyn Camera + Send>, CameraError> {
        let mut moods = self.moods.lock().expect("nobody panicked");
        if let Some(Mood::Absent(times)) = moods.front_mut() {
            *times -= 1;
            if *times == 0 {
                moods.pop_front();
            }
            return Err(CameraError::NotFound { path: "/dev/video0".into() });
        }
        Ok(Box::new(Self { at: Duration::ZERO, ..self.clone() }))
    }

    fn tended(&self) -> Tended<'_> {
        Tended::with_patience(|| self.open(), self.time.clone())
    }
}

impl Camera for Moody {
    fn next(&mut self) -> Answer {
        let mut moods = self.moods.lock().expect("nobody panicked");
        self.time.pass(FRAME);
        self.at += FRAME;
        let Some(mood) = moods.front_mut() else { return Ok(None) };
        let answer = match mood {
            Mood::Well(_) => picture(16, 120),
            Mood::Black(_) => picture(16, 3),
            Mood::Short(_) => dropped("7"),
            Mood::Small(_) => picture(8, 120),
            Mood::Stalls => {
                self.time.pass(Duration::from_secs(2));
                Err(CameraError::TimedOut { path: "/dev/video0".into(), millis: 2000 })
            }
            Mood::Vanishes => gone(),
            // It is there, and will not be opened the next time.
            Mood::Absent(_) => return gone(),
        };
        if let Mood::Well(left) | Mood::Black(left) | Mood::Short(left) | Mood::Small(left) = mood
            && *left > 1
        {
            *left -= 1;
        } else {
            moods.pop_front();
        }
        answer.map(|frame| frame.map(|frame| Frame { at: self.at, ..frame }))
    }
}

/// Asks until the camera has come to its end. Each answer comes with the time.
fn all(camera: &Moody) -> Vec<(Duration, Answer)> {
    let mut tended = camera.tended();
    let mut answers = Vec::new();
    loop {
        let answer = tended.next();
        if matches!(answer, Ok(None)) {
            return answers;
        }
        assert!(
            matches!(answer, Ok(_) | Err(CameraError::Dropped { .. } | CameraError::Mending(_))),
            "nothing ends it: {answer:?}"
        );
        answers.push((camera.time.now(), answer));
    }
}

/// The sentences that are said, each once.
fn said(answers: &[(Duration, Answer)]) -> Vec<String> {
    let mut said: Vec<String> =
        answers.iter().filter_map(|(_, answer)| Some(answer.as_ref().err()?.to_string())).collect();
    said.dedup();
    said
}

#[test]
fn what_is_wrong_is_said_in_one_sentence() {
    for (moods, sentence) in [
        (&[Mood::Vanishes][..], "the camera /dev/video0 is gone; plug it in again"),
        (
            &[Mood::Stalls],
            "the camera /dev/video0 delivered no frame in 2000 ms; unplug it and plug it in again",
        ),
        (&[Mood::Absent(2)], "there is no camera at /dev/video0; plug it in"),
        (&[Mood::Black(40)], "the pictures of the camera cam are black; take off its lens cap"),
        (&[Mood::Short(1)], "7: cut short"),
        (
            &[Mood::Small(1)],
            "cam: the camera delivered 8 x 8 pixels where it had 16 x 16; the frame is dropped",
        ),
        (
            &[Mood::Short(40)],
            "none of the frames of the last two seconds could be used; of the last, 7: cut short",
        ),
    ] {
        let moods: Vec<Mood> = [&[Mood::Well(3)], moods, &[Mood::Well(3)]].concat();
        let said = said(&all(&Moody::of(&moods)));
        assert!(said.iter().any(|said| said.starts_with(sentence)), "{moods:?} says {said:?}");
    }
}

#[test]
fn a_camera_that_is_not_there_from_the_start_is_an_error_at_once() {
    let camera = Moody::of(&[Mood::Absent(9)]);
    assert!(matches!(camera.tended().opened().err(), Some(CameraError::NotFound { .. })));
    assert_eq!(camera.time.now(), Duration::ZERO, "nobody waited");
}

#[test]
fn a_camera_that_stays_away_is_looked_for_every_other_second_and_no_more_often() {
    let camera = Moody::of(&[Mood::Well(1), Mood::Vanishes, Mood::Absent(100), Mood::Well(1)]);
    let times: Vec<Duration> = all(&camera).into_iter().map(|(at, _)| at).collect();
    let pauses: Vec<Duration> = times.windows(2).map(|pair| pair[1] - pair[0]).skip(1).collect();
    assert!(pauses.windows(2).take(90).all(|pair| pair[0] <= pair[1]), "they grow: {pauses:?}");
    assert_eq!(
        pauses.iter().max(),
        Some(&(Duration::from_secs(2) + FRAME)),
        "to two seconds, and the first frame"
    );
}

#[test]
fn a_night_of_black_pictures_is_one_sentence_and_few_openings() {
    let camera = Moody::of(&[Mood::Well(3), Mood::Black(20_000), Mood::Well(3)]);
    let answers = all(&camera);
    assert_eq!(said(&answers).len(), 1, "in twenty minutes");
    assert!(matches!(answers.last(), Some((_, Ok(Some(_))))));
}

fn any_mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        3 => (1..30_u32).prop_map(Mood::Well),
        1 => (1..60_u32).prop_map(Mood::Black),
        1 => (1..60_u32).prop_map(Mood::Short),
        1 => (1..60_u32).prop_map(Mood::Small),
        1 => Just(Mood::Stalls),
        1 => Just(Mood::Vanishes),
        1 => (1..12_u32).prop_map(Mood::Absent),
    ]
}

proptest! {
    #[test]
    fn it_is_there_again_within_five_seconds_of_being_well(moods in prop::collection::vec(any_mood(), 0..12)) {
        // A camera that is well for long enough to be found again: it is asked for every other second.
        let moods: Vec<Mood> = moods.into_iter().chain([Mood::Well(200)]).collect();
        let answers = all(&Moody::of(&moods));
        let end = answers.last().expect("there are some").0;
        let well = end - FRAME * 200;
        let first = answers.iter().find(|(at, answer)| *at >= well && matches!(answer, Ok(Some(_))));
        prop_assert!(first.expect("it comes back").0 - well <= Duration::from_secs(5));
        prop_assert!(matches!(answers.last(), Some((_, Ok(Some(_))))));
    }

    #[test]
    fn time_goes_on_whatever_happens(moods in prop::collection::vec(any_mood(), 0..12)) {
        let answers = all(&Moody::of(&moods));
        let times: Vec<Duration> =
            answers.iter().filter_map(|(_, answer)| Some(answer.as_ref().ok()?.as_ref()?.at)).collect();
        prop_assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    }
}
