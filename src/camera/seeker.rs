//! Which of a machine's cameras is opened, the first time and after it was gone.

use std::path::{Path, PathBuf};

use super::{Camera, CameraError, V4l};
use crate::config::CameraSettings;

/// Opens the camera that was named, or any; and after it was unplugged, the same wherever it is now.
#[derive(Debug)]
pub(super) struct Seeker {
    /// The device that was named.
    named: Option<PathBuf>,
    settings: CameraSettings,
    /// What the camera that was opened last calls itself.
    card: Option<String>,
}

impl Seeker {
    pub(super) fn new(named: Option<PathBuf>, settings: &CameraSettings) -> Self {
        Self { named, settings: settings.clone(), card: None }
    }

    pub(super) fn open(&mut self) -> Result<Box<dyn Camera + Send>, CameraError> {
        let mut trouble = None;
        if let Some(path) = self.named.clone() {
            match V4l::open(&path, &self.settings) {
                Ok(camera) => return Ok(self.opened(camera)),
                // It may have come back under another number, but was not there in the first place.
                Err(absent @ (CameraError::NotFound { .. } | CameraError::NotACamera { .. })) => {
                    if self.card.is_none() {
                        return Err(absent);
                    }
                    trouble = Some(absent);
                }
                Err(other) => return Err(other),
            }
        }
        let all = V4l::all();
        for path in choice(&all, self.card.as_deref(), self.named.is_none()) {
            match V4l::open(path, &self.settings) {
                Ok(camera) => return Ok(self.opened(camera)),
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        Err(trouble.unwrap_or(CameraError::NoCamera))
    }

    fn opened(&mut self, camera: V4l) -> Box<dyn Camera + Send> {
        self.card = Some(camera.card().to_owned());
        Box::new(camera)
    }
}

/// The devices to try: first those of the camera that was there, then, where any will do, all others.
fn choice<'a>(all: &'a [(PathBuf, String)], card: Option<&str>, any: bool) -> Vec<&'a Path> {
    let (known, others): (Vec<_>, Vec<_>) = all.iter().partition(|(_, other)| Some(other.as_str()) == card);
    let others = others.into_iter().filter(|_| any);
    known.into_iter().chain(others).map(|(path, _)| path.as_path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_camera_comes_first_and_another_only_where_any_will_do() {
        let all: Vec<(PathBuf, String)> =
            [("/dev/video0", "C270"), ("/dev/video2", "Brio"), ("/dev/video4", "C270")]
                .map(|(path, card)| (path.into(), card.into()))
                .into();
        let paths = |card, any| {
            choice(&all, card, any).into_iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(paths(Some("Brio"), true), ["/dev/video2", "/dev/video0", "/dev/video4"]);
        assert_eq!(paths(Some("Brio"), false), ["/dev/video2"]);
        assert_eq!(paths(None, true), ["/dev/video0", "/dev/video2", "/dev/video4"]);
        assert_eq!(paths(Some("C920"), false), [""; 0]);
    }

    /// Whatever machine this runs on, there is no such device, and none was there before.
    #[test]
    fn a_camera_that_never_was_is_not_sought_elsewhere() {
        let mut seeker = Seeker::new(Some("/dev/no-such-camera".into()), &CameraSettings::default());
        assert!(matches!(seeker.open().err(), Some(CameraError::NotFound { .. })));
    }
}
