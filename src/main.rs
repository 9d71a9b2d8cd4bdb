//! The command line, nothing else.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Classify(args) => commands::classify::classify(&args),
        Command::Evaluate(args) => commands::evaluate::evaluate(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Stock(command) => commands::stock::stock(&command),
        Command::Kiosk(command) => commands::kiosk::kiosk(&command),
    };
    outcome.unwrap_or_else(|error| commands::failed(&error))
}
