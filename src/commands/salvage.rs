//! What `run` goes on with where a bundle or a stock is broken: that is said, and the station serves customers
//! without it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sleevesight::aside::set_aside_from;
use sleevesight::config::Config;
use sleevesight::network::{NoBundle, usual_bundles};
use sleevesight::notices::{Matter, Notices};
use sleevesight::reader::{Reader, ReaderError};
use sleevesight::stock::{Stock, StockError};

use super::Setup;

/// A reader with whichever bundle of the setup's can be used. One that cannot, be it installed or configured, is passed
/// over, which is said at each start until it can. It stays where it is: a copy of it may be under way, it may be of a
/// newer program, or its disk may be missing.
pub(super) fn reader(setup: &Setup, config: &Config, notices: &Notices) -> anyhow::Result<Reader> {
    let mut broken = Vec::new();
    let open = |folder: &Path| Reader::open(folder, config.caution);
    let reader = match setup.opened(config, open, |error| broken.push(error.to_string())) {
        Ok(reader) => reader,
        Err(error) => in_place_of_configured(error, setup, config, notices)?,
    };
    if !broken.is_empty() {
        let (broken, name) = (broken.join("; "), &reader.bundle().name);
        notices.put(
            Matter::Model,
            format!("{broken} (the bundle {name} is used in its place; install that one again, or leave it by: sleevesight model back)"),
        );
    }
    Ok(reader.with_threads(setup.threads(config))?)
}

/// A reader with a bundle that the program came with, in place of the one in the configuration.
fn in_place_of_configured(
    error: anyhow::Error,
    setup: &Setup,
    config: &Config,
    notices: &Notices,
) -> anyhow::Result<Reader> {
    let is_unusable = error.is::<ReaderError>() || error.is::<NoBundle>();
    if !is_unusable || setup.bundle.is_some() || config.bundle.is_none() {
        return Err(error);
    }
    let open = |folder: PathBuf| Reader::open(&folder, config.caution).ok();
    let Some(reader) = usual_bundles().into_iter().find_map(open) else { return Err(error) };
    let name = &reader.bundle().name;
    notices.put(
        Matter::Model,
        format!("{error} (the bundle {name} is used in its place; the configuration's is looked at again at the next start)"),
    );
    Ok(reader)
}

/// The reader beside the stock of this file, begun where there is none. One that is damaged is set aside for an empty
/// one, one that cannot be used is left as it is. What another model has read of it is left to `renewal`.
pub(super) fn beside_stock(reader: Reader, path: &Path, notices: &Notices) -> Reader {
    let opened = match Stock::open_unread(path, reader.bundle()) {
        Err(error) if error.is_damage() => {
            let aside = Stock::set_aside(path);
            let is_aside = aside.is_ok();
            notices.put(Matter::Stock, format!("{error} ({}; it begins anew)", fate(aside, path)));
            if is_aside { Stock::open_or_create(path, reader.bundle()).ok() } else { None }
        }
        opened => {
            remind(path, notices);
            opened.map_err(|error| notices.put(Matter::Stock, error.to_string())).ok()
        }
    };
    let Some(stock) = opened else { return reader };
    if let Some(reason) = stock.unwritable() {
        let path = path.to_owned();
        notices.put(Matter::Disk, StockError::ReadOnly { path, reason }.to_string());
    }
    reader.beside(Arc::new(stock))
}

/// Says of what was set aside at an earlier start that it still lies there: nobody may have seen it then.
fn remind(path: &Path, notices: &Notices) {
    if let Some(last) = set_aside_from(path).first() {
        let (path, last) = (path.display(), last.display());
        notices.put(
            Matter::Stock,
            format!("{path} was damaged and lies at {last}; put back a copy of it, or move that one away"),
        );
    }
}

/// What became of what is broken.
fn fate(aside: std::io::Result<PathBuf>, path: &Path) -> String {
    match aside {
        Ok(place) => format!("it was set aside as {}", place.display()),
        Err(error) => format!("{} could not be set aside: {error}", path.display()),
    }
}
