//! A record as the shop knows it.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{StockError, Votes};

/// The most letters of an artist, and of a title.
pub const MAX_NAME: usize = 500;

/// The most letters of a genre, of a shelf, and of a price.
pub const MAX_LABEL: usize = 100;

/// The most letters of a note.
pub const MAX_NOTE: usize = 4000;

/// The texts of a record by their names, each with the most letters that it may have.
const LIMITS: [(&str, usize); 6] = [
    ("artist", MAX_NAME),
    ("title", MAX_NAME),
    ("genre", MAX_LABEL),
    ("shelf", MAX_LABEL),
    ("price", MAX_LABEL),
    ("note", MAX_NOTE),
];

/// What a text ends with that is shown shortened.
const CUT: char = '…';

/// What the shop tells of a record. Only the title is owed; what is not told is empty. No text is longer than its limit:
/// [`MAX_NAME`], [`MAX_LABEL`], [`MAX_NOTE`].
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Details {
    /// Who made it.
    pub artist: String,
    /// What it is called.
    pub title: String,
    /// When it came out.
    pub year: Option<i32>,
    /// Its genre, in the shop's words.
    pub genre: String,
    /// Where it stands.
    pub shelf: String,
    /// What it costs, as it is written on it.
    pub price: String,
    /// Anything else.
    pub note: String,
}

impl Details {
    /// Refuses what has no title, and texts that are longer than they may be.
    ///
    /// # Errors
    ///
    /// [`StockError::NoTitle`], [`StockError::TooLong`].
    pub fn check(&self) -> Result<(), StockError> {
        if self.title.trim().is_empty() {
            return Err(StockError::NoTitle);
        }
        for (text, (field, most)) in self.texts().into_iter().zip(LIMITS) {
            let found = text.chars().count();
            if found > most {
                return Err(StockError::TooLong { field, found, most });
            }
        }
        Ok(())
    }

    /// The same, with longer texts cut to what may be shown.
    pub(super) fn shortened(mut self) -> Self {
        for (text, (_, most)) in self.texts_mut().into_iter().zip(LIMITS) {
            *text = shortened(std::mem::take(text), most);
        }
        self
    }

    /// The same, with each longer text of `stored` in the place of what is shown of it.
    pub(super) fn or_longer(mut self, mut stored: Self) -> Self {
        let texts = self.texts_mut().into_iter().zip(stored.texts_mut());
        for ((text, stored), (_, most)) in texts.zip(LIMITS) {
            if text.ends_with(CUT) && *text == shortened(stored.clone(), most) {
                *text = std::mem::take(stored);
            }
        }
        self
    }

    fn texts(&self) -> [&String; 6] {
        [&self.artist, &self.title, &self.genre, &self.shelf, &self.price, &self.note]
    }

    fn texts_mut(&mut self) -> [&mut String; 6] {
        [&mut self.artist, &mut self.title, &mut self.genre, &mut self.shelf, &mut self.price, &mut self.note]
    }

    /// What identifies it to a person, in one line: artist and title, genre and shelf, as far as they are told.
    ///
    /// ```
    /// use sleevesight::stock::Details;
    ///
    /// let details = Details {
    ///     artist: "Miles Davis".into(),
    ///     title: "Kind of Blue".into(),
    ///     shelf: "B3".into(),
    ///     ..Details::default()
    /// };
    /// assert_eq!(details.line("Jazz"), "Miles Davis: Kind of Blue · Jazz · B3");
    /// ```
    #[must_use]
    pub fn line(&self, genre: &str) -> String {
        let name = if self.artist.is_empty() {
            self.title.clone()
        } else {
            format!("{}: {}", self.artist, self.title)
        };
        let parts = [&name, genre, &self.shelf];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

/// A text of at most so many letters: a longer one ends with [`CUT`].
fn shortened(text: String, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text;
    }
    text.chars().take(most - 1).chain([CUT]).collect()
}

/// A record in stock.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Record {
    /// Its number, which no other record will ever have.
    pub id: i64,
    /// What the shop tells of it.
    #[serde(flatten)]
    pub details: Details,
}

impl Record {
    /// What tells it from others with the same cover: `#7, 1962, C2`, as far as it is told.
    #[must_use]
    pub fn pressing(&self) -> String {
        let year = self.details.year.map(|year| year.to_string());
        let shelf = Some(self.details.shelf.clone()).filter(|shelf| !shelf.is_empty());
        [Some(format!("#{}", self.id)), year, shelf].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// A record that looks like what is shown. It is written as
/// `{"id":7,"artist":"…","title":"…","shelf":"…","similarity":0.93}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookalike {
    /// The record.
    pub record: Arc<Record>,
    /// The cosine between what is shown and the nearest view of it that the stock has, -1 to 1.
    pub similarity: f32,
}

/// What a record was recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// Its cover alone.
    Cover,
    /// The words on its sleeve alone.
    Words,
    /// Cover and words, which agree.
    Both,
}

/// The very record that is shown. It is written as a [`Lookalike`], with what it was recognised by: `"by":"cover"`,
/// and those that share its cover: `"also":[…]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The record.
    pub record: Arc<Record>,
    /// What it was recognised by.
    pub by: By,
    /// As [`Lookalike::similarity`]; `None` where the words alone decided.
    pub similarity: Option<f32>,
    /// Others with the same cover: a cover tells the album, not the pressing.
    pub also: Vec<Lookalike>,
}

/// A record that the words fit as well as another. It is written as
/// `{"id":7,"artist":"…","title":"…","year":1959,"shelf":"…"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate(pub Arc<Record>);

/// What the stock has to say of a sleeve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// The very record, where cover or words tell it.
    pub known: Option<Known>,
    /// The records that it may be, where words fit several; then no record is known.
    pub candidates: Vec<Candidate>,
    /// The records that look most like it, the likest first.
    pub lookalikes: Vec<Lookalike>,
    /// How its records vote on the genre, where the bundle says how that is counted.
    pub votes: Option<Votes>,
}

impl Serialize for Lookalike {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        brief(serializer, &self.record, Some(self.similarity), None)
    }
}

impl Serialize for Known {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        brief(serializer, &self.record, self.similarity, Some((self.by, &self.also)))
    }
}

impl Serialize for Candidate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let about = &self.0.details;
        let mut brief = serializer.serialize_struct("Candidate", 5)?;
        brief.serialize_field("id", &self.0.id)?;
        brief.serialize_field("artist", &about.artist)?;
        brief.serialize_field("title", &about.title)?;
        brief.serialize_field("year", &about.year)?;
        brief.serialize_field("shelf", &about.shelf)?;
        brief.end()
    }
}

fn brief<S: Serializer>(
    serializer: S,
    record: &Record,
    similarity: Option<f32>,
    known: Option<(By, &[Lookalike])>,
) -> Result<S::Ok, S::Error> {
    let mut brief = serializer.serialize_struct("Lookalike", if known.is_some() { 7 } else { 5 })?;
    brief.serialize_field("id", &record.id)?;
    brief.serialize_field("artist", &record.details.artist)?;
    brief.serialize_field("title", &record.details.title)?;
    brief.serialize_field("shelf", &record.details.shelf)?;
    brief.serialize_field("similarity", &similarity)?;
    if let Some((by, also)) = known {
        brief.serialize_field("by", &by)?;
        brief.serialize_field("also", also)?;
    }
    brief.end()
}
