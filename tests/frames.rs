//! What a camera delivers becomes a frame, or is refused; nothing panics.

use std::io::Cursor;
use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;
use sleevesight::frame::{Frame, FrameError, Range, Yuyv};

fn from_yuyv(bytes: &[u8], width: u32, height: u32, stride: usize) -> Result<Frame, FrameError> {
    let layout = Yuyv { width, height, stride, range: Range::Full };
    Frame::from_yuyv(bytes, layout, Duration::from_secs(3), "camera".into())
}

/// Full-range BT.601, the other way round.
///
/// Source: ITU-T T.871, section 7.
fn yuv([red, green, blue]: [u8; 3]) -> [u8; 3] {
    let [r, g, b] = [red, green, blue].map(f64::from);
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    let u = 128.0 - 0.168_736 * r - 0.331_264 * g + 0.5 * b;
    let v = 128.0 + 0.5 * r - 0.418_688 * g - 0.081_312 * b;
    [y, u, v].map(|value| value.round().clamp(0.0, 255.0) as u8)
}

/// A YUYV picture of one colour, its lines padded with what must not be seen.
fn plain(rgb: [u8; 3], width: u32, height: u32, padding: usize) -> Vec<u8> {
    let [y, u, v] = yuv(rgb);
    let mut line = [y, u, y, v].repeat(width as usize / 2);
    line.extend(vec![77; padding]);
    line.repeat(height as usize)
}

#[test]
fn a_frame_keeps_its_name_and_time() {
    let frame = from_yuyv(&[128; 128], 8, 8, 16).expect("a whole frame");
    assert_eq!((frame.name.as_str(), frame.at), ("camera", Duration::from_secs(3)));
}

#[test]
fn two_pixels_share_their_colour_and_not_their_light() {
    let mut bytes = plain([128; 3], 8, 8, 0);
    bytes[..4].copy_from_slice(&[16, 128, 235, 128]);
    let picture = from_yuyv(&bytes, 8, 8, 16).expect("a whole frame").picture;
    assert_eq!([picture.get_pixel(0, 0).0, picture.get_pixel(1, 0).0], [[16; 3], [235; 3]]);
}

#[test]
fn limited_range_reaches_from_black_to_white() {
    for (y, level) in [(16, 0), (235, 255), (0, 0), (255, 255), (126, 128)] {
        let layout = Yuyv { width: 8, height: 8, stride: 16, range: Range::Limited };
        let frame = Frame::from_yuyv(&[y, 128].repeat(64), layout, Duration::ZERO, "camera".into());
        assert_eq!(frame.expect("a whole frame").picture.get_pixel(2, 2).0, [level; 3]);
    }
}

#[test]
fn absurd_sizes_are_refused() {
    for (width, height) in [(0, 0), (7, 8), (9, 8), (8, 7), (8, 0), (u32::MAX, 8), (8, u32::MAX)] {
        let refused = from_yuyv(&[128; 4096], width, height, 16);
        assert!(matches!(refused, Err(FrameError::Size { .. })), "{width} x {height}: {refused:?}");
    }
}

#[test]
fn a_jpeg_becomes_a_frame_and_a_part_of_one_does_not() {
    let picture = RgbImage::from_pixel(64, 48, Rgb([200, 40, 40]));
    let mut jpeg = Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, ImageFormat::Jpeg).expect("a small picture can be encoded");
    let jpeg = jpeg.into_inner();

    let frame = Frame::from_mjpg(&jpeg, None, Duration::ZERO, "camera".into()).expect("a whole JPEG");
    assert_eq!(frame.picture.dimensions(), (64, 48));
    for cut in [0, 2, 20, jpeg.len() / 2, jpeg.len() - 8] {
        let refused = Frame::from_mjpg(&jpeg[..cut], None, Duration::ZERO, "camera".into());
        assert!(matches!(refused, Err(FrameError::Picture(_))), "{cut} bytes of {}", jpeg.len());
    }
}

#[test]
fn a_camera_gives_jpeg_of_the_size_that_was_agreed_on_or_nothing() {
    let encoded = |format| {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::new(64, 48).write_to(&mut bytes, format).expect("a small picture can be encoded");
        bytes.into_inner()
    };
    let frame = |bytes: &[u8], size| Frame::from_mjpg(bytes, Some(size), Duration::ZERO, "camera".into());
    let jpeg = encoded(ImageFormat::Jpeg);
    assert!(frame(&jpeg, (64, 48)).is_ok());
    for (bytes, size) in [(&jpeg, (48, 64)), (&jpeg, (640, 480)), (&encoded(ImageFormat::Png), (64, 48))] {
        let refused = frame(bytes, size).expect_err("it was not agreed on").to_string();
        assert!(refused.contains("which the camera promised"), "{refused}");
    }
}

