//! A picture that cannot be read gets one sentence; the others go on; nothing panics.

use std::fs;
use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder, RgbImage};
use proptest::prelude::*;
use serde_json::Value;
use sleevesight::picture::{self, PictureError};

/// A PNG that says it is this large and holds no more than its header.
fn boastful_png(width: u32, height: u32) -> Vec<u8> {
    boastful_png_of(width, height, 8, 2, &[])
}

/// The same in this depth and colour type, with another chunk behind its header.
fn boastful_png_of(width: u32, height: u32, depth: u8, colour: u8, chunk: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(&[0; 8 * 8 * 3], 8, 8, ExtendedColorType::Rgb8)
        .expect("a small picture can be encoded");
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    (bytes[24], bytes[25]) = (depth, colour);
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes.splice(33..33, chunk.iter().copied());
    bytes
}

/// A chunk of a PNG that says that the picture lies turned.
fn turned_chunk() -> Vec<u8> {
    let told = b"eXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = (told.len() - 4) as u32;
    [&length.to_be_bytes()[..], told, &crc32(told).to_be_bytes()].concat()
}

/// A JPEG of some 400 bytes that says it is this large; `progressive` or not.
fn boastful_jpeg(width: u16, height: u16, progressive: bool, scans: usize) -> Vec<u8> {
    let ([high, low], [wide, narrow]) = (height.to_be_bytes(), width.to_be_bytes());
    let frame = [8, high, low, wide, narrow, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
    let (sof, last) = if progressive { (0xC2, 0) } else { (0xC0, 63) };
    let table = |class: u8| [&[0xFF, 0xC4, 0, 20, class, 1][..], &[0; 15], &[0]].concat();
    let scan = [&[0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, last, 0][..], &[0; 8]].concat();
    let quantisation = [&[0xFF, 0xDB, 0, 67, 0][..], &[1; 64]].concat();
    let head =
        [&[0xFF, 0xD8][..], &quantisation, &[0xFF, sof, 0, 17], &frame, &table(0), &table(16)].concat();
    [&head[..], &scan.repeat(scans), &[0; 150], &[0xFF, 0xD9]].concat()
}

#[test]
fn a_picture_that_takes_too_much_memory_is_refused_before_it_is_decoded() {
    let refused = |bytes: &[u8]| picture::decode(bytes).expect_err("it is refused");
    let heavy = |bytes: &[u8]| matches!(refused(bytes), PictureError::Heavy { .. });
    // Decoded, it would fit; converted to 8 bits, it would not.
    assert!(heavy(&boastful_png_of(6320, 6320, 16, 6, &[])));
    assert!(heavy(&boastful_png_of(6320, 6320, 16, 6, &turned_chunk())));
    // A large picture in 8 bits is decoded, turned or not: here it is cut short.
    for chunk in [vec![], turned_chunk()] {
        let error = refused(&boastful_png_of(6320, 6320, 8, 2, &chunk));
        assert!(matches!(error, PictureError::Damaged(_)), "{error}");
    }
    for progressive in [false, true] {
        let error = refused(&boastful_jpeg(6320, 6320, progressive, 1)).to_string();
        assert!(error.contains("not those of so many pixels"), "{error}");
    }
    let many = refused(&boastful_jpeg(320, 320, true, 3000)).to_string();
    assert!(many.contains("not those of so many pixels"), "{many}");
    let large = [boastful_jpeg(6320, 6320, true, 1), vec![0; 100_000]].concat();
    assert!(heavy(&large));
}

/// The checksum of a PNG chunk (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    })
}

fn small_jpeg() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 90]));
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("a small picture can be encoded");
    bytes.into_inner()
}

#[test]
fn a_huge_picture_is_refused_before_it_is_decoded() {
    let refused = picture::decode(&boastful_png(20_000, 20_000));
    assert!(matches!(refused, Err(PictureError::TooLarge { width: 20_000, height: 20_000 })), "{refused:?}");
}

#[test]
fn a_picture_of_a_few_pixels_is_refused() {
    assert!(matches!(
        picture::decode(&boastful_png(2, 9)),
        Err(PictureError::TooSmall { width: 2, height: 9 })
    ));
}

#[test]
fn an_empty_file_is_called_empty() {
    assert!(matches!(picture::decode(b""), Err(PictureError::Empty)));
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = picture::decode(&bytes);
    }

    #[test]
    fn no_damage_to_a_jpeg_makes_the_decoder_panic(cut in 0_usize..1000, place in 0_usize..1000, bits in any::<u8>()) {
        let mut bytes = small_jpeg();
        let length = bytes.len();
        bytes[place % length] ^= bits;
        bytes.truncate(cut % length + 1);
        let _ = picture::decode(&bytes);
    }
}

