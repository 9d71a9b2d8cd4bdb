//! A V4L2 camera's controls: exposure and white balance.

use std::path::Path;

use v4l::control::{Control, Value};
use v4l::prelude::Device;

use super::CameraError;
use crate::config::CameraSettings;

// The kernel's `v4l2-controls.h`.
const AUTO_WHITE_BALANCE: u32 = 0x0098_090c;
const WHITE_BALANCE_TEMPERATURE: u32 = 0x0098_091a;
const EXPOSURE_AUTO: u32 = 0x009a_0901;
const EXPOSURE_ABSOLUTE: u32 = 0x009a_0902;
const EXPOSURE_MANUAL: i64 = 1;
/// A camera has the one or the other: a webcam mostly the first, "aperture priority".
const EXPOSURE_AUTOMATIC: [i64; 2] = [3, 0];

/// Tells a camera the settings' exposure and white balance, and gives what it does not grant.
///
/// What is not set is left to the camera, which is told so: another program may have set it.
pub(super) fn set(device: &Device, path: &Path, settings: &CameraSettings) -> Vec<CameraError> {
    let control = |id: u32, value: Value| device.set_control(Control { id, value }).is_ok();
    let mut refused = Vec::new();
    let mut wish = |granted: bool, what: &'static str, key: &'static str| {
        if !granted {
            refused.push(CameraError::Refused { path: path.to_owned(), what, key });
        }
    };
    match settings.exposure {
        Some(exposure) => {
            // A camera with nothing but a fixed mode has no switch for it.
            control(EXPOSURE_AUTO, Value::Integer(EXPOSURE_MANUAL));
            let hundreds_of_micros = (exposure.as_micros() / 100).max(1) as i64;
            let granted = control(EXPOSURE_ABSOLUTE, Value::Integer(hundreds_of_micros));
            wish(granted, "exposure", "exposure_us");
        }
        None => {
            let _ = EXPOSURE_AUTOMATIC.iter().any(|mode| control(EXPOSURE_AUTO, Value::Integer(*mode)));
        }
    }
    match settings.white_balance {
        Some(kelvin) => {
            control(AUTO_WHITE_BALANCE, Value::Boolean(false));
            let granted = control(WHITE_BALANCE_TEMPERATURE, Value::Integer(kelvin.into()));
            wish(granted, "white balance", "white_balance_k");
        }
        None => {
            control(AUTO_WHITE_BALANCE, Value::Boolean(true));
        }
    }
    refused
}
