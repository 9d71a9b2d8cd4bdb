//! `sleevesight manual`: the manual's pages and the shells' completions, written of the command line itself. It is not
//! told of: who makes a package calls it (`scripts/package`).

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

#[derive(Args)]
pub(crate) struct ManualArgs {
    /// The folder to write them to
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn manual(args: &ManualArgs, mut cli: Command) -> anyhow::Result<ExitCode> {
    let mut write = || -> std::io::Result<()> {
        fs::create_dir_all(&args.folder)?;
        clap_mangen::generate_to(cli.clone(), &args.folder)?;
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
            clap_complete::generate_to(shell, &mut cli, "sleevesight", &args.folder)?;
        }
        Ok(())
    };
    write().with_context(|| format!("cannot write to {}; name another folder", args.folder.display()))?;
    Ok(ExitCode::SUCCESS)
}
