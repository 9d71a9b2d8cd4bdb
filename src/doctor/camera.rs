//! The camera, and what it delivers.

use super::machine::{Devices, Shots, System};
use super::{Outcome, Words, is_running, join, words};
use crate::camera::{CameraError, Source};
use crate::config::Config;

/// The fewest frames a second with which a sleeve is read while it is held up.
const SLOWEST: f64 = 5.0;

/// The camera, and its pictures.
pub(super) fn camera(config: &Config, system: &impl System, devices: &impl Devices) -> (Outcome, Outcome) {
    let not_seen = || Outcome::Unused(words("not looked at", "не проверялись"));
    match devices.watch(&config.source, &config.camera) {
        Ok(shots) => (found(&shots), pictures(config, &shots)),
        Err(CameraError::Busy { path }) if is_running(system) => {
            let path = path.display();
            let by_station = Outcome::Well(words(
                format!("{path}, in use by the station (to look closer: sudo systemctl stop sleevesight)"),
                format!("{path}, занята станцией (для полной проверки: sudo systemctl stop sleevesight)"),
            ));
            (by_station, not_seen())
        }
        Err(error) => {
            let (what, advice) = trouble(&error);
            (Outcome::wrong(what, advice), not_seen())
        }
    }
}

fn found(shots: &Shots) -> Outcome {
    let told = format!("{}, {}", shots.path.display(), shots.card);
    Outcome::Well(words(told.clone(), told))
}

/// Format, size and rate.
fn pictures(config: &Config, shots: &Shots) -> Outcome {
    let (width, height) = shots.size;
    let told = format!("{} {width} x {height}", shots.format);
    if matches!(config.source, Source::Stills(_)) {
        return Outcome::Well(words(told.clone(), told));
    }
    let asked = f64::from(config.camera.frames_per_second);
    let seconds = shots.took.as_secs_f64();
    let rate = if seconds > 0.0 { f64::from(shots.frames) / seconds } else { 0.0 };
    if shots.frames == 0 {
        let none = words(
            format!("none that can be used, {} dropped", shots.dropped),
            format!("ни одного пригодного, отброшено {}", shots.dropped),
        );
        return Outcome::wrong(none, replug());
    }
    let en = format!("{told}, {rate:.1} a second");
    let ru = format!("{told}, {rate:.1} в секунду");
    if rate < SLOWEST.min(asked / 2.0) {
        return Outcome::wrong(
            words(format!("{en}, where {asked} are asked for"), format!("{ru}, а запрошено {asked}")),
            words(
                "give it more light, or a shorter exposure (exposure_us = 20000 under [camera] in the configuration)",
                "добавьте света или сократите выдержку (exposure_us = 20000 в разделе [camera] настроек)",
            ),
        );
    }
    if shots.dropped > shots.frames / 10 {
        return Outcome::wrong(
            words(
                format!("{en}, but {} of them damaged", shots.dropped),
                format!("{ru}, но повреждено {}", shots.dropped),
            ),
            replug(),
        );
    }
    Outcome::Well(words(en, ru))
}

fn replug() -> Words {
    words(
        "plug it into another USB port, without a hub, with a shorter cable",
        "подключите её к другому порту USB, без разветвителя, коротким кабелем",
    )
}

/// What is wrong with a camera, and what to do.
fn trouble(error: &CameraError) -> (Words, Words) {
    let list = "v4l2-ctl --list-devices";
    let find = words(
        format!("plug in a UVC webcam; then type: {list}   (sudo apt install v4l-utils)"),
        format!("подключите веб-камеру (UVC) и наберите: {list}   (sudo apt install v4l-utils)"),
    );
    match error {
        CameraError::NoCamera => (words("there is none", "камеры нет"), find),
        CameraError::NotFound { path } => (
            words(
                format!("there is none at {}", path.display()),
                format!("по пути {} камеры нет", path.display()),
            ),
            words(
                format!("{}; or set source = \"v4l:auto\" in the configuration", find.en),
                format!("{}; или задайте source = \"v4l:auto\" в настройках", find.ru),
            ),
        ),
        CameraError::NoPermission { path } => (
            words(
                format!("no permission for {}", path.display()),
                format!("нет доступа к {}", path.display()),
            ),
            join("video"),
        ),
        CameraError::Busy { path } => {
            let path = path.display();
            let command = format!("sudo fuser -v {path}");
            (
                words(format!("another program uses {path}"), format!("{path} занята другой программой")),
                words(
                    format!("close that one; to know which, type: {command}"),
                    format!("закройте её; чтобы узнать, какая это, наберите: {command}"),
                ),
            )
        }
        CameraError::NotACamera { path } | CameraError::NoFormat { path, .. } => (
            words(
                format!("{} gives no pictures that are read here (MJPG or YUYV)", path.display()),
                format!("{} не даёт кадров в форматах MJPG или YUYV", path.display()),
            ),
            words(
                "use a UVC webcam, and set source = \"v4l:auto\"; a camera on the ribbon cable does not serve",
                "нужна веб-камера (UVC) и source = \"v4l:auto\"; камера на шлейфе не подойдёт",
            ),
        ),
        CameraError::NoBandwidth { path } => (
            words(
                format!("the USB bus has no room for {}", path.display()),
                format!("шине USB не хватает пропускной способности для {}", path.display()),
            ),
            replug(),
        ),
        other => (words(other.to_string(), format!("не работает: {other}")), replug()),
    }
}
