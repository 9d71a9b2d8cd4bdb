//! Verdicts on the console: the stand-in for lamps.

use std::env;
use std::io::{self, IsTerminal, Stdout, Write};

use super::colour::rgb;
use super::{Indicator, IndicatorError};
use crate::chart::{bar, per_cent};
use crate::network::Genre;
use crate::sighting::Sighting;
use crate::station::State;
use crate::verdict::{Likelihood, Recognition, Verdict, Word};

/// The length of a bar, in characters.
const BAR: usize = 20;

/// How many of the likeliest genres are told.
const TOLD: usize = 3;

/// Verdicts on the console, one line for each that differs from the one before: a lamp in the
/// genre's colour, a bar, and what else it might be.
///
/// ```
/// use sleevesight::indicator::{Console, Indicator};
/// use sleevesight::sighting::{Millis, Sighting};
/// use sleevesight::station::State;
/// use sleevesight::verdict::{Verdict, Word};
/// use std::sync::Arc;
///
/// let verdict = Verdict::new(Word::Nothing, vec![], vec![]);
/// let sighting = Sighting { name: "a.jpg".into(), outline: None, cover: None, verdict, millis: Millis::default() };
/// let mut console = Console::new(Vec::new(), false);
/// console.show(&State { sighting: Some(Arc::new(sighting)), ..State::default() })?;
/// assert_eq!(console.into_inner(), "○ no sleeve  a.jpg\n".as_bytes());
/// # Ok::<(), sleevesight::indicator::IndicatorError>(())
/// ```
#[derive(Debug)]
pub struct Console<W: Write> {
    out: W,
    colours: bool,
    /// The name of the frame, what was said of it last, and who or what was named.
    last: Option<(String, Said, Option<String>)>,
}

/// What is said, without how likely it is: while it stays, no line is written.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// By its number.
    Record(i64),
    Genre(String),
    Family(String),
    /// And the likeliest genre.
    Unsure(Option<String>),
    Nothing,
}

impl Console<Stdout> {
    /// The console that the program was started on; in colour where it is a terminal and `NO_COLOR`
    /// (<https://no-color.org>) is not set.
    #[must_use]
    pub fn stdout() -> Self {
        let forbidden = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let out = io::stdout();
        let colours = out.is_terminal() && !forbidden;
        Self::new(out, colours)
    }
}

impl<W: Write> Console<W> {
    /// A console that writes here, with or without colours.
    pub fn new(out: W, colours: bool) -> Self {
        Self { out, colours, last: None }
    }

    /// What it writes to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// A text in a genre's colour.
    fn coloured(&self, text: &str, genre: &Genre) -> String {
        match rgb(&genre.color) {
            Some([red, green, blue]) if self.colours => {
                format!("\x1b[38;2;{red};{green};{blue}m{text}\x1b[0m")
            }
            _ => text.to_owned(),
        }
    }

