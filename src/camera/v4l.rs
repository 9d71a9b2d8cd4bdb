//! A V4L2 camera. Only this file and `controls.rs` name the `v4l` crate.
//!
//! Drivers answer a wish with what they have (asked for MJPG, one without it silently gives YUYV), so
//! the format that was got is looked at, not the one that was asked for.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use v4l::buffer::{self, Metadata, Type};
use v4l::capability;
use v4l::format::{Colorspace, Quantization};
use v4l::io::traits::{CaptureStream, Stream as _};
use v4l::prelude::{Device, MmapStream};
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Format, FourCC, Timestamp};

use super::{Camera, CameraError, Turn, controls};
use crate::config::CameraSettings;
use crate::frame::{Frame, Range, Yuyv};

/// Buffers that the driver fills in turn.
const BUFFERS: u32 = 4;

/// The event of a buffer that is filled, as `poll(2)` knows it.
const POLLIN: i16 = 1;

// Of the system's error numbers, those that the standard library has no name for.
const EIO: i32 = 5;
const ENXIO: i32 = 6;
const ENODEV: i32 = 19;
const ENOTTY: i32 = 25;

/// A V4L2 camera: a UVC webcam, or whatever else delivers MJPG or YUYV.
pub struct V4l {
    path: PathBuf,
    layout: Layout,
    timeout: Duration,
    clock: Clock,
    turn: Turn,
    /// What the settings wish and the camera does not grant, not told yet.
    refused: Vec<CameraError>,
    /// How the camera calls itself.
    card: String,
    /// Always there until it is dropped.
    stream: Option<MmapStream<'static>>,
}

/// How the bytes of a frame lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Mjpg { width: u32, height: u32 },
    Yuyv(Yuyv),
}

impl V4l {
    /// Opens a camera by its device, as `/dev/video0`, and asks it for what the settings say.
    ///
    /// # Errors
    ///
    /// [`CameraError`], by what is wrong with it.
    pub fn open(path: &Path, settings: &CameraSettings) -> Result<Self, CameraError> {
        // The crate panics on what it does not know, as a colour space newer than itself.
        let opened = catch_unwind(AssertUnwindSafe(|| Self::start(path, settings)));
        opened.unwrap_or_else(|_| {
            Err(CameraError::Failed {
                path: path.to_owned(),
                reason: "its driver says what nobody knows".into(),
            })
        })
    }

    fn start(path: &Path, settings: &CameraSettings) -> Result<Self, CameraError> {
        let because = |error: io::Error| on_opening(path, &error);
        let device = Device::with_path(path).map_err(because)?;
        let about = device.query_caps().map_err(because)?;
        if !about.capabilities.contains(capability::Flags::VIDEO_CAPTURE | capability::Flags::STREAMING) {
            return Err(CameraError::NotACamera { path: path.to_owned() });
        }
        let ask = |fourcc: &[u8; 4]| {
            device.set_format(&Format::new(settings.width, settings.height, FourCC::new(fourcc)))
        };
        let Some(layout) = agree(ask).map_err(because)? else {
            let formats = device.enum_formats().map_err(because)?;
            let offered = listed(formats.iter().map(|format| format.fourcc.repr));
            return Err(CameraError::NoFormat { path: path.to_owned(), offered });
        };
        // A camera that cannot be told its rate has one of its own.
        let _ = device.set_params(&Parameters::with_fps(settings.frames_per_second));

        let mut stream = MmapStream::with_buffers(&device, Type::VideoCapture, BUFFERS).map_err(because)?;
        stream.set_timeout(settings.timeout);
        Ok(Self {
            path: path.to_owned(),
            layout,
            timeout: settings.timeout,
            clock: Clock::new(Duration::from_secs(1) / settings.frames_per_second.max(1)),
            turn: Turn { rotation: settings.rotation, mirror: settings.mirror },
            refused: controls::set(&device, path, settings),
            card: about.card,
            stream: Some(stream),
        })
    }

    /// How the camera calls itself: the same when it is plugged in elsewhere.
    #[must_use]
    pub fn card(&self) -> &str {
        &self.card
    }

