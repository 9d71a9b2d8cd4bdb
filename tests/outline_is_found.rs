//! A sleeve is found wherever it lies and however it is turned; where there is none, none is found.

use std::collections::BTreeMap;
use std::fs;

use image::{Rgb, RgbImage};
use proptest::prelude::*;
use sleevesight::picture;
use sleevesight::sleeve::{Finder, Outline, exact, flatten};

/// The corners of a sleeve of a side in pixels, as a pinhole camera sees it that looks at the middle of
/// a frame of 640 by 480 from two and a half sides away. The tilt's length is the sine of its angle.
fn placed(side: f32, tilt: [f32; 2], roll: f32, middle: [f32; 2]) -> [[f32; 2]; 4] {
    let (sin, cos) = roll.sin_cos();
    let sine = tilt[0].hypot(tilt[1]);
    // What is left of a length in the direction of the tilt, less one.
    let shortened = (1.0 - sine * sine).sqrt() - 1.0;
    [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5_f32]].map(|[x, y]| {
        let deep = tilt[0] * x + tilt[1] * y;
        let along = if sine > 0.0 { deep / (sine * sine) * shortened } else { 0.0 };
        let (x, y) = (x + along * tilt[0], y + along * tilt[1]);
        let depth = 1.0 + deep / 2.5;
        [
            319.5 + (middle[0] - 319.5 + side * (cos * x - sin * y)) / depth,
            239.5 + (middle[1] - 239.5 + side * (sin * x + cos * y)) / depth,
        ]
    })
}

