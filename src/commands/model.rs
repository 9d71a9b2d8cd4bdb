//! `sleevesight model`: models that are brought to a station.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use sleevesight::config::{Config, ConfigError};
use sleevesight::file;
use sleevesight::model::{self, Depot, Golden, Key, ModelError, SignedFile, Taken, become_owner};
use sleevesight::network::Bundle;
use sleevesight::reader::Reader;
use sleevesight::stock::{Stock, StockError};
use sleevesight::verdict::Caution;
use sleevesight::words::WordsFolder;

use super::{StockChoice, complain, stock};

/// The most golden covers of a parcel.
const MOST_COVERS: usize = 32;

#[derive(Subcommand)]
pub(crate) enum ModelCommand {
    /// Take a model from a file, a USB stick's for instance: checked, tried, and only then taken into use.
    Install(InstallArgs),
    /// Print which model is in use, and which was before.
    List(Which),
    /// Go back to the model that was in use before, or to the package's own.
    Back(BackArgs),
    /// Pack a bundle into a file for `install`, with pictures that it must read there as it does here.
    Pack(PackArgs),
}

#[derive(Args)]
pub(crate) struct InstallArgs {
    /// The file; its signature lies beside it, FILE.minisig
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    stock: StockChoice,
}

#[derive(Args)]
pub(crate) struct BackArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    stock: StockChoice,
}

/// Which station's models.
#[derive(Args)]
pub(crate) struct Which {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct PackArgs {
    /// The bundle's folder
    #[arg(value_name = "DIR")]
    bundle: PathBuf,
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A folder of flat covers by which the model is tried where it is installed; drawings, or what may be passed on
    #[arg(long, value_name = "DIR")]
    golden: PathBuf,
}

pub(crate) fn model(command: &ModelCommand) -> anyhow::Result<ExitCode> {
    match command {
        ModelCommand::Install(args) => install(args)?,
        ModelCommand::List(args) => list(args)?,
        ModelCommand::Back(args) => back(args)?,
        ModelCommand::Pack(args) => pack(args)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Which {
    fn open(&self) -> Result<(Config, Depot), ConfigError> {
        let config = Config::find(self.config.as_deref())?;
        let depot = Depot::in_folder(&config.state_folder()?);
        Ok((config, depot))
    }
}

fn install(args: &InstallArgs) -> anyhow::Result<()> {
    let (config, depot) = args.which.open()?;
    let keys = config.model.keys.iter().map(|key| Key::parse(key)).collect::<Result<Vec<_>, _>>()?;
    // Opened as whoever asks, on a stick that is theirs; all else is done as the station's own user.
    let file = SignedFile::open(&args.file, &keys)?;
    become_owner(&config.state_folder()?)?;
    let stock = args.stock.path(&config).ok().filter(|path| path.exists());
    // A model that has no rule for the shop's stock would leave it without one; one without a genre that has a lamp
    // would keep the station from starting.
    let admit = |bundle: &Bundle| -> anyhow::Result<()> {
        config
            .check_genres(&bundle.genres)
            .map_err(|error| ModelError::Unfit { name: bundle.name.clone(), reason: error.to_string() })?;
        match stock.as_deref().map(|path| Stock::open(path, bundle)) {
            None | Some(Ok(_) | Err(StockError::OtherBundle { .. })) => Ok(()),
            Some(Err(error)) => Err(error).context("the stock could not be kept with this model"),
        }
    };
    let taken = depot.install(file, admit)?;
    settle(&config, &taken, "the model is installed in", stock.as_deref())
}

fn back(args: &BackArgs) -> anyhow::Result<()> {
    let (config, depot) = args.which.open()?;
    become_owner(&config.state_folder()?)?;
    let taken = depot.back()?;
    let stock = args.stock.path(&config).ok().filter(|path| path.exists());
    settle(&config, &taken, "back to", stock.as_deref())
}

/// What is to be done after another model was taken into use: the stock's covers are read by it, for which a station that
/// is running waits.
fn settle(config: &Config, taken: &Taken, what: &str, stock: Option<&Path>) -> anyhow::Result<()> {
    let folder = match &taken.folder {
        Some(folder) => folder.clone(),
        None => sleevesight::network::find_bundle(None, None)?,
    };
    writeln!(io::stdout(), "{what} {}", folder.display())?;
    if let Some(configured) = &config.bundle {
        complain(&format!(
            "the configuration names another model, {}, which comes first; take `bundle` out of it",
            configured.display()
        ));
        return Ok(());
    }
    if let Some(path) = stock {
        stock::read_anew(path, &Reader::open(&folder, Caution::Normal)?)?;
    }
    writeln!(io::stdout(), "A station that is running takes it now, by itself")?;
    Ok(())
}

fn list(args: &Which) -> anyhow::Result<()> {
    let (config, depot) = args.open()?;
    let mut out = io::stdout().lock();
    let own = sleevesight::network::find_bundle(None, None).ok();
    let in_use = config.bundle.clone().or_else(|| depot.current()).or_else(|| own.clone());
    let folders = [config.bundle.clone(), depot.current(), depot.previous(), own];
    let mut told: Vec<PathBuf> = Vec::new();
    for folder in folders.into_iter().flatten() {
        if told.contains(&folder) {
            continue;
        }
        let sign = if Some(&folder) == in_use.as_ref() { '*' } else { ' ' };
        match Bundle::open(&folder) {
            Ok(bundle) => writeln!(out, "{sign} {}  {}", bundle.name, folder.display())?,
            Err(error) => writeln!(out, "{sign} {error}")?,
        }
        told.push(folder);
    }
    Ok(())
}

fn pack(args: &PackArgs) -> anyhow::Result<()> {
    let reader = Reader::open(&args.bundle, Caution::Normal)?;
    let mut pictures = entries(&args.golden)?;
    if pictures.is_empty() || pictures.len() > MOST_COVERS {
        bail!("{} has {} pictures, 1 to {MOST_COVERS} are needed", args.golden.display(), pictures.len());
    }
    let golden = Golden::of(&reader, pictures.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])))?;
    let mut files = entries(&args.bundle)?;
    files.push(golden.file()?);
    let words = WordsFolder::open(&args.bundle, &reader.bundle().sha256).map_err(ModelError::Words)?;
    let words = words.iter().flat_map(WordsFolder::entries);
    files.extend(words.map(|(name, bytes)| (name, bytes.to_owned())));
    for (name, _) in &mut pictures {
        name.insert_str(0, "golden/");
    }
    files.append(&mut pictures);
    let about = || format!("cannot write {}", args.file.display());
    let mut parcel = Vec::new();
    model::pack(&files, &mut parcel)?;
    file::write(&args.file, &parcel).with_context(about)?;
    let (file, signature) = (args.file.display(), model::signature_of(&args.file));
    writeln!(
        io::stdout(),
        "{file} is packed; sign it by: minisign -S -m {file}   (writes {})",
        signature.display()
    )?;
    Ok(())
}

/// The files of a folder, in the order of their names, but for hidden ones.
fn entries(folder: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let about = || format!("cannot read {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(about)? {
        let path = entry.with_context(about)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_file()) else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let bytes = file::read(&path).with_context(|| path.display().to_string())?;
        files.push((name.to_owned(), bytes));
    }
    files.sort();
    Ok(files)
}
