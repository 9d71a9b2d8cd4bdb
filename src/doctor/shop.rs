//! What the shop has: model, stock, and the folder for what is to last.

use std::io;
use std::path::Path;

use super::machine::System;
use super::{Outcome, words};
use crate::config::{Config, ShortCode};
use crate::model::Hidden;

/// The shop's own, opened: the model's name and the number of the stock's records, or why not, in a sentence.
#[derive(Clone, Debug)]
pub struct Shop<'a> {
    /// The bundle.
    pub bundle: Result<String, String>,
    /// Whether it reads the words on sleeves, or why it cannot, in a sentence; `None` where there is no model.
    pub words: Option<Result<bool, String>>,
    /// The stock's file and its records; `None` where none is configured.
    pub stock: Option<(&'a Path, Result<usize, String>)>,
    /// The folder for what is to last.
    pub state: Option<&'a Path>,
    /// Whether the configuration fits the model's genres, or why not, in a sentence.
    pub genres: Result<(), String>,
    /// Which of the model's genres the `code` lines have no number for.
    pub short_code: Option<ShortCode>,
    /// The package's newer model, in whose place the one that is installed is used, and the command by which to use
    /// it.
    pub hidden: Option<(Hidden, String)>,
}

pub(super) fn configuration(config: &Config, shop: &Shop<'_>) -> Outcome {
    let file = config.file.as_deref();
    match &shop.genres {
        Ok(()) if let Some(short) = &shop.short_code => short_code(short),
        Ok(()) => {
            let told = file.map_or("-".to_owned(), |file| file.display().to_string());
            Outcome::Well(words(told.clone(), told))
        }
        Err(sentence) => {
            let file = file.unwrap_or("/etc/sleevesight/config.toml".as_ref()).display();
            let command = format!("sudo nano {file} && sudo systemctl restart sleevesight");
            Outcome::wrong(
                words(sentence.clone(), format!("ошибка: {sentence}")),
                words(format!("correct it: {command}"), format!("исправьте: {command}")),
            )
        }
    }
}

fn short_code(short: &ShortCode) -> Outcome {
    let ShortCode { lines, genres, need, unlit } = short;
    let unlit = unlit.join(", ");
    Outcome::wrong(
        words(
            format!("`code` has {lines} lines, too few for {genres} genres: no line is lit for {unlit}"),
            format!("в `code` линий: {lines}, а жанров {genres}: ни одна линия не горит для {unlit}"),
        ),
        words(
            format!(
                "name {need} lines in `code` under [indicators.gpio]; the numbers of the other genres stay"
            ),
            format!(
                "задайте в `code` раздела [indicators.gpio] линий: {need}; номера остальных жанров не изменятся"
            ),
        ),
    )
}

pub(super) fn bundle(shop: &Shop<'_>) -> Outcome {
    match &shop.bundle {
        Ok(name) => match &shop.hidden {
            None => Outcome::Well(words(name.clone(), name.clone())),
            // Which of the two is to be used is the owner's choice.
            Some((Hidden { name: newer, made }, command)) => Outcome::Well(words(
                format!(
                    "{name} is installed and used in place of the package's newer {newer} of {made}; to use that, type: {command}"
                ),
                format!(
                    "{name}: установлена и заменяет более новую модель пакета ({newer} от {made}); чтобы перейти на неё, наберите: {command}"
                ),
            )),
        },
        Err(sentence) => {
            let commands = "sudo sleevesight model back; sudo apt install --reinstall sleevesight";
            Outcome::wrong(
                words(sentence.clone(), format!("не загружается: {sentence}")),
                words(
                    format!("go back to the one before, or the package's own: {commands}"),
                    format!("вернитесь к прежней или к модели из пакета: {commands}"),
                ),
            )
        }
    }
}

pub(super) fn read_words(config: &Config, shop: &Shop<'_>) -> Outcome {
    match &shop.words {
        _ if !config.words.0 => {
            Outcome::Unused(words("switched off in the configuration", "отключены в настройках"))
        }
        None => Outcome::Unused(words("not looked at", "не проверялись")),
        Some(Ok(true)) => Outcome::Well(words("read", "читаются")),
        Some(Ok(false)) => Outcome::Unused(words("this model reads none", "эта модель их не читает")),
        Some(Err(sentence)) => {
            let commands = "sudo sleevesight model back; sudo apt install --reinstall sleevesight";
            Outcome::wrong(
                words(sentence.clone(), format!("не читаются: {sentence}")),
                words(
                    format!(
                        "the picture alone decides meanwhile; go back to the model before, or the package's own: {commands}"
                    ),
                    format!(
                        "пока жанр определяется только по картинке; вернитесь к прежней модели или к модели из пакета: {commands}"
                    ),
                ),
            )
        }
    }
}

pub(super) fn stock(shop: &Shop<'_>, system: &impl System) -> Outcome {
    let Some((path, opened)) = &shop.stock else {
        return Outcome::Unused(words("none is configured", "не настроен"));
    };
    match opened {
        Ok(records) => Outcome::Well(words(format!("{records} records"), format!("пластинок: {records}"))),
        Err(_) if is_missing(path, system) => Outcome::Unused(words(
            format!("none yet at {}; the station begins one", path.display()),
            format!("{} ещё нет; станция его начнёт", path.display()),
        )),
        Err(sentence) => {
            let command = "sudo -u sleevesight sleevesight stock renew";
            Outcome::wrong(
                words(sentence.clone(), format!("не открывается: {sentence}")),
                words(
                    format!(
                        "after a new model, a station that is running reads it anew by itself; without one, type: {command}"
                    ),
                    format!(
                        "после смены модели работающая станция перечитает его сама; без неё наберите: {command}"
                    ),
                ),
            )
        }
    }
}

fn is_missing(path: &Path, system: &impl System) -> bool {
    system.text(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

pub(super) fn state(config: &Config, shop: &Shop<'_>, system: &impl System) -> Outcome {
    let Some(folder) = shop.state else {
        return Outcome::wrong(
            words("no folder is named", "папка не задана"),
            words("set `state` in the configuration", "задайте `state` в настройках"),
        );
    };
    let path = folder.display();
    match system.keep(folder) {
        Ok(()) => Outcome::Well(words(path.to_string(), path.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound && config.state.is_none() => {
            Outcome::Unused(words(
                format!("none yet at {path}; it is made when it is needed"),
                format!("{path} ещё нет; появится, когда понадобится"),
            ))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let command = format!("sudo install -d -o sleevesight -g sleevesight -m 750 {path}");
            Outcome::wrong(
                words(format!("there is no {path}"), format!("папки {path} нет")),
                words(format!("type: {command}"), format!("наберите: {command}")),
            )
        }
        Err(error) => {
            let commands = format!("sudo chown -R sleevesight: {path}");
            Outcome::wrong(
                words(format!("it does not serve ({error})"), format!("непригодна ({error})")),
                words(
                    format!(
                        "ask as the station (sudo -u sleevesight sleevesight doctor); if it is still so, type: {commands}"
                    ),
                    format!(
                        "спросите от имени станции (sudo -u sleevesight sleevesight doctor); если не помогло, наберите: {commands}"
                    ),
                ),
            )
        }
    }
}
