//! The doctor: what a station needs, looked at one by one, and for each what is wrong and what to type.
//!
//! Each check is a function of the configuration and of what a machine shows of itself ([`System`], [`Devices`]), so
//! that all of them are tried with a machine that is made up.

mod board;
mod camera;
mod machine;
mod shop;
mod wires;

pub use machine::{ChipSeen, Devices, Linux, Shots, System};
pub use shop::Shop;

use crate::config::Config;

/// A text in the languages of those who install a station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub en: String,
    /// In Russian.
    pub ru: String,
}

/// A text in both languages.
fn words(en: impl Into<String>, ru: impl Into<String>) -> Words {
    Words { en: en.into(), ru: ru.into() }
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well; what was found.
    Well(Words),
    /// It is not used, or the machine does not tell.
    Unused(Words),
    /// Something is wrong.
    Wrong {
        /// What.
        what: Words,
        /// What to do or to type.
        advice: Words,
    },
}

impl Outcome {
    fn wrong(what: Words, advice: Words) -> Self {
        Self::Wrong { what, advice }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub about: Words,
    /// What came out.
    pub outcome: Outcome,
}

impl Finding {
    /// Whether something is wrong.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        matches!(self.outcome, Outcome::Wrong { .. })
    }
}

/// Looks at everything, in the order in which a frame goes through it. The camera is watched for two seconds.
#[must_use]
pub fn examine(
    config: &Config,
    system: &impl System,
    devices: &impl Devices,
    shop: &Shop<'_>,
) -> Vec<Finding> {
    let (camera, pictures) = camera::camera(config, system, devices);
    [
        (words("64-bit system", "64-битная система"), board::bits(system)),
        (words("camera", "камера"), camera),
        (words("pictures", "кадры"), pictures),
        (words("lamps (GPIO)", "лампы (GPIO)"), wires::gpio(config, system, devices)),
        (words("strip (SPI)", "лента (SPI)"), wires::spi(config, system)),
        (words("display (I2C)", "дисплей (I2C)"), wires::i2c(config, system, devices)),
        (words("configuration", "настройки"), shop::configuration(config, shop)),
        (words("model", "модель"), shop::bundle(shop)),
        (words("words on sleeves", "слова на обложках"), shop::read_words(config, shop)),
        (words("stock", "склад"), shop::stock(shop, system)),
        (words("state folder", "папка состояния"), shop::state(config, shop, system)),
        (words("disk", "диск"), board::disk(shop.state, system)),
        (words("clock", "часы"), board::clock(system)),
        (words("temperature", "температура"), board::temperature(system)),
        (words("power", "питание"), board::power(system)),
    ]
    .map(|(about, outcome)| Finding { about, outcome })
    .into()
}

/// Whether the station's service has a device that is asked for: then it is in use, and that is well.
fn is_running(system: &impl System) -> bool {
    let processes = "/sys/fs/cgroup/system.slice/sleevesight.service/cgroup.procs";
    system.text(processes.as_ref()).is_ok_and(|text| !text.trim().is_empty())
}

/// What to type so that this user may open a device of this group.
fn join(group: &str) -> Words {
    let command = format!("sudo usermod -aG {group} $USER");
    words(
        format!(
            "type: {command}   and log in anew (or ask as the station: sudo -u sleevesight sleevesight doctor)"
        ),
        format!(
            "наберите: {command}   и войдите заново (или спросите от имени станции: sudo -u sleevesight sleevesight doctor)"
        ),
    )
}
