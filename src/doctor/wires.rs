//! What hangs on the header: lamps, strip, display.

use std::io;
use std::path::Path;

use super::machine::{ChipSeen, Devices, System};
use super::{Outcome, join, words};
use crate::config::{Config, GpioSettings};

/// Who holds the station's own lines.
const OWN: &str = "sleevesight";

fn unused() -> Outcome {
    Outcome::Unused(words("not configured", "не настроено"))
}

/// The chip is there, and has the lines, and nobody else uses them.
pub(super) fn gpio(config: &Config, system: &impl System, devices: &impl Devices) -> Outcome {
    let Some(settings) = &config.indicators.gpio else { return unused() };
    let chips = match devices.chips() {
        Ok(chips) => chips,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Outcome::wrong(
                words("no permission for the GPIO chips", "нет доступа к контроллерам GPIO"),
                join("gpio"),
            );
        }
        // A kernel without the first version of the interface knows none of its calls on lines.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            return Outcome::wrong(
                words(
                    "this kernel has only the second version of the GPIO interface",
                    "в этом ядре есть только вторая версия интерфейса GPIO",
                ),
                words(
                    "take a kernel with CONFIG_GPIO_CDEV_V1, as Raspberry Pi OS and Debian have it",
                    "нужно ядро с CONFIG_GPIO_CDEV_V1, как в Raspberry Pi OS и Debian",
                ),
            );
        }
        Err(error) => {
            let dmesg = "sudo dmesg | grep -i gpio";
            return Outcome::wrong(
                words(
                    format!("the chips do not answer ({error})"),
                    format!("контроллеры не отвечают ({error})"),
                ),
                words(format!("type: {dmesg}"), format!("наберите: {dmesg}")),
            );
        }
    };
    let Some(chip) = chips.iter().find(|chip| chip.label == settings.chip) else {
        return no_chip(settings, &chips, system);
    };
    let lamps = lamps(settings);
    if let Some((lamp, line)) = lamps.iter().find(|(_, line)| *line >= chip.lines) {
        return Outcome::wrong(
            words(
                format!("`{lamp}` is on line {line}, the chip has {}", chip.lines),
                format!("`{lamp}` на линии {line}, а у контроллера их {}", chip.lines),
            ),
            words(
                "correct it under [indicators.gpio]: lines are GPIO (BCM) numbers, not pins",
                "исправьте в [indicators.gpio]: это номера GPIO (BCM), а не контактов",
            ),
        );
    }
    let held = |line: u32| chip.used.iter().find(|(used, holder)| *used == line && holder != OWN);
    if let Some((lamp, line, holder)) =
        lamps.iter().find_map(|(lamp, line)| Some((lamp, line, &held(*line)?.1)))
    {
        return Outcome::wrong(
            words(
                format!("line {line} of `{lamp}` is in use by \"{holder}\""),
                format!("линия {line} (`{lamp}`) занята: «{holder}»"),
            ),
            words(
                "choose another line, or switch off what uses it in /boot/firmware/config.txt",
                "выберите другую линию или отключите то, что её занимает, в /boot/firmware/config.txt",
            ),
        );
    }
    Outcome::Well(words(
        format!("{}, {} lines", chip.label, lamps.len()),
        format!("{}, линий: {}", chip.label, lamps.len()),
    ))
}

/// The lamps and their lines.
fn lamps(settings: &GpioSettings) -> Vec<(&str, u32)> {
    let genres = settings.genres.iter().map(|(genre, line)| (genre.as_str(), *line));
    let others = [("sure", settings.sure), ("busy", settings.busy)];
    let others = others.into_iter().filter_map(|(lamp, line)| Some((lamp, line?)));
    genres.chain(others).chain(settings.code.iter().map(|line| ("code", *line))).collect()
}