    /// The format of its pictures: `MJPG` or `YUYV`.
    #[must_use]
    pub fn format(&self) -> &'static str {
        match self.layout {
            Layout::Mjpg { .. } => "MJPG",
            Layout::Yuyv(_) => "YUYV",
        }
    }

    /// The cameras of this machine by what they can do, not by what they are called: each device that delivers
    /// pictures in a format that is read here, with its card, in the order of their numbers.
    #[must_use]
    pub fn all() -> Vec<(PathBuf, String)> {
        let entries = fs::read_dir("/dev").into_iter().flatten().flatten();
        let number = |name: &OsStr| name.to_str()?.strip_prefix("video")?.parse::<u32>().ok();
        let mut devices: Vec<_> =
            entries.filter_map(|entry| Some((number(&entry.file_name())?, entry.path()))).collect();
        devices.sort();
        let card = |path: &Path| -> io::Result<Option<String>> {
            let device = Device::with_path(path)?;
            let about = device.query_caps()?;
            let able = about.capabilities;
            Ok((able.contains(capability::Flags::VIDEO_CAPTURE | capability::Flags::STREAMING)
                && device.enum_formats()?.iter().any(|format| is_read_here(&format.fourcc.repr)))
            .then_some(about.card))
        };
        devices
            .into_iter()
            .filter_map(|(_, path)| {
                // The crate panics on what it does not know.
                let card = catch_unwind(AssertUnwindSafe(|| card(&path))).ok()?.ok()??;
                Some((path, card))
            })
            .collect()
    }
}

impl Camera for V4l {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        if let Some(refused) = self.refused.pop() {
            return Err(refused);
        }
        let Self { path, layout, timeout, clock, turn, stream: Some(stream), .. } = self else {
            return Err(CameraError::Gone { path: self.path.clone() });
        };
        let handle = stream.handle();
        let mut passed_over = 0;
        loop {
            let error = match CaptureStream::next(stream) {
                // The driver hands out the oldest of its buffers: who was away for long fetches up to the newest.
                Ok(_) if passed_over + 1 < BUFFERS && handle.poll(POLLIN, 0).is_ok_and(|ready| ready > 0) => {
                    passed_over += 1;
                    continue;
                }
                Ok((buffer, about)) => {
                    let frame = frame(buffer, about, *layout, path, clock)?;
                    return Ok(Some(Frame { picture: turn.turned(frame.picture), ..frame }));
                }
                Err(error) => error,
            };
            // A buffer was queued and did not come back, and must not be queued again: stopping takes
            // all of them back, and the next call starts anew. Where even that fails, it will say so.
            let _ = stream.stop();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(on_streaming(path, &error, *timeout));
            }
        }
    }
}

impl Drop for V4l {
    fn drop(&mut self) {
        let Some(mut stream) = self.stream.take() else { return };
        // The crate's own drop stops the stream, too, and panics where that fails for any other reason
        // than that the camera is gone; its buffers' drop may then panic in turn, which would end the
        // program. So stopping is tried first, and what cannot be stopped is let be, not dropped.
        match stream.stop() {
            Err(error) if error.raw_os_error() != Some(ENODEV) => mem::forget(stream),
            _ => {
                let _ = catch_unwind(AssertUnwindSafe(|| drop(stream)));
            }
        }
    }
}

