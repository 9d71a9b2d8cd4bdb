//! When a sleeve is read, when something is said of it, and how long that holds: laws of the station's state
//! machine, at any frame rate, with time that the test makes up.

use std::time::Duration;

use proptest::prelude::*;
use sleevesight::station::{CALM, DRIFT, DWELL, GAP, GONE, Glimpse, Phase, Presence, STILL, Wish};

use crate::fakes::{reading, square};

const SIDE: f32 = 40.0;

/// What is before the camera for a while.
#[derive(Clone, Copy, Debug)]
enum Scene {
    Empty,
    /// A sleeve of this genre at rest, with hands that tremble by a hundredth of its side.
    Still(usize),
    /// One that is moved by half of its side between two frames.
    Moved(usize),
}

/// A time, what is seen then, and of what.
type Moment = (Duration, Scene, Glimpse);

/// What comes of a row of moments.
#[derive(Debug, Default)]
struct Record {
    phases: Vec<Phase>,
    /// For each moment, whether it was read.
    read: Vec<bool>,
    /// The times at which something was said, and which genre.
    said: Vec<(Duration, usize)>,
}

fn moments(scenes: &[(Scene, u32)], interval: Duration) -> Vec<Moment> {
    let mut moments = Vec::new();
    let mut at = Duration::from_secs(5);
    for (scene, frames) in scenes {
        for frame in 0..*frames {
            let outline = match scene {
                Scene::Empty => None,
                Scene::Still(genre) => {
                    Some(square(100.0 * *genre as f32 + 0.01 * SIDE * (frame % 2) as f32, 5.0))
                }
                // Nowhere twice, and never where one is at rest.
                Scene::Moved(_) => Some(square(0.5 * SIDE * moments.len() as f32, 1000.0)),
            };
            let glimpse = Glimpse { at, outline, sharpness: 10.0 };
            moments.push((at, *scene, glimpse));
            at += interval;
        }
    }
    moments
}

/// A sleeve of genre 0 that moves by a part of its side from frame to frame, and never stops.
fn moved(step: f32, interval: Duration, frames: u32) -> Vec<Moment> {
    let mut moments = moments(&[(Scene::Still(0), frames)], interval);
    for (place, (.., glimpse)) in moments.iter_mut().enumerate() {
        glimpse.outline = Some(square(step * SIDE * place as f32, 5.0));
    }
    moments
}

fn watch(moments: &[Moment]) -> Record {
    let mut presence = Presence::default();
    let mut record = Record::default();
    for (at, scene, glimpse) in moments {
        let wish = presence.glimpse(glimpse);
        record.read.push(wish == Wish::Read);
        if let (Wish::Read, Scene::Still(genre) | Scene::Moved(genre)) = (wish, scene)
            && let Some(conclusion) = presence.read(reading(*genre), glimpse.sharpness)
            && conclusion.agreed
        {
            let logits = conclusion.reading.logits.iter().enumerate();
            let likeliest = logits.max_by(|a, b| a.1.total_cmp(b.1)).expect("there are genres");
            record.said.push((*at, likeliest.0));
        }
        record.phases.push(presence.phase());
    }
    record
}

fn any_scene() -> impl Strategy<Value = Scene> {
    prop_oneof![Just(Scene::Empty), (0..3_usize).prop_map(Scene::Still), (0..3_usize).prop_map(Scene::Moved)]
}

fn any_scenes() -> impl Strategy<Value = Vec<(Scene, u32)>> {
    prop::collection::vec((any_scene(), 1..40_u32), 1..10)
}

/// From one frame to the next, in milliseconds: 60 frames a second down to what a slow board looks at.
fn any_interval() -> impl Strategy<Value = Duration> {
    (16..400_u64).prop_map(Duration::from_millis)
}

/// Frames for at least so long.
fn frames(time: Duration, interval: Duration) -> u32 {
    (time.as_nanos().div_ceil(interval.as_nanos()) + 1) as u32
}

