//! The board itself: system, disk, clock, heat, power.

use std::path::{Path, PathBuf};

use super::machine::System;
use super::{Outcome, words};
use crate::clock;

/// Under so many bytes free a stock has no room to grow.
const LEAST_FREE: u64 = 200 << 20;

/// From so many thousandths of a degree on, a board slows itself down.
const HOT: i64 = 80_000;

/// The processors that a package is made for.
const KNOWN: [&str; 2] = ["x86_64", "aarch64"];

/// Program and kernel are of 64 bits.
pub(super) fn bits(system: &impl System) -> Outcome {
    let kernel = system.text("/proc/sys/kernel/arch".as_ref());
    let kernel = kernel.unwrap_or_else(|_| std::env::consts::ARCH.to_owned());
    let model = system.text("/proc/device-tree/model".as_ref()).unwrap_or_default();
    if !KNOWN.contains(&kernel.as_str()) {
        return Outcome::wrong(
            words(format!("this system is for {kernel}"), format!("эта система для {kernel}")),
            words(
                "install the 64-bit Raspberry Pi OS or Debian",
                "установите 64-битную Raspberry Pi OS или Debian",
            ),
        );
    }
    let told = [kernel.as_str(), model.as_str()].into_iter().filter(|part| !part.is_empty());
    let told = told.collect::<Vec<_>>().join(", ");
    Outcome::Well(words(told.clone(), told))
}

/// There is room for what is to last.
pub(super) fn disk(state: Option<&Path>, system: &impl System) -> Outcome {
    let folder = state.unwrap_or(Path::new("/"));
    // A folder that is not there yet will be where the nearest one is.
    let free = folder.ancestors().find_map(|folder| system.free(folder).ok());
    let Some(free) = free else {
        return Outcome::Unused(words("the system does not tell", "система не сообщает"));
    };
    let free_mb = free >> 20;
    if free < LEAST_FREE {
        let command = "sudo apt clean; sudo journalctl --vacuum-size=50M; du -xh / | sort -h | tail";
        return Outcome::wrong(
            words(format!("{free_mb} MB are free"), format!("свободно {free_mb} МБ")),
            words(format!("make room; type: {command}"), format!("освободите место; наберите: {command}")),
        );
    }
    Outcome::Well(words(format!("{free_mb} MB are free"), format!("свободно {free_mb} МБ")))
}

/// The clock says a time that can be. Records and logs are dated by it, nothing else.
pub(super) fn clock(system: &impl System) -> Outcome {
    let now = system.now();
    let year = clock::year(now);
    if !clock::is_possible(now) {
        let command = clock::SET;
        return Outcome::wrong(
            words(format!("it says it is {year}"), format!("на них {year} год")),
            words(
                format!("let it see a network once, or type (with the right time): {command}"),
                format!("один раз подключите сеть или наберите (с верным временем): {command}"),
            ),
        );
    }
    Outcome::Well(words(format!("{year}"), format!("{year} год")))
}

/// The hottest of the board's sensors.
pub(super) fn temperature(system: &impl System) -> Outcome {
    let zones = Path::new("/sys/class/thermal");
    let hottest = system
        .names(zones)
        .iter()
        .filter(|name| name.starts_with("thermal_zone"))
        .filter_map(|name| system.text(&zones.join(name).join("temp")).ok()?.trim().parse::<i64>().ok())
        .max();
    let Some(millis) = hottest else {
        return Outcome::Unused(words("the board does not tell", "плата не сообщает"));
    };
    let told = format!("{} °C", millis / 1000);
    if millis >= HOT {
        return Outcome::wrong(
            words(told.clone(), told),
            words(
                "give it a heat sink or a fan, and air; it slows itself down",
                "нужен радиатор или вентилятор и приток воздуха: плата сама снижает скорость",
            ),
        );
    }
    Outcome::Well(words(told.clone(), told))
}

/// Of the firmware's flags: now, and since the board was switched on.
const UNDER_VOLTAGE: u32 = 1 | 1 << 16;
const SLOWED: u32 = 0b1110 | 0b1110 << 16;

/// Whether a Raspberry Pi has too little voltage, or was slowed down: what `vcgencmd get_throttled` tells, in `/sys`.
pub(super) fn power(system: &impl System) -> Outcome {
    let flags = [
        "/sys/devices/platform/soc/soc:firmware/get_throttled",
        "/sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
    ];
    let flags = flags.iter().find_map(|path| {
        let text = system.text(path.as_ref()).ok()?;
        u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
    });
    let alarm = low_voltage(system);
    let supply = words(
        "use the board's own power supply (5.1 V, 3 A; 5 A for a Pi 5) and a short, thick cable",
        "возьмите штатный блок питания (5,1 В, 3 А; для Pi 5 — 5 А) и короткий толстый кабель",
    );
    match (flags, alarm) {
        (None, None) => Outcome::Unused(words("the board does not tell", "плата не сообщает")),
        (Some(flags), _) if flags & UNDER_VOLTAGE != 0 => low(supply),
        (_, Some(true)) => low(supply),
        (Some(flags), _) if flags & SLOWED != 0 => Outcome::wrong(
            words(
                "the board was slowed down since it was switched on",
                "плата снижала скорость с момента включения",
            ),
            words("give it a heat sink or a fan, and air", "нужен радиатор или вентилятор и приток воздуха"),
        ),
        _ => Outcome::Well(words("enough, and never slowed down", "достаточно, скорость не снижалась")),
    }
}

fn low(advice: super::Words) -> Outcome {
    Outcome::wrong(
        words("the voltage is or was too low", "напряжение слишком низкое (сейчас или раньше)"),
        advice,
    )
}

/// What the driver `rpi_volt` tells, where there is one.
fn low_voltage(system: &impl System) -> Option<bool> {
    let sensors = Path::new("/sys/class/hwmon");
    let of = |name: &String| -> Option<PathBuf> {
        let sensor = sensors.join(name);
        (system.text(&sensor.join("name")).ok()?.trim() == "rpi_volt").then_some(sensor)
    };
    let sensor = system.names(sensors).iter().find_map(of)?;
    Some(system.text(&sensor.join("in0_lcrit_alarm")).ok()?.trim() == "1")
}
