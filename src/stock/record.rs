//! A record as the shop knows it.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Votes;

/// What the shop tells of a record. Only the title is owed; what is not told is empty.
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