/// A frame of one colour with a sleeve of four quarters on it, antialiased.
fn drawn(corners: &[[f32; 2]; 4], ground: u8, quarters: [[u8; 3]; 4]) -> RgbImage {
    let grid = 4;
    RgbImage::from_fn(640, 480, |x, y| {
        let mut sum = [0_u32; 3];
        for step in 0..grid * grid {
            let dx = ((step % grid) as f32 + 0.5) / grid as f32 - 0.5;
            let dy = ((step / grid) as f32 + 0.5) / grid as f32 - 0.5;
            let point = [x as f32 + dx, y as f32 + dy];
            let beyond = |a: [f32; 2], b: [f32; 2]| {
                (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
            };
            let inside = (0..4).all(|place| beyond(corners[place], corners[(place + 1) % 4]) >= 0.0);
            let colour = if inside {
                let right = beyond(corners[0], corners[3]).abs() > beyond(corners[1], corners[2]).abs();
                let lower = beyond(corners[0], corners[1]).abs() > beyond(corners[3], corners[2]).abs();
                quarters[usize::from(right) + 2 * usize::from(lower)]
            } else {
                [ground; 3]
            };
            for channel in 0..3 {
                sum[channel] += u32::from(colour[channel]);
            }
        }
        Rgb(sum.map(|value| (value / (grid * grid)) as u8))
    })
}

/// The mean distance of corners, wherever the first one is, as a part of the side.
fn error(found: &Outline, truth: &[[f32; 2]; 4], side: f32) -> f32 {
    (0..4)
        .map(|turn| {
            (0..4)
                .map(|place| {
                    let ([ax, ay], [bx, by]) = (found.corners[(place + turn) % 4], truth[place]);
                    (ax - bx).hypot(ay - by) / 4.0
                })
                .sum::<f32>()
        })
        .fold(f32::INFINITY, f32::min)
        / side
}

const QUARTERS: [[u8; 3]; 4] = [[200, 60, 40], [240, 200, 60], [40, 90, 160], [30, 30, 36]];

/// Whether a sleeve lies within the frame that [`drawn`] draws.
fn is_whole(corners: &[[f32; 2]; 4]) -> bool {
    corners.iter().all(|[x, y]| (4.0..635.0).contains(x) && (4.0..475.0).contains(y))
}

/// The frame with a side hidden by something of the ground's colour, but for its ends.
fn without_a_side(mut frame: RgbImage, corners: &[[f32; 2]; 4], hidden: usize) -> RgbImage {
    let (from, to) = (corners[hidden], corners[(hidden + 1) % 4]);
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = dx.hypot(dy);
    for (x, y, pixel) in frame.enumerate_pixels_mut() {
        let (x, y) = (x as f32 - from[0], y as f32 - from[1]);
        let (along, aside) = ((x * dx + y * dy) / length, (x * dy - y * dx) / length);
        // Waves, so that what hides the side has no straight edge itself.
        let deep = 18.0 + 8.0 * (along / 9.0).sin();
        if (0.14 * length..0.86 * length).contains(&along) && aside.abs() < deep {
            *pixel = Rgb([128; 3]);
        }
    }
    frame
}

/// What is wrong with what was found of a sleeve, if its corners may be off by so much of its side.
fn missed(found: Option<Outline>, corners: &[[f32; 2]; 4], side: f32, most: f32) -> Option<String> {
    let Some(found) = found else { return Some(format!("nothing at {corners:?}")) };
    let off = error(&found, corners, side);
    (off >= most).then(|| format!("off by {off}: {:?}, not {corners:?}", found.corners))
}

/// Frames with a sleeve that are looked at, and how many of these may be missed: what tells a sleeve is learned, and of
/// five hundred such frames or more it misses one. Two of 48 are missed by chance in one run of hundreds.
const FRAMES: usize = 48;
const MISSED: usize = 1;

proptest! {
    // A failure is so many frames: to look for a smaller one takes hours.
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn a_sleeve_is_found_within_half_a_per_cent(
        sleeves in prop::collection::vec(
            (160.0_f32..330.0, [-0.5_f32..0.5, -0.5_f32..0.5], -3.1_f32..3.1, [290.0_f32..350.0, 215.0_f32..265.0])
                .prop_map(|(side, tilt, roll, middle)| (side, placed(side, tilt, roll, middle)))
                .prop_filter("the sleeve is whole", |(_, corners)| is_whole(corners)),
            FRAMES,
        ),
    ) {
        let missed: Vec<_> = sleeves.iter().filter_map(|(side, corners)| {
            let found = Finder::default().find(&drawn(corners, 128, QUARTERS));
            missed(found, corners, *side, 0.005)
        }).collect();
        prop_assert!(missed.len() <= MISSED, "{missed:#?}");
    }

    /// A hand, or a shelf's board of its own colour: of one side only its ends are left.
    #[test]
    fn a_side_that_is_hidden_is_guessed(
        sleeves in prop::collection::vec(
            (180.0_f32..300.0, [-0.35_f32..0.35, -0.35_f32..0.35], -0.5_f32..0.5, 0_usize..4)
                .prop_map(|(side, tilt, roll, hidden)| (side, placed(side, tilt, roll, [320.0, 240.0]), hidden))
                .prop_filter("the sleeve is whole", |(_, corners, _)| is_whole(corners)),
            FRAMES,
        ),
    ) {
        let missed: Vec<_> = sleeves.iter().filter_map(|(side, corners, hidden)| {
            let frame = without_a_side(drawn(corners, 128, QUARTERS), corners, *hidden);
            missed(Finder::default().find(&frame), corners, *side, 0.05)
        }).collect();
        prop_assert!(missed.len() <= MISSED, "{missed:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn corners_nearby_become_exact(
        side in 160.0_f32..330.0,
        tilt in [-0.5_f32..0.5, -0.5_f32..0.5],
        roll in -3.1_f32..3.1,
        off in [[-1.5_f32..1.5, -1.5_f32..1.5], [-1.5_f32..1.5, -1.5_f32..1.5], [-1.5_f32..1.5, -1.5_f32..1.5], [-1.5_f32..1.5, -1.5_f32..1.5]],
    ) {
        let corners = placed(side, tilt, roll, [320.0, 240.0]);
        prop_assume!(is_whole(&corners));
        let nearby = std::array::from_fn(|place| [corners[place][0] + off[place][0], corners[place][1] + off[place][1]]);
        let found = exact(&drawn(&corners, 128, QUARTERS), &nearby);
        for ([ax, ay], [bx, by]) in found.into_iter().zip(corners) {
            prop_assert!((ax - bx).hypot(ay - by) < 0.4, "{found:?}, not {corners:?}");
        }
    }

    #[test]
    fn a_flattened_sleeve_is_the_sleeve_however_it_was_turned(
        tilt in [-0.5_f32..0.5, -0.5_f32..0.5],
        roll in -0.7_f32..0.7,
    ) {
        let corners = placed(260.0, tilt, roll, [320.0, 240.0]);
        let frame = drawn(&corners, 128, QUARTERS);
        let cover = flatten(&frame, &Outline { corners, confidence: 1.0 }).expect("four corners of a sleeve");
        let side = cover.side();
        for (place, colour) in QUARTERS.iter().enumerate() {
            let x = if place % 2 == 0 { side / 6 } else { side * 5 / 6 };
            let y = if place < 2 { side / 6 } else { side * 5 / 6 };
            prop_assert_eq!(&cover.picture().get_pixel(x, y).0, colour);
        }
    }

    #[test]
    fn noise_holds_no_sleeve(seed in any::<u64>()) {
        let mut state = seed | 1;
        let noise = RgbImage::from_fn(320, 240, |_, _| {
            // xorshift64: a picture needs no better numbers.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            Rgb([(state >> 24) as u8, (state >> 32) as u8, (state >> 40) as u8])
        });
        prop_assert_eq!(Finder::default().find(&noise), None);
    }
}

#[test]
fn a_blank_frame_holds_no_sleeve() {
    for level in [0, 127, 255] {
        assert_eq!(Finder::default().find(&RgbImage::from_pixel(640, 480, Rgb([level; 3]))), None);
    }
}

#[test]
fn the_smallest_frames_hold_no_sleeve() {
    for (width, height) in [(8, 8), (1, 1), (2, 900), (900, 2), (3, 3)] {
        assert_eq!(Finder::default().find(&RgbImage::new(width, height)), None);
    }
}

#[test]
fn corners_go_clockwise_from_the_top_left() {
    let corners = placed(250.0, [0.2, 0.1], 0.15, [320.0, 240.0]);
    let found = Finder::default().find(&drawn(&corners, 20, QUARTERS)).expect("the sleeve is seen");
    for (found, truth) in found.corners.iter().zip(corners) {
        assert!((found[0] - truth[0]).hypot(found[1] - truth[1]) < 4.0, "{found:?} is not {truth:?}");
    }
}

/// How far corners lie from the true ones, on average and as a part of the sleeve's side, whichever of them
/// comes first.
fn off(found: [[f32; 2]; 4], truth: [[f32; 2]; 4]) -> f32 {
    let apart = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let side = (0..4).map(|place| apart(truth[place], truth[(place + 1) % 4])).sum::<f32>() / 4.0;
    let from =
        |first: usize| (0..4).map(|place| apart(found[(place + first) % 4], truth[place])).sum::<f32>() / 4.0;
    (0..4).map(from).fold(f32::INFINITY, f32::min) / side
}

/// The drawn scenes are hard, and nothing is tuned to them; `docs/accuracy.md` has figures on many more.
#[test]
fn most_sleeves_in_the_drawn_scenes_are_found_where_they_are() {
    let folder = crate::common::root().join("tests/sleeves/scenes");
    let text = fs::read_to_string(folder.join("corners.json")).expect("the corners are there");
    let truth: BTreeMap<String, Option<[[f32; 2]; 4]>> = serde_json::from_str(&text).expect("corners");
    let finder = Finder::default();
    let found = |name: &str| {
        let bytes = fs::read(folder.join(name)).expect("the scene is there");
        finder.find(&picture::decode(&bytes).expect("the scene is whole"))
    };
    let near: Vec<&String> = truth
        .iter()
        .filter_map(|(name, corners)| Some((name, (*corners)?)))
        .filter(|(name, corners)| found(name).is_some_and(|outline| off(outline.corners, *corners) < 0.03))
        .map(|(name, _)| name)
        .collect();
    assert!(near.len() >= 11, "only {near:?}");
    assert!(found("empty-wall.jpg").is_none(), "an empty wall is no sleeve");
}
