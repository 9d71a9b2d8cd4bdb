//! What is drawn as a reason is the reason.

use image::RgbImage;
use proptest::prelude::*;
use sleevesight::explanation::explanation;
use sleevesight::network::Reading;
use sleevesight::sleeve::Cover;

use crate::common::{in_checkout, root};

const GRID: usize = 4;

/// A reading of three genres whose evidence is this, each logit the mean of its map.
fn reading(evidence: Vec<f32>) -> Reading {
    let places = GRID * GRID;
    let logits = evidence.chunks(places).map(|map| map.iter().sum::<f32>() / places as f32).collect();
    Reading { logits, embedding: vec![1.0], evidence, grid: GRID, sleeve: None, turned: None }
}

fn grey_cover() -> Cover {
    Cover::centred(&RgbImage::from_pixel(64, 64, image::Rgb([128, 128, 128])))
}

proptest! {
    #[test]
    fn where_the_evidence_is_the_colour_is(place in 0..GRID * GRID, strength in 0.5_f32..20.0) {
        let mut evidence = vec![0.0; 3 * GRID * GRID];
        evidence[GRID * GRID + place] = strength;
        let reading = reading(evidence);
        let picture = explanation(&grey_cover(), &reading, 1);
        let cell = picture.width() / GRID as u32;
        let (column, row) = ((place % GRID) as u32, (place / GRID) as u32);
        let warmth = |column: u32, row: u32| {
            let pixel = picture.get_pixel(column * cell + cell / 2, row * cell + cell / 2);
            i32::from(pixel.0[0]) - i32::from(pixel.0[2])
        };
        let there = warmth(column, row);
        prop_assert!(there > 80, "it speaks for the genre: {there}");
        for other in (0..GRID * GRID).filter(|other| *other != place) {
            let (column, row) = ((other % GRID) as u32, (other / GRID) as u32);
            prop_assert!(warmth(column, row) < there / 2);
        }
        let against = explanation(&grey_cover(), &reading, 0);
        let pixel = against.get_pixel(column * cell + cell / 2, row * cell + cell / 2);
        prop_assert!(pixel.0[2] > pixel.0[0], "what speaks for one genre speaks against another");
    }

    #[test]
    fn what_speaks_for_all_genres_alike_is_no_reason(level in -9.0_f32..9.0) {
        let picture = explanation(&grey_cover(), &reading(vec![level; 3 * GRID * GRID]), 2);
        prop_assert!(picture.pixels().all(|pixel| pixel.0[0].abs_diff(pixel.0[2]) <= 1));
    }
}

#[test]
fn the_reason_is_drawn_into_a_picture_of_its_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("why.png");
    in_checkout("classify")
        .args(["--no-words", "--explain"])
        .arg(&out)
        .arg(root().join("tests/sleeves/scenes/soul-circles.jpg"))
        .assert()
        .success();
    let picture = image::open(&out).expect("a PNG was written").to_rgb8();
    assert_eq!(picture.dimensions(), (448, 448));
    let coloured = picture.pixels().filter(|pixel| pixel.0[0].abs_diff(pixel.0[2]) > 40).count();
    assert!(coloured > 448 * 448 / 50, "something speaks for the genre or against it");
}

#[test]
fn one_picture_is_explained_at_a_time_and_a_lost_folder_is_said() {
    let scene = root().join("tests/sleeves/scenes/soul-circles.jpg");
    in_checkout("classify")
        .args(["--explain", "why.png"])
        .args([&scene, &scene])
        .assert()
        .code(2)
        .stderr(predicates::str::contains("one at a time"));
    in_checkout("classify")
        .args(["--no-words", "--explain", "no/such/folder/why.png"])
        .arg(&scene)
        .assert()
        .code(1)
        .stderr(predicates::str::contains("cannot write no/such/folder/why.png"));
}
