//! Sleevesight: hold a vinyl sleeve in front of a camera, and a board says what genre the record is.
//!
//! One sentence tells the design: **a frame comes in, a verdict goes out, and nothing in between
//! knows what a camera or a lamp is.**
//!
//! ```text
//! camera ──Frame──▶ sleeve ──Cover──▶ network ──Reading──▶ verdict ──Verdict──▶ indicator, log
//!                  find the          tract:               calibrate,           light it,
//!                  outline,          logits,              judge                print it
//!                  flatten it        embedding, map
//! ```
//!
//! - [`frame`] and [`picture`]: what comes in, from a camera's bytes or a file's.
//! - [`sleeve`]: the [`sleeve::Finder`] finds the outline, [`sleeve::flatten`] makes it a
//!   [`sleeve::Cover`].
//! - [`network`]: a [`network::Bundle`] is checked and loaded; a prepared cover gives a
//!   [`network::Reading`].
//! - [`stock`]: the shop's own records; which of them a sleeve is, or looks like.
//! - [`words`]: what the words on the sleeve say of artist, album and genre.
//! - [`verdict`]: the [`verdict::Judge`] says no more than the reading supports.
//! - [`camera`] and [`indicator`]: the seams to hardware, each with a stand-in beside it.
//! - [`explanation`] draws why, [`chart`] how likely.
//! - [`kiosk`] shows it all in a browser, to the customer before it.
//! - [`notices`] tells what is wrong and does not stop it; [`aside`] is where what is broken goes, [`heat`] what is done
//!   when a board is too hot, [`clock`] what is said when the clock is wrong.
//! - [`reader`] puts the core in a row, [`station`] keeps it running: when a sleeve is read, and when something is said.
//! - [`model`]: other models, brought in a file.
//! - [`doctor`] looks at all that it needs.
//! - [`service`] tells systemd how the station gets on.
//!
//! `frame`, `picture`, `sleeve`, `network`, `verdict` and `explanation` are the core. It reads no clock and knows
//! no device; but for the bundle, which is read once, it does no I/O.
//!
//! # A picture in, a genre out
//!
//! ```
//! use sleevesight::frame::Frame;
//! use sleevesight::picture;
//! use sleevesight::reader::{Gaze, Reader};
//! use sleevesight::verdict::Caution;
//! use std::path::Path;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let reader = Reader::open(Path::new("models/default"), Caution::Normal)?;
//! let bytes = std::fs::read("tests/sleeves/scenes/soul-circles.jpg")?;
//! let frame = Frame::still(picture::decode(&bytes)?, "soul-circles".into());
//!
//! let sighting = reader.look(&frame, Gaze::Still)?;
//! for likelihood in &sighting.verdict.genres {
//!     println!("{:>5.1} % {}", 100.0 * likelihood.probability, likelihood.genre.en);
//! }
//! # Ok(())
//! # }
//! ```

pub mod aside;
pub mod camera;
pub mod chart;
pub mod clock;
pub mod config;
pub mod doctor;
pub mod explanation;
pub mod file;
pub mod frame;
pub mod heat;
pub mod indicator;
mod jpeg;
pub mod kiosk;
pub mod level;
pub mod model;
pub mod network;
pub mod notices;
pub mod picture;
pub mod reader;
pub mod service;
pub mod sighting;
pub mod sleeve;
pub mod station;
pub mod stock;
pub mod tally;
pub mod verdict;
pub mod words;
