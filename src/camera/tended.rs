//! A camera that is looked after: opened again when it fails, and held to what pictures should be.

use std::time::Duration;

use image::RgbImage;

use super::patience::{Patience, WallTime};
use super::{Camera, CameraError};
use crate::frame::Frame;

/// The time until a camera is opened again, at first; it doubles up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(250);

/// The longest time until a camera is opened again: one that is plugged in is not waited for longer.
const LONGEST: Duration = Duration::from_secs(2);

/// How long a camera may give nothing but frames that cannot be used.
const USELESS: Duration = Duration::from_secs(2);

/// How long pictures may be black until that is said, and the camera opened anew, which helps some.
const BLACK: Duration = Duration::from_secs(2);

/// The longest time from one opening to the next of a camera whose pictures stay black: it may simply be night.
const NIGHT: Duration = Duration::from_secs(300);

/// The least difference in time between two frames.
const LEAST: Duration = Duration::from_micros(1);

/// How bright, in levels, the brightest of a black picture's samples may be: sensors have some noise.
const DARKEST: u8 = 24;

type Opener<'a> = Box<dyn FnMut() -> Result<Box<dyn Camera + Send>, CameraError> + Send + 'a>;

/// A camera that is opened again when it fails, as often as it takes, after pauses that grow up to two seconds.
///
/// Until it gives frames again, each call gives [`CameraError::Mending`] with what is wrong. Frames that cannot be
/// used are [`CameraError::Dropped`], as are those of another size than the first; where there are no others for two
/// seconds, the camera is opened anew. Time goes on over all of that.
///
/// ```
/// use sleevesight::camera::{Camera, CameraError, Stills, Tended};
/// use std::path::Path;
///
/// let mut plugged_in = false;
/// let mut camera = Tended::new(move || {
///     if !std::mem::replace(&mut plugged_in, true) {
///         return Err(CameraError::NoCamera);
///     }
///     Ok(Box::new(Stills::new(Path::new("tests/sleeves/flat"), true)?))
/// });
/// assert!(matches!(camera.next(), Err(CameraError::Mending(_))));
/// assert!(camera.next()?.is_some());
/// # Ok::<(), CameraError>(())
/// ```
pub struct Tended<'a> {
    open: Opener<'a>,
    patience: Box<dyn Patience + 'a>,
    camera: Option<Box<dyn Camera + Send>>,
    /// The time to wait before it is opened; `None` where it was not tried yet.
    pause: Option<Duration>,
    /// The size of the camera's first frame.
    size: Option<(u32, u32)>,
    /// When the last frame came that could be used, or when the camera was opened.
    useful: Duration,
    /// Since when all pictures are black.
    black: Option<Duration>,
    /// How long they may have been until the camera is opened anew.
    night: Duration,
    /// What is to be added to the times that this camera tells.
    offset: Option<Duration>,
    /// The time of the last frame.
    last: Option<Duration>,
}

impl<'a> Tended<'a> {
    /// A camera that is opened by this.
    pub fn new(open: impl FnMut() -> Result<Box<dyn Camera + Send>, CameraError> + Send + 'a) -> Self {
        Self::with_patience(open, WallTime::default())
    }

    /// The same, by another time than everyone's.
    pub fn with_patience(
        open: impl FnMut() -> Result<Box<dyn Camera + Send>, CameraError> + Send + 'a,
        patience: impl Patience + 'a,
    ) -> Self {
        Self {
            open: Box::new(open),
            patience: Box::new(patience),
            camera: None,
            pause: None,
            size: None,
            useful: Duration::ZERO,
            black: None,
            night: BLACK,
            offset: None,
            last: None,
        }
    }

    /// Opens it now, so that what is wrong from the start is an error at once.
    ///
    /// # Errors
    ///
    /// What is wrong with the camera.
    pub fn opened(mut self) -> Result<Self, CameraError> {
        self.reopen()?;
        Ok(self)
    }

    fn reopen(&mut self) -> Result<(), CameraError> {
        self.pause = Some(self.pause.map_or(SHORTEST, |pause| (2 * pause).min(LONGEST)));
        self.camera = Some((self.open)()?);
        self.size = None;
        self.offset = None;
        self.useful = self.patience.now();
        Ok(())
    }

    /// Closes the camera, and says why.
    fn mend(&mut self, trouble: CameraError) -> CameraError {
        self.camera = None;
        CameraError::Mending(Box::new(trouble))
    }

    /// A frame that came, unless there is something wrong with it.
    fn checked(&mut self, frame: Frame) -> Result<Frame, CameraError> {
        let (width, height) = *self.size.get_or_insert(frame.picture.dimensions());
        if frame.picture.dimensions() != (width, height) {
            let (other_width, other_height) = frame.picture.dimensions();
            let reason = format!(
                "the camera delivered {other_width} x {other_height} pixels where it had {width} x {height}; the frame is dropped"
            );
            return Err(CameraError::Dropped { name: frame.name, reason });
        }
        let now = self.patience.now();
        if is_black(&frame.picture) {
            let lasted = now.saturating_sub(*self.black.get_or_insert(now));
            if lasted >= BLACK {
                if lasted >= self.night {
                    self.night = lasted + lasted.min(NIGHT);
                    self.camera = None;
                }
                return Err(CameraError::Mending(Box::new(CameraError::Dark { name: frame.name })));
            }
        } else {
            (self.black, self.night) = (None, BLACK);
        }
        (self.useful, self.pause) = (now, Some(SHORTEST));
        let offset = *self.offset.get_or_insert_with(|| now.saturating_sub(frame.at));
        let told = frame.at.saturating_add(offset);
        let at = self.last.map_or(told, |last| told.max(last.saturating_add(LEAST)));
        self.last = Some(at);
        Ok(Frame { at, ..frame })
    }
}

impl Camera for Tended<'_> {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        if self.camera.is_none() {
            if let Some(pause) = self.pause {
                self.patience.wait(pause);
            }
            self.reopen().map_err(|trouble| CameraError::Mending(Box::new(trouble)))?;
        }
        let Some(camera) = &mut self.camera else { return Ok(None) };
        let outcome = match camera.next() {
            Ok(Some(frame)) => self.checked(frame).map(Some),
            other => other,
        };
        match outcome {
            Err(CameraError::Dropped { name, reason }) => {
                if self.patience.now().saturating_sub(self.useful) < USELESS {
                    return Err(CameraError::Dropped { name, reason });
                }
                Err(self.mend(CameraError::Useless { name, reason }))
            }
            Err(known @ (CameraError::Mending(_) | CameraError::Refused { .. })) => Err(known),
            Err(trouble) => Err(self.mend(trouble)),
            fine => fine,
        }
    }
}

/// Whether a picture shows nothing at all.
fn is_black(picture: &RgbImage) -> bool {
    picture.as_raw().iter().step_by(61).all(|level| *level <= DARKEST)
}
