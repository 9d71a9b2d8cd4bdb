//! What `run` goes on with where a bundle or a stock is broken: it is set aside and said, and the station serves
//! customers without it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sleevesight::aside::{set_aside, set_aside_from};
use sleevesight::config::Config;
use sleevesight::network::usual_bundles;
use sleevesight::notices::{Matter, Notices};
use sleevesight::reader::{Reader, ReaderError};
use sleevesight::stock::{Stock, StockError};

use super::Setup;

/// A reader with whichever bundle of the setup's can be used. One that was installed and is broken is passed over, which
/// is said at each start until it is installed anew; the configured one is set aside for one that the program came with.
pub(super) fn reader(setup: &Setup, config: &Config, notices: &Notices) -> anyhow::Result<Reader> {
    let mut broken = Vec::new();
    let open = |folder: &Path| Reader::open(folder, config.caution);
    let opened = setup.opened(config, open, |error| broken.push(error.to_string()));
    let reader = match opened.map_err(anyhow::Error::downcast::<ReaderError>) {
        Ok(reader) => reader,
        Err(Ok(error)) => replaced(error, &setup.folder(config)?, config, notices)?,
        Err(Err(other)) => return Err(other),
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

/// A reader with another bundle than this one, which is broken; where it is the configured one, it is set aside.
fn replaced(
    error: ReaderError,
    folder: &Path,
    config: &Config,
    notices: &Notices,
) -> Result<Reader, ReaderError> {
    if !config.bundle.as_ref().is_some_and(|configured| folder.starts_with(configured)) {
        return Err(error);
    }
    let others = usual_bundles().into_iter().filter(|other| !is_same(other, folder));
    let Some(reader) = others.filter_map(|other| Reader::open(&other, config.caution).ok()).next() else {
        return Err(error);
    };
    let name = &reader.bundle().name;
    let fate = fate(set_aside(folder, &[]), folder);
    notices.put(Matter::Model, format!("{error} ({fate}; the bundle {name} is used in its place)"));
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

fn is_same(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