#[test]
fn a_frame_that_is_cut_within_its_picture_is_dropped() {
    let path = crate::common::root().join("tests/sleeves/scenes/jazz-trumpet.jpg");
    let jpeg = std::fs::read(path).expect("the scene is there");
    for part in [10, 50, 90, 99] {
        let refused =
            Frame::from_mjpg(&jpeg[..jpeg.len() * part / 100], None, Duration::ZERO, "camera".into());
        let sentence = refused.expect_err("a part is no frame").to_string();
        assert!(sentence.contains("cut short"), "{part} %: {sentence}");
    }
    let longer = [&jpeg[..], &[0; 512]].concat();
    assert!(
        Frame::from_mjpg(&longer, None, Duration::ZERO, "camera".into()).is_ok(),
        "what lies behind the end"
    );
}

#[test]
fn a_frame_without_huffman_tables_is_read_with_the_standard_ones() {
    let picture = RgbImage::from_fn(64, 48, |x, y| Rgb([4 * x as u8, 5 * y as u8, (x * y) as u8]));
    let mut jpeg = Cursor::new(Vec::new());
    // This encoder uses the standard tables.
    picture.write_to(&mut jpeg, ImageFormat::Jpeg).expect("a small picture can be encoded");
    let jpeg = jpeg.into_inner();
    let mut bare = jpeg[..2].to_vec();
    let mut place = 2;
    while jpeg[place + 1] != 0xDA {
        let next = place + 2 + usize::from(u16::from_be_bytes([jpeg[place + 2], jpeg[place + 3]]));
        if jpeg[place + 1] != 0xC4 {
            bare.extend_from_slice(&jpeg[place..next]);
        }
        place = next;
    }
    bare.extend_from_slice(&jpeg[place..]);
    assert!(bare.len() + 400 < jpeg.len(), "the tables are gone");
    let read =
        |bytes: &[u8]| Frame::from_mjpg(bytes, None, Duration::ZERO, "camera".into()).expect("a frame");
    assert_eq!(read(&bare).picture, read(&jpeg).picture);
}

proptest! {
    #[test]
    fn a_colour_comes_through(rgb: [u8; 3], padding in 0_usize..40, columns in 4_u32..20, height in 8_u32..20) {
        let width = 2 * columns;
        let bytes = plain(rgb, width, height, padding);
        let frame = from_yuyv(&bytes, width, height, width as usize * 2 + padding);
        let picture = frame.expect("a whole frame").picture;
        prop_assert_eq!(picture.dimensions(), (width, height));
        for pixel in picture.pixels() {
            for (got, sent) in pixel.0.iter().zip(rgb) {
                prop_assert!(got.abs_diff(sent) <= 2, "{:?} became {:?}", rgb, pixel.0);
            }
        }
    }

    #[test]
    fn the_last_line_needs_no_padding_and_no_byte_less(missing in 1_usize..200) {
        let bytes = plain([90, 120, 10], 16, 8, 8);
        let need = bytes.len() - 8;
        prop_assert!(from_yuyv(&bytes[..need], 16, 8, 40).is_ok());
        let refused = from_yuyv(&bytes[..need - missing], 16, 8, 40);
        let told = match refused {
            Err(FrameError::Short { got, need, .. }) => (got, need),
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        prop_assert_eq!(told, (need - missing, need));
    }

    #[test]
    fn any_bytes_give_a_frame_or_a_refusal(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        width in 0_u32..40,
        height in 0_u32..40,
        stride in prop_oneof![0_usize..100, Just(usize::MAX), Just(usize::MAX / 2)],
    ) {
        let _ = from_yuyv(&bytes, width, height, stride);
        let _ = Frame::from_mjpg(&bytes, None, Duration::ZERO, "camera".into());
        let with_header = [&[0xff, 0xd8, 0xff, 0xdb][..], &bytes].concat();
        let _ = Frame::from_mjpg(&with_header, None, Duration::ZERO, "camera".into());
    }
}