fn no_chip(settings: &GpioSettings, chips: &[ChipSeen], system: &impl System) -> Outcome {
    let model = system.text("/proc/device-tree/model".as_ref()).unwrap_or_default();
    let labels: Vec<&str> = chips.iter().map(|chip| chip.label.as_str()).collect();
    let what = if labels.is_empty() {
        words("this machine has no GPIO chip", "у этой машины нет контроллера GPIO")
    } else {
        let (label, labels) = (&settings.chip, labels.join(", "));
        words(
            format!("there is no chip \"{label}\", but {labels}"),
            format!("контроллера «{label}» нет, есть {labels}"),
        )
    };
    let advice = match model.as_str() {
        model if model.starts_with("Raspberry Pi 5") => words(
            "set chip = \"pinctrl-rp1\" under [indicators.gpio]",
            "задайте chip = \"pinctrl-rp1\" в [indicators.gpio]",
        ),
        model if model.starts_with("Raspberry Pi") => words(
            "set chip = \"pinctrl-bcm2711\" under [indicators.gpio] (pinctrl-bcm2835 on a Pi 3)",
            "задайте chip = \"pinctrl-bcm2711\" в [indicators.gpio] (pinctrl-bcm2835 на Pi 3)",
        ),
        _ if labels.is_empty() => {
            words("take [indicators.gpio] out of the configuration", "уберите [indicators.gpio] из настроек")
        }
        _ => words(
            "set `chip` under [indicators.gpio] to one of these",
            "задайте `chip` в [indicators.gpio] одним из них",
        ),
    };
    Outcome::wrong(what, advice)
}

/// The strip's bus is there and may be written. Whether lights hang on it, nobody can tell: they do not answer.
pub(super) fn spi(config: &Config, system: &impl System) -> Outcome {
    let Some(strip) = &config.indicators.strip else { return unused() };
    bus(system, &strip.device, "spi", "do_spi").unwrap_or_else(|| {
        let (device, lights) = (strip.device.display(), strip.lights);
        Outcome::Well(words(format!("{device}, {lights} lights"), format!("{device}, огней: {lights}")))
    })
}

/// The display's bus is there, and the display answers.
pub(super) fn i2c(config: &Config, system: &impl System, devices: &impl Devices) -> Outcome {
    let Some(oled) = &config.indicators.oled else { return unused() };
    if let Some(wrong) = bus(system, &oled.bus, "i2c", "do_i2c") {
        return wrong;
    }
    let (path, address) = (oled.bus.display(), oled.address);
    if let Err(error) = devices.answers(&oled.bus, address) {
        let number = oled.bus.to_string_lossy().rsplit('-').next().unwrap_or("1").to_owned();
        let command = format!("sudo i2cdetect -y {number}");
        return Outcome::wrong(
            words(
                format!("nothing answers at {address:#04x} of {path} ({error})"),
                format!("по адресу {address:#04x} на {path} никто не отвечает ({error})"),
            ),
            words(
                format!(
                    "check its four wires; to see who is there, type: {command}   (sudo apt install i2c-tools)"
                ),
                format!(
                    "проверьте четыре провода; чтобы увидеть, кто на шине, наберите: {command}   (sudo apt install i2c-tools)"
                ),
            ),
        );
    }
    Outcome::Well(words(format!("{path}, {address:#04x}"), format!("{path}, {address:#04x}")))
}

/// What is wrong with a bus; `None` where nothing is. `switch`: what raspi-config calls it.
fn bus(system: &impl System, device: &Path, group: &str, switch: &str) -> Option<Outcome> {
    let error = system.open(device).err()?;
    let path = device.display();
    Some(match error.kind() {
        io::ErrorKind::PermissionDenied => Outcome::wrong(
            words(format!("no permission for {path}"), format!("нет доступа к {path}")),
            join(group),
        ),
        io::ErrorKind::NotFound => {
            let command = format!("sudo raspi-config nonint {switch} 0 && sudo reboot");
            Outcome::wrong(
                words(format!("there is no {path}"), format!("устройства {path} нет")),
                words(
                    format!("switch the bus on; type: {command}"),
                    format!("включите шину; наберите: {command}"),
                ),
            )
        }
        _ => Outcome::wrong(
            words(format!("{path} does not open ({error})"), format!("{path} не открывается ({error})")),
            words("stop what else uses it", "остановите то, что ещё её использует"),
        ),
    })
}
