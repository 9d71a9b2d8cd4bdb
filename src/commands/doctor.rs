//! `sleevesight doctor`: what a station needs, looked at one by one.

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use sleevesight::config::Config;
use sleevesight::doctor::{Finding, Linux, Outcome, Shop, Words, examine};
use sleevesight::model::{Hidden, hidden};
use sleevesight::network::usual_bundles;
use sleevesight::stock::Stock;
use sleevesight::words::PASSES;

use super::{Setup, StockChoice};

#[derive(Args)]
pub(crate) struct DoctorArgs {
    /// The language of what is said [default: Russian where LANG is, else English]
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    language: Option<Language>,
    #[command(flatten)]
    stock: StockChoice,
    #[command(flatten)]
    setup: Setup,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    En,
    Ru,
}

impl Language {
    /// The one of the environment, by the first of its variables that is set.
    fn usual() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
        if set.is_some_and(|locale| locale.starts_with("ru")) { Self::Ru } else { Self::En }
    }

    fn of(self, words: &Words) -> &str {
        match self {
            Self::En => &words.en,
            Self::Ru => &words.ru,
        }
    }
}

impl DoctorArgs {
    /// The package's newer model, if the one in this folder is an installed one that is used in its place, and the
    /// command by which to use it.
    fn hidden(&self, config: &Config, in_use: &Path) -> Option<(Hidden, String)> {
        let depot = self.setup.depot(config)?;
        let current = depot.current()?;
        let is_installed = self.setup.installed(config).iter().any(|folder| folder == in_use);
        let packaged = usual_bundles().into_iter().next().filter(|_| is_installed)?;
        // `back` leads to the package's own where no other was in use before.
        let command = if depot.previous().is_none() && current == in_use {
            "sudo sleevesight model back".to_owned()
        } else {
            format!("sudo rm {}", current.with_file_name("current").display())
        };
        Some((hidden(in_use, &packaged)?, command))
    }
}

pub(crate) fn doctor(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let config = args.setup.config()?;
    let reader = args.setup.reader(&config).map_err(|error| format!("{error:#}"));
    let path = args.stock.path(&config).ok();
    let stock = path.as_deref().zip(reader.as_ref().ok()).map(|(path, reader)| {
        let opened = Stock::open(path, reader.bundle()).map(|stock| stock.len());
        (path, opened.map_err(|error| error.to_string()))
    });
    let genres = match &reader {
        Ok(reader) => config.check_genres(&reader.bundle().genres).map_err(|error| error.to_string()),
        Err(_) => Ok(()),
    };
    let short_code = reader.as_ref().ok().and_then(|reader| config.short_code(&reader.bundle().genres));
    let hidden = reader.as_ref().ok().and_then(|reader| args.hidden(&config, &reader.bundle().folder));
    let state = config.state_folder().ok();
    let (bundle, words) = match reader {
        Ok(reader) => {
            let reader = reader.with_words(PASSES);
            let words = reader
                .words_trouble()
                .map_or(Ok(reader.max_passes() > 0), |trouble| Err(trouble.to_string()));
            (Ok(reader.bundle().name.clone()), Some(words))
        }
        Err(sentence) => (Err(sentence), None),
    };
    let shop = Shop { bundle, words, stock, state: state.as_deref(), genres, short_code, hidden };

    let language = args.language.unwrap_or_else(Language::usual);
    let findings = examine(&config, &Linux, &Linux, &shop);
    print(&mut io::stdout().lock(), &findings, language)?;
    Ok(ExitCode::from(u8::from(findings.iter().any(Finding::is_wrong))))
}

fn print(out: &mut impl Write, findings: &[Finding], language: Language) -> io::Result<()> {
    let (well, wrong) = match language {
        Language::En => ("ok", "WRONG"),
        Language::Ru => ("хорошо", "ПЛОХО"),
    };
    for Finding { about, outcome } in findings {
        let about = language.of(about);
        let mut line = |sign: &str, about: &str, text: &str| writeln!(out, "{sign:<7} {about:<20} {text}");
        match outcome {
            Outcome::Well(words) => line(well, about, language.of(words))?,
            Outcome::Unused(words) => line("-", about, language.of(words))?,
            Outcome::Wrong { what, advice } => {
                line(wrong, about, language.of(what))?;
                line("", "", &format!("-> {}", language.of(advice)))?;
            }
        }
    }
    let count = findings.iter().filter(|finding| finding.is_wrong()).count();
    match (language, count) {
        (Language::En, 0) => writeln!(out, "All is well."),
        (Language::Ru, 0) => writeln!(out, "Всё в порядке."),
        (Language::En, count) => writeln!(out, "Wrong: {count}. What to do stands below each."),
        (Language::Ru, count) => writeln!(out, "Неисправностей: {count}. Под каждой сказано, что делать."),
    }
}