/// Asks for the formats that are read here, the best first, until the answer is one of them.
fn agree(ask: impl Fn(&[u8; 4]) -> io::Result<Format>) -> io::Result<Option<Layout>> {
    for wish in [b"MJPG", b"YUYV"] {
        match ask(wish) {
            Ok(got) => {
                if let Some(layout) = layout(&got) {
                    return Ok(Some(layout));
                }
            }
            // Some drivers refuse what they do not have.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether a format is one of those that are read here.
fn is_read_here(fourcc: &[u8; 4]) -> bool {
    matches!(fourcc, b"MJPG" | b"JPEG" | b"YUYV")
}

/// How the bytes of this format lie, where it is one that is read here.
fn layout(got: &Format) -> Option<Layout> {
    match &got.fourcc.repr {
        b"MJPG" | b"JPEG" => Some(Layout::Mjpg { width: got.width, height: got.height }),
        b"YUYV" => Some(Layout::Yuyv(Yuyv {
            width: got.width,
            height: got.height,
            stride: got.stride as usize,
            range: range(got),
        })),
        _ => None,
    }
}

/// The range of a YUV format. Where the driver does not tell it, it follows from the colour space.
///
/// Source: the kernel's `videodev2.h`, `V4L2_MAP_QUANTIZATION_DEFAULT`.
fn range(got: &Format) -> Range {
    match (got.quantization, got.colorspace) {
        (Quantization::FullRange, _) | (Quantization::Default, Colorspace::JPEG) => Range::Full,
        _ => Range::Limited,
    }
}

/// The names of formats, for a person.
fn listed(formats: impl Iterator<Item = [u8; 4]>) -> String {
    let names: Vec<String> = formats.map(|name| name.escape_ascii().to_string().trim().to_owned()).collect();
    if names.is_empty() { "no format at all".into() } else { names.join(", ") }
}

/// The frame in a buffer.
fn frame(
    buffer: &[u8],
    about: &Metadata,
    layout: Layout,
    path: &Path,
    clock: &mut Clock,
) -> Result<Frame, CameraError> {
    let dropped = |reason: String| CameraError::Dropped {
        name: format!("{}, frame {}", path.display(), about.sequence),
        reason,
    };
    let at = clock.at(since_boot(about.timestamp));
    if about.flags.contains(buffer::Flags::ERROR) {
        return Err(dropped("the camera says that the frame is damaged; it is dropped".into()));
    }
    // What lies behind the bytes used is left from an earlier frame.
    let bytes = &buffer[..buffer.len().min(about.bytesused as usize)];
    if bytes.is_empty() {
        return Err(dropped("the camera delivered an empty frame; it is dropped".into()));
    }
    let name = path.display().to_string();
    let frame = match layout {
        Layout::Mjpg { width, height } => Frame::from_mjpg(bytes, Some((width, height)), at, name),
        Layout::Yuyv(yuyv) => Frame::from_yuyv(bytes, yuyv, at, name),
    };
    frame.map_err(|error| dropped(error.to_string()))
}

/// A driver's time; what is none counts as 0.
fn since_boot(stamp: Timestamp) -> Duration {
    let seconds = u64::try_from(stamp.sec).unwrap_or(0);
    let micros = u64::try_from(stamp.usec).unwrap_or(0);
    Duration::from_secs(seconds).saturating_add(Duration::from_micros(micros))
}

/// Makes of a driver's times those of a source: from 0, and always forwards.
#[derive(Debug)]
struct Clock {
    interval: Duration,
    first: Option<Duration>,
    last: Option<Duration>,
}

impl Clock {
    fn new(interval: Duration) -> Self {
        Self { interval, first: None, last: None }
    }

    /// Where the driver's time stands still or jumps back, the nominal interval counts.
    fn at(&mut self, stamp: Duration) -> Duration {
        let told = stamp.saturating_sub(*self.first.get_or_insert(stamp));
        let at = match self.last {
            Some(last) if told <= last => last.saturating_add(self.interval),
            _ => told,
        };
        self.last = Some(at);
        at
    }
}

/// What an error means while a camera is opened.
fn on_opening(path: &Path, error: &io::Error) -> CameraError {
    let path = path.to_owned();
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, _) | (_, Some(ENXIO | ENODEV)) => {
            CameraError::NotFound { path }
        }
        (io::ErrorKind::PermissionDenied, _) => CameraError::NoPermission { path },
        (io::ErrorKind::ResourceBusy, _) => CameraError::Busy { path },
        (io::ErrorKind::StorageFull, _) => CameraError::NoBandwidth { path },
        (io::ErrorKind::IsADirectory, _) | (_, Some(ENOTTY)) => CameraError::NotACamera { path },
        _ => CameraError::Failed { path, reason: error.to_string() },
    }
}

/// What an error means while frames are waited for.
fn on_streaming(path: &Path, error: &io::Error, timeout: Duration) -> CameraError {
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::TimedOut, _) => {
            CameraError::TimedOut { path: path.to_owned(), millis: timeout.as_millis() }
        }
        // A webcam that is unplugged while it streams says first EIO, then ENODEV.
        (_, Some(EIO | ENXIO | ENODEV)) => CameraError::Gone { path: path.to_owned() },
        _ => on_opening(path, error),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const PATH: &str = "/dev/video7";

    /// A driver that answers any wish with this format.
    fn driver(fourcc: &'static [u8; 4]) -> impl Fn(&[u8; 4]) -> io::Result<Format> {
        move |_| Ok(Format { stride: 1312, ..Format::new(640, 480, FourCC::new(fourcc)) })
    }

    #[test]
    fn the_format_that_was_got_counts_not_the_one_asked_for() {
        let yuyv = Layout::Yuyv(Yuyv { width: 640, height: 480, stride: 1312, range: Range::Limited });
        assert_eq!(agree(driver(b"YUYV")).expect("an answer"), Some(yuyv));
        assert_eq!(
            agree(driver(b"MJPG")).expect("an answer"),
            Some(Layout::Mjpg { width: 640, height: 480 })
        );
        assert_eq!(agree(driver(b"NV12")).expect("an answer"), None);
    }

    #[test]
    fn yuyv_is_asked_for_where_mjpg_is_refused() {
        let asked = RefCell::new(Vec::new());
        let layout = agree(|wish| {
            asked.borrow_mut().push(*wish);
            if wish == b"MJPG" { Err(io::ErrorKind::InvalidInput.into()) } else { driver(b"YUYV")(wish) }
        });
        assert!(matches!(layout, Ok(Some(Layout::Yuyv(_)))), "{layout:?}");
        assert_eq!(*asked.borrow(), [*b"MJPG", *b"YUYV"]);
    }

    #[test]
    fn black_and_white_are_what_the_driver_says_or_what_the_kernel_means() {
        let format = |quantization, colorspace| Format {
            quantization,
            colorspace,
            ..Format::new(640, 480, FourCC::new(b"YUYV"))
        };
        for (quantization, colorspace, wanted) in [
            (Quantization::Default, Colorspace::SRGB, Range::Limited),
            (Quantization::Default, Colorspace::JPEG, Range::Full),
            (Quantization::FullRange, Colorspace::SRGB, Range::Full),
            (Quantization::LimitedRange, Colorspace::JPEG, Range::Limited),
        ] {
            assert_eq!(range(&format(quantization, colorspace)), wanted);
        }
    }

    #[test]
    fn a_busy_camera_is_not_asked_twice() {
        let refused = agree(|_| Err(io::Error::from_raw_os_error(16)));
        assert_eq!(refused.expect_err("busy").kind(), io::ErrorKind::ResourceBusy);
    }

    #[test]
    fn each_error_number_has_its_sentence() {
        let opening = |number| on_opening(Path::new(PATH), &io::Error::from_raw_os_error(number));
        assert!(matches!(opening(2), CameraError::NotFound { .. }));
        assert!(matches!(opening(19), CameraError::NotFound { .. }));
        assert!(matches!(opening(13), CameraError::NoPermission { .. }));
        assert!(matches!(opening(1), CameraError::NoPermission { .. }));
        assert!(matches!(opening(16), CameraError::Busy { .. }));
        assert!(matches!(opening(25), CameraError::NotACamera { .. }));
        assert!(matches!(opening(21), CameraError::NotACamera { .. }));
        assert!(matches!(opening(28), CameraError::NoBandwidth { .. }));
        assert!(matches!(opening(71), CameraError::Failed { .. }));

        let streaming = |error| on_streaming(Path::new(PATH), &error, Duration::from_secs(2));
        for gone in [5, 6, 19] {
            assert!(matches!(streaming(io::Error::from_raw_os_error(gone)), CameraError::Gone { .. }));
        }
        let late = streaming(io::ErrorKind::TimedOut.into()).to_string();
        assert!(late.contains("no frame in 2000 ms"), "{late}");
        assert!(matches!(streaming(io::Error::from_raw_os_error(28)), CameraError::NoBandwidth { .. }));
    }

    #[test]
    fn what_is_no_camera_is_refused_without_a_panic() {
        let settings = CameraSettings::default();
        let open = |path| V4l::open(Path::new(path), &settings).err();
        assert!(matches!(open("/dev/no-such-camera"), Some(CameraError::NotFound { .. })));
        assert!(matches!(open("/dev/null"), Some(CameraError::NotACamera { .. })));
        assert!(matches!(open("/tmp"), Some(CameraError::NotACamera { .. })));
    }

    #[test]
    fn the_formats_offered_are_listed() {
        assert_eq!(listed([*b"NV12", *b"Y16 ", *b"\x01\0AB"].into_iter()), "NV12, Y16, \\x01\\x00AB");
        assert_eq!(listed([].into_iter()), "no format at all");
    }

    #[test]
    fn a_frame_ends_where_the_bytes_used_end() {
        let take = |used: usize, flags: buffer::Flags| {
            let about = Metadata { bytesused: used as u32, flags, sequence: 3, ..Metadata::default() };
            let layout = Layout::Yuyv(Yuyv { width: 8, height: 8, stride: 16, range: Range::Full });
            frame(&[128; 200], &about, layout, Path::new(PATH), &mut Clock::new(Duration::ZERO))
        };
        let fine = buffer::Flags::empty();
        assert_eq!(take(128, fine).expect("a whole frame").name, PATH);
        assert!(take(999, fine).is_ok(), "more than the buffer holds is not read");
        for dropped in [take(127, fine), take(0, fine), take(128, buffer::Flags::ERROR)] {
            let Err(CameraError::Dropped { name, .. }) = dropped else { panic!("{dropped:?}") };
            assert_eq!(name, "/dev/video7, frame 3");
        }
    }

    #[test]
    fn time_begins_at_nothing_and_goes_forwards() {
        let millis = Duration::from_millis;
        let mut clock = Clock::new(millis(50));
        assert_eq!(clock.at(millis(7000)), millis(0));
        assert_eq!(clock.at(millis(7040)), millis(40));
        assert_eq!(clock.at(millis(7040)), millis(90), "the driver's time stands still");
        assert_eq!(clock.at(millis(100)), millis(140), "it jumps back");
        assert_eq!(clock.at(millis(7200)), millis(200), "it is right again");
        assert_eq!(since_boot(Timestamp::new(-1, 2_500_000)), millis(2500));
    }
}
