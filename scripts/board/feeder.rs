//! Plays pictures into a V4L2 loopback device, as a webcam would send them, for the virtual board.
//!
//!     board-feeder DEVICE mjpg|yuyv LINK
//!
//! At 15 frames a second it sends the JPEG that LINK leads to, until it is stopped: whoever changes the link changes
//! what is before the camera. A file that is not there is not sent.

#![allow(clippy::print_stderr, reason = "it is how the board's script knows")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, thread};

use sleevesight::picture;
use v4l::buffer::Type;
use v4l::io::traits::OutputStream;
use v4l::prelude::{Device, MmapStream};
use v4l::video::Output;
use v4l::{Format, FourCC};

/// From one frame to the next.
const FRAME: Duration = Duration::from_millis(66);

/// The size of every picture.
const SIZE: (u32, u32) = (1280, 720);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [device, format, link] = arguments.as_slice() else { return Err("name DEVICE FORMAT LINK".into()) };
    let fourcc = if format == "yuyv" { b"YUYV" } else { b"MJPG" };
    let device = Device::with_path(device)?;
    let got = Output::set_format(&device, &Format::new(SIZE.0, SIZE.1, FourCC::new(fourcc)))?;
    if got.fourcc.repr != *fourcc {
        return Err(format!("the device has {} instead", got.fourcc).into());
    }
    let mut stream = MmapStream::with_buffers(&device, Type::VideoOutput, 4)?;
    let mut shown: Option<(PathBuf, Vec<u8>)> = None;
    let mut sent = 0_u64;
    loop {
        thread::sleep(FRAME);
        let Ok(now) = fs::read_link(Path::new(link)) else { continue };
        if shown.as_ref().is_none_or(|(path, _)| *path != now) {
            let bytes = fs::read(&now)?;
            let bytes = if fourcc == b"YUYV" { yuyv(&bytes)? } else { bytes };
            shown = Some((now, bytes));
        }
        let Some((_, bytes)) = &shown else { continue };
        let (buffer, about) = OutputStream::next(&mut stream)?;
        buffer[..bytes.len()].copy_from_slice(bytes);
        about.bytesused = u32::try_from(bytes.len())?;
        about.field = 1;
        sent += 1;
        // A buffer goes out when the next one is fetched.
        if sent == 2 {
            eprintln!("the first frame is out");
        }
    }
}

/// A JPEG as YUYV of limited range: ITU-R BT.601-7.
fn yuyv(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let picture = picture::decode(bytes)?;
    if picture.dimensions() != SIZE {
        return Err("each picture must be of 1280 x 720 pixels".into());
    }
    let mut out = Vec::with_capacity(picture.len() / 3 * 2);
    for pair in picture.as_raw().chunks_exact(6) {
        let light =
            |rgb: &[u8]| 16.0 + (65.481 * level(rgb[0]) + 128.553 * level(rgb[1]) + 24.966 * level(rgb[2]));
        let mean = |channel: usize| (level(pair[channel]) + level(pair[channel + 3])) / 2.0;
        let (red, green, blue) = (mean(0), mean(1), mean(2));
        let u = 128.0 - 37.797 * red - 74.203 * green + 112.0 * blue;
        let v = 128.0 + 112.0 * red - 93.786 * green - 18.214 * blue;
        out.extend([light(&pair[..3]), u, light(&pair[3..]), v].map(|value| value.round() as u8));
    }
    Ok(out)
}

fn level(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}