    /// A text that steps back behind the others.
    fn faint(&self, text: &str) -> String {
        if self.colours { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn line(&self, sighting: &Sighting) -> String {
        let Verdict { word, genres, candidates, .. } = &sighting.verdict;
        let said = match word {
            Word::Record(recognition) => self.record_line(recognition),
            Word::Genre(likely) => self.genre_line(likely, genres),
            Word::Family(likely) => {
                let members = genres.iter().filter(|member| member.genre.family == likely.family.id);
                let members: Vec<String> = members.take(TOLD).map(told).collect();
                let sum = per_cent(likely.probability);
                format!("◐ {}, {sum}: {}", likely.family.en, members.join(", "))
            }
            Word::Unsure => {
                let names: Vec<&str> =
                    genres.iter().take(TOLD).map(|likely| likely.genre.en.as_str()).collect();
                format!("○ unsure: maybe {}", in_words(&names))
            }
            Word::Nothing => "○ no sleeve".to_owned(),
        };
        let named = named(&sighting.verdict).map_or_else(String::new, |named| format!("  it says {named}"));
        let one_of: Vec<String> =
            candidates.iter().take(TOLD).map(|candidate| candidate.0.details.line("")).collect();
        let one_of =
            if one_of.is_empty() { String::new() } else { format!("  one of {}", one_of.join(" or ")) };
        format!("{said}{named}{}  {}", printable(&one_of), self.faint(&printable(&sighting.name)))
    }

    /// `Artist: Title · Genre · shelf`, and which others have the same cover.
    fn record_line(&self, recognition: &Recognition) -> String {
        let Recognition { known, genre } = recognition;
        let genre = &genre.genre;
        let parts = known.record.details.line(&genre.en);
        let also: Vec<String> = known.also.iter().map(|other| other.record.pressing()).collect();
        let also = if also.is_empty() { String::new() } else { format!("  or {}", also.join(" or ")) };
        format!("{} {}{}", self.coloured("●", genre), printable(&parts), self.faint(&printable(&also)))
    }

    fn genre_line(&self, likely: &Likelihood, genres: &[Likelihood]) -> String {
        let Likelihood { genre, probability } = likely;
        let widest = genres.iter().map(|any| any.genre.en.chars().count()).max().unwrap_or(0);
        let (full, rest) = bar(*probability, BAR);
        let lamp = self.coloured("●", genre);
        let (bar, rest) = (self.coloured(&full, genre), self.faint(&rest));
        let others: Vec<String> =
            genres.iter().filter(|other| other.genre != *genre).take(2).map(told).collect();
        let others = self.faint(&others.join(", "));
        format!("{lamp} {:widest$} {bar}{rest} {:>5}  {others}", genre.en, per_cent(*probability))
    }
}

impl<W: Write> Indicator for Console<W> {
    fn show(&mut self, state: &State) -> Result<(), IndicatorError> {
        let Some(sighting) = &state.sighting else { return Ok(()) };
        let now = (sighting.name.clone(), said(&sighting.verdict), named(&sighting.verdict));
        if self.last.as_ref() == Some(&now) {
            return Ok(());
        }
        let line = self.line(sighting);
        writeln!(self.out, "{line}").and_then(|()| self.out.flush()).map_err(|error| failed(&error))?;
        self.last = Some(now);
        Ok(())
    }

    fn clear(&mut self) -> Result<(), IndicatorError> {
        self.last = None;
        self.out.flush().map_err(|error| failed(&error))
    }
}

fn failed(error: &io::Error) -> IndicatorError {
    IndicatorError {
        indicator: "console".into(),
        reason: error.to_string(),
        advice: "set `console = false` under [indicators] to do without it",
    }
}

fn said(verdict: &Verdict) -> Said {
    match &verdict.word {
        Word::Record(recognition) => Said::Record(recognition.known.record.id),
        Word::Genre(likely) => Said::Genre(likely.genre.id.clone()),
        Word::Family(likely) => Said::Family(likely.family.id.clone()),
        Word::Unsure => Said::Unsure(verdict.genres.first().map(|likely| likely.genre.id.clone())),
        Word::Nothing => Said::Nothing,
    }
}

/// What stands on the sleeve; of a record that the stock has, the stock tells it.
fn named(verdict: &Verdict) -> Option<String> {
    verdict.word.record().is_none().then(|| verdict.named()).flatten()
}

fn told(likely: &Likelihood) -> String {
    format!("{} {}", likely.genre.en, per_cent(likely.probability))
}

/// `a, b or c`.
fn in_words(names: &[&str]) -> String {
    match names {
        [] => "anything".into(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A file's name, which may hold what would change the terminal's state.
fn printable(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_names_make_a_phrase() {
        assert_eq!(in_words(&["jazz", "rock", "pop"]), "jazz, rock or pop");
        assert_eq!(in_words(&["jazz"]), "jazz");
        assert_eq!(in_words(&[]), "anything");
    }
}
