//! `sleevesight kiosk`: what the page in a browser needs beside the station.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use console::Term;
use sleevesight::config::Config;
use sleevesight::kiosk::PinFile;

#[derive(Subcommand)]
pub(crate) enum KioskCommand {
    /// Set the PIN of the staff mode: asks for it, or reads a line where there is no terminal.
    Pin(PinArgs),
}

#[derive(Args)]
pub(crate) struct PinArgs {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) fn kiosk(command: &KioskCommand) -> anyhow::Result<ExitCode> {
    let KioskCommand::Pin(args) = command;
    let config = Config::find(args.config.as_deref())?;
    let file = PinFile::in_folder(&config.state_folder()?);
    file.set(&asked()?)?;
    writeln!(io::stdout(), "The PIN is set; a kiosk that is running takes it at once.")?;
    Ok(ExitCode::SUCCESS)
}

/// The PIN from whoever sits at the terminal, unseen and typed twice; else the first line of the input.
fn asked() -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim().to_owned());
    }
    let terminal = Term::stderr();
    terminal.write_str("The new PIN, 4 to 12 digits: ")?;
    let pin = terminal.read_secure_line()?;
    terminal.write_str("Once more: ")?;
    if terminal.read_secure_line()? != pin {
        bail!("these were two different PINs; try again");
    }
    Ok(pin)
}