#[test]
fn a_phone_s_picture_of_fifty_megapixels_is_read() {
    let (width, height) = (8160, 6120);
    let mut bytes = Vec::new();
    let grey = vec![90; width * height];
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode(&grey, width as u32, height as u32, ExtendedColorType::L8)
        .expect("it is encoded");
    drop(grey);
    assert_eq!(picture::decode(&bytes).expect("a picture").dimensions(), (width as u32, height as u32));
}

/// A camera's frame: a drawn scene as it is on disk.
fn scene() -> Vec<u8> {
    fs::read(crate::common::root().join("tests/sleeves/scenes/jazz-trumpet.jpg")).expect("a scene")
}

#[test]
fn a_jpeg_that_has_its_blocks_is_read_without_its_end_marker() {
    let whole = scene();
    let pixels = picture::decode(&whole).expect("a picture");
    let without = &whole[..whole.len() - 2];
    let stray = [b"\r\n", &whole[..]].concat();
    for bytes in [without.to_vec(), [without, &[0; 512]].concat(), [without, &[0xFF]].concat(), stray] {
        assert!(picture::decode(&bytes).expect("a picture") == pixels, "other pixels");
    }
}

#[test]
fn a_jpeg_that_lacks_blocks_is_refused_though_it_has_its_end_marker() {
    let whole = scene();
    let half = whole.len() / 2;
    let ended = [&whole[..half], &[0xFF, 0xD9]].concat();
    let padded = [&whole[..half], &vec![0; half], &[0xFF, 0xD9]].concat();
    let lost = [&whole[..half], &whole[half + 512..]].concat();
    for bytes in [ended, padded, lost] {
        let refused = picture::decode(&bytes);
        assert!(matches!(refused, Err(PictureError::Damaged(_))), "{refused:?}");
    }
}

#[test]
fn a_jpeg_of_a_rare_kind_is_called_so() {
    let mut arithmetic = scene();
    let frame = arithmetic.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a frame");
    arithmetic[frame + 1] = 0xC9;
    assert!(matches!(picture::decode(&arithmetic), Err(PictureError::UnsupportedJpeg("arithmetic"))));
}

#[test]
fn each_bad_picture_gets_a_sentence_and_the_good_one_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let jpeg = small_jpeg();
    let scene = scene();
    let files: [(&str, &[u8], &str); 6] = [
        ("empty.jpg", b"", "empty"),
        ("text.jpg", b"milk, bread, two records", "not a JPEG"),
        ("cut.jpg", &jpeg[..jpeg.len() / 8], "damaged"),
        ("half.jpg", &scene[..scene.len() / 2], "cut short"),
        ("huge.png", &boastful_png(20_000, 20_000), "too large"),
        ("good.jpg", &jpeg, ""),
    ];
    let mut command = crate::common::sleevesight();
    command.args(["classify", "--json", "--no-words"]);
    for (name, bytes, _) in files {
        fs::write(folder.path().join(name), bytes).expect("the folder takes files");
        command.arg(folder.path().join(name));
    }
    command.arg(folder.path()).arg("no-such-file.jpg");
    let output = command.assert().code(1).stderr("").get_output().stdout.clone();
    let lines: Vec<Value> = String::from_utf8(output)
        .expect("the output is text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is an object"))
        .collect();
    assert_eq!(lines.len(), files.len() + 2, "one line an argument");
    for ((name, _, wrong), line) in files.iter().zip(&lines) {
        assert!(line["source"].as_str().is_some_and(|source| source.ends_with(name)), "in order: {line}");
        match line["error"].as_str() {
            Some(error) => assert!(!wrong.is_empty() && error.contains(wrong), "{name}: {error}"),
            None => assert!(wrong.is_empty() && line["genres"].is_array(), "{name} was read: {line}"),
        }
    }
    assert_eq!(lines[6]["error"], "this is a folder; name the pictures in it");
    assert_eq!(lines[7]["error"], "there is no such file; check its name");
}

#[test]
fn without_json_the_sentences_go_to_standard_error() {
    crate::common::sleevesight()
        .args(["classify", "no-such-file.jpg"])
        .assert()
        .code(1)
        .stdout("")
        .stderr("sleevesight: no-such-file.jpg: there is no such file; check its name\n");
    crate::common::sleevesight()
        .args(["classify", "/dev/zero"])
        .assert()
        .code(1)
        .stdout("")
        .stderr("sleevesight: /dev/zero: this is no file but a device or a pipe; name a picture\n");
}
