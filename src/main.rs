//! The command line, nothing else.

mod commands;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Hold a vinyl sleeve in front of a camera; an offline board says what genre the record is.
#[derive(Parser)]
#[command(version, about, after_help = commands::EXIT_STATUS)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say the genre of the sleeve in each picture.
    Classify(commands::classify::ClassifyArgs),
    /// Measure the network on covers whose genre is known.
    Evaluate(commands::evaluate::EvaluateArgs),
    /// Run the station: frames from a camera or a folder, verdicts to the indicators and to a page in a browser.
    Run(commands::run::RunArgs),
    /// Keep the shop's own records, so that their sleeves are known.
    #[command(subcommand)]
    Stock(commands::stock::StockCommand),
    /// Look after the page in a browser.
    #[command(subcommand)]
    Kiosk(commands::kiosk::KioskCommand),
    /// Take another model into use, or leave it.
    #[command(subcommand)]
    Model(commands::model::ModelCommand),
    /// Look at all that a station needs, and say what is wrong and what to do.
    Doctor(commands::doctor::DoctorArgs),
    /// Write the manual's pages and the shells' completions: for who makes a package.
    #[command(hide = true)]
    Manual(commands::manual::ManualArgs),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Classify(args) => commands::classify::classify(&args),
        Command::Evaluate(args) => commands::evaluate::evaluate(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Stock(command) => commands::stock::stock(&command),
        Command::Kiosk(command) => commands::kiosk::kiosk(&command),
        Command::Model(command) => commands::model::model(&command),
        Command::Doctor(args) => commands::doctor::doctor(&args),
        Command::Manual(args) => commands::manual::manual(&args, Cli::command()),
    };
    outcome.unwrap_or_else(|error| commands::failed(&error))
}
