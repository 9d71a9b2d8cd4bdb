//! A folder of pictures stands in for a camera.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, RgbImage};
use sleevesight::camera::{Camera, CameraError, Stills};
use tempfile::TempDir;

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(16, 12).write_to(&mut bytes, format).expect("a small picture can be encoded");
    bytes.into_inner()
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("the temporary folder takes files");
    }
    folder
}

/// The files' names of the next frames, `!` for a dropped one, until the end or so many.
fn names(stills: &mut Stills, most: usize) -> Vec<String> {
    let file = |name: String| Path::new(&name).file_name().expect("a file").to_string_lossy().into_owned();
    let mut names = Vec::new();
    while names.len() < most {
        match stills.next() {
            Ok(Some(frame)) => names.push(file(frame.name)),
            Ok(None) => break,
            Err(CameraError::Dropped { name, .. }) => names.push(format!("!{}", file(name))),
            Err(error) => panic!("{error}"),
        }
    }
    names
}

#[test]
fn pictures_come_in_the_order_of_their_names_and_once() {
    let (jpeg, png, webp) =
        (picture(ImageFormat::Jpeg), picture(ImageFormat::Png), picture(ImageFormat::WebP));
    let folder = folder(&[("b.png", &png), ("a.JPG", &jpeg), ("c.webp", &webp), ("a2.jpeg", &jpeg)]);
    let mut stills = Stills::new(folder.path(), false).expect("pictures");
    assert_eq!(names(&mut stills, 99), ["a.JPG", "a2.jpeg", "b.png", "c.webp"]);
    assert!(stills.next().expect("still the end").is_none());
}

#[test]
fn what_is_no_picture_is_passed_over_and_what_is_damaged_is_dropped() {
    let jpeg = picture(ImageFormat::Jpeg);
    let folder = folder(&[
        (".hidden.jpg", &jpeg),
        ("1-notes.txt", b"a shopping list"),
        ("2-empty", b""),
        ("3-cut-short.jpg", &jpeg[..jpeg.len() / 2]),
        ("4-empty.jpg", b""),
        ("5-text.png", b"a shopping list"),
        ("6-no-ending", &jpeg),
        ("7.jpg", &jpeg),
    ]);
    fs::create_dir(folder.path().join("8-folder.jpg")).expect("the temporary folder takes folders");
    let mut stills = Stills::new(folder.path(), false).expect("pictures");
    assert_eq!(
        names(&mut stills, 99),
        ["!3-cut-short.jpg", "!4-empty.jpg", "!5-text.png", "6-no-ending", "7.jpg"]
    );
}

#[test]
fn over_and_over_shows_what_was_put_there_meanwhile() {
    let jpeg = picture(ImageFormat::Jpeg);
    let folder = folder(&[("a.jpg", &jpeg), ("c.jpg", &jpeg)]);
    let mut stills = Stills::new(folder.path(), true).expect("pictures");
    assert_eq!(names(&mut stills, 3), ["a.jpg", "c.jpg", "a.jpg"]);
    fs::write(folder.path().join("b.jpg"), &jpeg).expect("the temporary folder takes files");
    fs::remove_file(folder.path().join("c.jpg")).expect("the file is there");
    assert_eq!(names(&mut stills, 4), ["a.jpg", "b.jpg", "a.jpg", "b.jpg"]);
}

#[test]
fn time_goes_forwards_without_a_clock() {
    let folder = folder(&[("a.jpg", &picture(ImageFormat::Jpeg))]);
    let mut stills = Stills::new(folder.path(), true).expect("pictures");
    let mut at = || stills.next().expect("a frame").expect("over and over").at;
    let (first, second, third) = (at(), at(), at());
    assert!(first.is_zero());
    assert_eq!(third - second, second - first);
    assert!(second > first);
}

#[test]
fn a_folder_without_pictures_is_an_error() {
    let refused = |folder: &Path| Stills::new(folder, true).expect_err("no pictures").to_string();
    let empty = folder(&[("notes.txt", b"a shopping list"), (".hidden.jpg", &picture(ImageFormat::Jpeg))]);
    assert!(refused(empty.path()).starts_with("there is no picture in "));
    assert!(refused(&empty.path().join("absent")).starts_with("cannot read the folder "));
    assert!(refused(&empty.path().join("notes.txt")).starts_with("cannot read the folder "));
}

#[test]
fn a_folder_of_damaged_pictures_ends_instead_of_turning_for_ever() {
    let folder = folder(&[("a.jpg", b"a shopping list"), ("b.jpg", b"")]);
    for over_and_over in [true, false] {
        let mut stills = Stills::new(folder.path(), over_and_over).expect("files that are called pictures");
        assert_eq!(names(&mut stills, 2), ["!a.jpg", "!b.jpg"]);
        assert!(matches!(stills.next(), Err(CameraError::NoPictures { .. })));
    }
}

#[test]
fn a_folder_that_becomes_empty_is_waited_for() {
    let jpeg = picture(ImageFormat::Jpeg);
    let folder = folder(&[("a.jpg", &jpeg)]);
    let mut stills = Stills::new(folder.path(), true).expect("pictures").patient();
    assert_eq!(names(&mut stills, 2), ["a.jpg", "a.jpg"]);
    fs::remove_file(folder.path().join("a.jpg")).expect("the file is there");
    for _ in 0..2 {
        let trouble = stills.next().expect_err("nothing is there");
        assert!(matches!(trouble, CameraError::Mending(_)));
        assert!(trouble.to_string().starts_with("there is no picture in "));
    }
    fs::write(folder.path().join("b.jpg"), &jpeg).expect("the temporary folder takes files");
    assert_eq!(names(&mut stills, 2), ["b.jpg", "b.jpg"]);
    fs::remove_dir_all(folder.path()).expect("the folder is there");
    let trouble = stills.next().expect_err("not even the folder is there");
    assert!(
        matches!(trouble, CameraError::Mending(_))
            && trouble.to_string().starts_with("cannot read the folder ")
    );
}
