//! A sleeve that is held sideways or upside down is read as if it were not.

use image::imageops::{rotate90, rotate180, rotate270};
use image::{Rgb, RgbImage};
use proptest::prelude::*;
use sleevesight::network::Reading;
use sleevesight::sleeve::{Outline, flatten};

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