proptest! {
    #[test]
    fn a_sleeve_that_moves_is_not_read(scenes in any_scenes(), interval in any_interval()) {
        let moments = moments(&scenes, interval);
        for (place, read) in watch(&moments).read.iter().enumerate() {
            let (at, scene, _) = moments[place];
            prop_assert!(!read || matches!(scene, Scene::Still(_)), "{scene:?} at {at:?}");
        }
    }

    #[test]
    fn a_sleeve_that_moves_too_fast_to_be_read_is_not_read(step in 0.035_f32..0.5, interval in 16..400_u64) {
        let moments = moved(step, Duration::from_millis(interval), 100);
        let record = watch(&moments);
        prop_assert!(record.read.iter().all(|read| !read));
        prop_assert!(record.phases.iter().all(|phase| *phase == Phase::Moving));
    }

    #[test]
    fn a_sleeve_that_moves_slowly_is_not_said_and_what_was_read_of_it_is_forgotten(
        faster in 1.1_f32..4.0, interval in 16..100_u64,
    ) {
        let interval = Duration::from_millis(interval);
        // From the first place to the last within the time that it would have to be still, further than a still one may.
        let mut moments = moved(faster * DRIFT * interval.as_secs_f32() / STILL.as_secs_f32(), interval, 60);
        let (last, _, rest) = moments[moments.len() - 1];
        // What would be read far from where it comes to rest would say another genre, and is of the sharper pictures.
        for (_, scene, glimpse) in &mut moments {
            let [far, near] = [glimpse, &rest].map(|glimpse| glimpse.outline.expect("a sleeve").corners[0][0]);
            *scene = Scene::Still(usize::from(near - far < 0.999 * DRIFT * SIDE));
        }
        for frame in 1..=frames(STILL, interval) + 3 {
            let at = last + interval * frame;
            moments.push((at, Scene::Still(1), Glimpse { at, sharpness: 7.0, ..rest }));
        }
        let record = watch(&moments);
        prop_assert_eq!(record.said.iter().map(|(_, genre)| *genre).collect::<Vec<_>>(), [1]);
        let rested = moments.iter().find(|(_, scene, _)| matches!(scene, Scene::Still(1))).expect("it rests").0;
        prop_assert!(record.said[0].0 >= rested + STILL - interval, "{:?} after {rested:?}", record.said[0].0);
    }

    #[test]
    fn what_was_read_of_a_sleeve_that_was_lost_is_not_said_of_the_next(interval in 16..70_u64) {
        let interval = Duration::from_millis(interval);
        let shown = (STILL.as_nanos() / interval.as_nanos()) as u32;
        let scenes = [(Scene::Still(0), shown), (Scene::Empty, 2), (Scene::Still(1), shown + 10)];
        let record = watch(&moments(&scenes, interval));
        prop_assert_eq!(record.said.iter().map(|(_, genre)| *genre).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn what_is_said_rests_on_three_frames_of_a_sleeve_at_rest(scenes in any_scenes(), interval in any_interval()) {
        let moments = moments(&scenes, interval);
        let record = watch(&moments);
        let (mut readings, mut known) = (0, None);
        for (place, (at, scene, _)) in moments.iter().enumerate() {
            match scene {
                Scene::Still(genre) if known == Some(*genre) => {}
                Scene::Still(genre) => (readings, known) = (0, Some(*genre)),
                Scene::Moved(_) => (readings, known) = (0, None),
                Scene::Empty => {}
            }
            readings += u32::from(record.read[place]);
            if let Some((_, said)) = record.said.iter().find(|(then, _)| then == at) {
                prop_assert!(readings >= 3, "{readings} readings at {at:?}");
                let Scene::Still(genre) = scene else { panic!("{scene:?} was read") };
                prop_assert_eq!(said, genre, "what is said is what is there");
                readings = 0;
            }
        }
    }

    #[test]
    fn the_lamp_does_not_flicker(scenes in any_scenes(), interval in any_interval()) {
        let record = watch(&moments(&scenes, interval));
        for pair in record.said.windows(2) {
            prop_assert!(pair[1].0 - pair[0].0 >= GONE.min(DWELL), "{:?}", record.said);
        }
    }

    #[test]
    fn a_sleeve_held_still_is_said_once_and_soon_and_for_as_long_as_it_stays(
        genre in 0..3_usize, interval in any_interval(), before in 0..20_u32,
    ) {
        let stays = frames(Duration::from_secs(10), interval);
        let record = watch(&moments(&[(Scene::Empty, before), (Scene::Still(genre), stays)], interval));
        prop_assert_eq!(record.said.len(), 1, "{:?}", &record.said);
        // It must be at rest for a while, and be read three times meanwhile or after it.
        let soon = before + frames(STILL, interval).max(frames(CALM, interval) + 2);
        let first = Duration::from_secs(5) + interval * (soon - 1);
        prop_assert!(record.said[0].0 <= first, "{:?} after {:?}", record.said[0].0, first);
        prop_assert!(record.phases[soon as usize..].iter().all(|phase| *phase == Phase::Said));
    }

    #[test]
    fn a_sleeve_that_is_shown_too_shortly_is_not_said(
        genre in 0..3_usize, interval in any_interval(), before in 2..20_u32,
    ) {
        let shown = (STILL.as_nanos() / interval.as_nanos()) as u32;
        let scenes = [(Scene::Empty, before), (Scene::Still(genre), shown), (Scene::Empty, 60)];
        let record = watch(&moments(&scenes, interval));
        prop_assert!(record.said.is_empty(), "{shown} frames");
        prop_assert_eq!(record.phases.last(), Some(&Phase::Empty));
    }

    #[test]
    fn nothing_is_said_of_an_empty_room(interval in any_interval()) {
        let looks = frames(GONE, interval).max(2);
        let record = watch(&moments(&[(Scene::Empty, looks + 100)], interval));
        prop_assert!(record.said.is_empty() && record.read.iter().all(|read| !read));
        prop_assert!(record.phases[looks as usize..].iter().all(|phase| *phase == Phase::Empty));
    }

    #[test]
    fn it_is_cleared_when_the_sleeve_leaves(
        scenes in any_scenes(), interval in any_interval(), longer in 0..20_u32,
    ) {
        let away = frames(GONE.max(GAP), interval).max(2) + longer;
        let scenes: Vec<_> = scenes.into_iter().chain([(Scene::Empty, away)]).collect();
        let record = watch(&moments(&scenes, interval));
        prop_assert_eq!(record.phases.last(), Some(&Phase::Empty));
    }

    #[test]
    fn a_finder_that_misses_a_frame_darkens_nothing(
        genre in 0..3_usize, interval in 16..200_u64, misses in prop::collection::vec(any::<bool>(), 100),
    ) {
        let interval = Duration::from_millis(interval);
        let lead = frames(STILL, interval) + 3;
        let mut moments = moments(&[(Scene::Still(genre), lead + 100)], interval);
        for (place, misses) in misses.iter().enumerate() {
            // Never two in a row.
            if *misses && place % 2 == 0 {
                moments[lead as usize + place].2.outline = None;
            }
        }
        let record = watch(&moments);
        prop_assert_eq!(record.said.len(), 1);
        prop_assert!(record.phases[lead as usize..].iter().all(|phase| *phase == Phase::Said));
    }

    #[test]
    fn a_blurred_frame_is_not_read(genre in 0..3_usize, blurred in prop::collection::vec(any::<bool>(), 60)) {
        let mut moments = moments(&[(Scene::Still(genre), 60)], Duration::from_millis(33));
        for (moment, blurred) in moments.iter_mut().zip(&blurred).skip(1) {
            moment.2.sharpness = if *blurred { 3.0 } else { 10.0 };
        }
        let record = watch(&moments);
        for (place, read) in record.read.iter().enumerate().skip(6) {
            let sharp_lately = moments[place - 5..=place].iter().any(|moment| moment.2.sharpness > 5.0);
            prop_assert!(!(*read && blurred[place] && sharp_lately), "frame {place}");
        }
    }

    #[test]
    fn no_time_and_no_place_is_too_strange(
        glimpses in prop::collection::vec((any::<u64>(), prop::option::of(prop::array::uniform4(prop::array::uniform2(any::<f32>()))), any::<f32>()), 0..40),
    ) {
        let mut presence = Presence::default();
        for (at, corners, sharpness) in glimpses {
            let outline = corners.map(|corners| sleevesight::sleeve::Outline { corners, confidence: 1.0 });
            let glimpse = Glimpse { at: Duration::from_nanos(at), outline, sharpness };
            if presence.glimpse(&glimpse) == Wish::Read {
                presence.read(reading(0), sharpness);
            }
        }
    }
}
