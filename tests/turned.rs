//! A sleeve that is held sideways or upside down is read as if it were not.

use std::fs;

use image::imageops::{rotate90, rotate180, rotate270};
use image::{Rgb, RgbImage};
use proptest::prelude::*;
use sleevesight::frame::Frame;
use sleevesight::network::Reading;
use sleevesight::picture;
use sleevesight::reader::{Gaze, Reader};
use sleevesight::sleeve::{Outline, flatten};
use sleevesight::verdict::Caution;

use crate::fakes;

fn reading(turned: Option<[f32; 4]>) -> Reading {
    Reading { turned, ..fakes::reading(0) }
}

/// A picture in which no two places look alike.
fn gradual(side: u32) -> RgbImage {
    RgbImage::from_fn(side, side, |x, y| Rgb([(x * 255 / side) as u8, (y * 255 / side) as u8, 128]))
}

/// The picture turned clockwise.
fn lying(picture: &RgbImage, quarters: usize) -> RgbImage {
    match quarters {
        1 => rotate90(picture),
        2 => rotate180(picture),
        3 => rotate270(picture),
        _ => picture.clone(),
    }
}

proptest! {
    #[test]
    fn a_turn_is_taken_only_where_it_is_likelier_by_enough(
        logits in prop::array::uniform4(-20.0_f32..20.0),
        least in 0.0_f32..20.0,
    ) {
        let quarters = reading(Some(logits)).quarters(least);
        let highest = logits[1..].iter().copied().fold(f32::MIN, f32::max);
        prop_assert_eq!(quarters == 0, highest - logits[0] < least);
        if quarters != 0 {
            prop_assert!((logits[quarters] - highest).abs() < f32::EPSILON);
        }
    }

    #[test]
    fn a_network_that_does_not_tell_turns_nothing(least in 0.0_f32..20.0) {
        prop_assert_eq!(reading(None).quarters(least), 0);
    }
}

#[test]
fn an_outline_that_begins_at_the_covers_own_corner_gives_the_upright_cover() {
    // About the middle of the frame, so that a turn of the frame leaves it in its place.
    let (near, far) = (19.5, 99.5);
    let outline = Outline { corners: [[near, near], [far, near], [far, far], [near, far]], confidence: 1.0 };
    let cover = gradual(120);
    let upright = flatten(&cover, &outline).expect("an outline");
    for quarters in 0..4 {
        let found = flatten(&lying(&cover, quarters), &outline.turned(quarters)).expect("an outline");
        let differences = upright.picture().as_raw().iter().zip(found.picture().as_raw());
        let worst = differences.map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(2), "turned by {quarters} quarters, values differ by {worst:?}");
    }
}

/// Where a place of a picture comes to lie when the picture, as wide and high as this, is turned clockwise.
fn turned_place([x, y]: [f32; 2], (width, height): (u32, u32), quarters: usize) -> [f32; 2] {
    let (right, bottom) = (width as f32 - 1.0, height as f32 - 1.0);
    match quarters {
        1 => [bottom - y, x],
        2 => [right - x, bottom - y],
        3 => [y, right - x],
        _ => [x, y],
    }
}

/// The shipped network is sure of these drawings; of others it is not, and reads them as they lie.
#[test]
fn a_sleeve_that_is_held_sideways_is_read_upright() {
    let root = crate::common::root();
    let reader = Reader::open(&root.join("models/default"), Caution::Normal).expect("the shipped bundle");
    for name in ["metal-mountains", "pop-pastel", "reggae-palms"] {
        let bytes = fs::read(root.join(format!("tests/sleeves/scenes/{name}.jpg"))).expect("the scene");
        let picture = picture::decode(&bytes).expect("a picture");
        let sight = |picture: RgbImage| {
            reader.look(&Frame::still(picture, name.into()), Gaze::Live).expect("it is read").outline
        };
        let upright = sight(picture.clone()).expect("a sleeve").corners[0];
        for quarters in [1, 3] {
            let first = sight(lying(&picture, quarters)).expect("a sleeve").corners[0];
            let wanted = turned_place(upright, picture.dimensions(), quarters);
            let off = (first[0] - wanted[0]).hypot(first[1] - wanted[1]);
            assert!(
                off < 20.0,
                "{name}, turned by {quarters} quarters, begins {off} pixels beside its corner"
            );
        }
    }
}
