//! Which record the words on a sleeve name: its title and its artist stand there.
//!
//! Names are compared without spaces, in single lines and in neighbouring lines joined, with one edit allowed in longer
//! names. A name that is not there as a whole counts by its words, each weighted by how much it tells: a long word that
//! few records have tells most. Source of the weights: Spärck Jones, "A Statistical Interpretation of Term Specificity",
//! 1972.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

use super::Record;
use super::pattern::{Hit, PatternIndex, Sheet};
use crate::words::{Line, folded, squashed};

/// Words that nearly every name has: they tell nothing.
const STOP_WORDS: [&str; 32] = [
    "the", "of", "a", "an", "and", "in", "to", "on", "for", "with", "by", "at", "from", "my", "de", "la",
    "le", "el", "les", "los", "et", "und", "der", "die", "das", "y", "i", "и", "в", "на", "with", "is",
];

/// Words that many titles and artists have: they tell little.
const COMMON_WORDS: [&str; 58] = [
    "live",
    "greatest",
    "hits",
    "best",
    "collection",
    "volume",
    "vol",
    "anthology",
    "complete",
    "essential",
    "very",
    "songs",
    "song",
    "album",
    "session",
    "sessions",
    "concert",
    "original",
    "soundtrack",
    "music",
    "love",
    "deluxe",
    "edition",
    "remastered",
    "years",
    "story",
    "gold",
    "golden",
    "classic",
    "classics",
    "works",
    "symphony",
    "symphonies",
    "concerto",
    "piano",
    "orchestra",
    "band",
    "quartet",
    "quintet",
    "trio",
    "plays",
    "sings",
    "featuring",
    "presents",
    "ultimate",
    "definitive",
    "selected",
    "recordings",
    "ep",
    "disc",
    "part",
    "no",
    "one",
    "two",
    "meets",
    "motion",
    "picture",
    "sonatas",
];

/// Artists that no sleeve names.
const NOBODY: [&str; 9] = [
    "",
    "various",
    "variousartists",
    "va",
    "unknown",
    "unknownartist",
    "soundtrack",
    "originalsoundtrack",
    "разные",
];

/// How many titles there are beside the stock's, as far as the weight of a word goes: in a small stock, each word is
/// rare.
const BACKGROUND: f32 = 2000.0;

/// How many of these have a common word.
const COMMON: f32 = 60.0;

/// What a word of a title tells at least, in nats, so that the album is looked at for it.
const LEADING: f32 = 2.0;

/// What is left of a name of which a number was not read.
const NUMBER_UNREAD: f32 = 0.6;

/// A name that tells less, in nats, must be all of a line: "Live" stands on many sleeves.
const WEAK: f32 = 6.0;

/// The most candidates.
const MAX_CANDIDATES: usize = 8;

/// When the words on a sleeve name a record: `[words]` in a bundle's `stock.toml`, where it differs from the default.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WordRule {
    /// The part of a title that must be read, 0 to 1.
    pub title: f32,
    /// The part of an artist's name that must be read, 0 to 1.
    pub artist: f32,
    /// What both must tell together, in nats.
    pub both: f32,
    /// What a title must tell where its artist is not read, in nats; more in a large stock. A title of stop words or a
    /// short one never does.
    pub title_alone: f32,
    /// What must be left of what they tell when what was not read is taken from it, in nats.
    pub left: f32,
    /// By how much a record must be ahead of any with another title or artist, in nats.
    pub margin: f32,
    /// How much what was not read of a name speaks against it, as a part of what it would tell.
    pub unread: f32,
    /// How much words that stand apart count, as a part of what they count together.
    pub apart: f32,
    /// The part of the threes of letters of a misread name that must be there for it to count.
    pub alike: f32,
}

impl Default for WordRule {
    fn default() -> Self {
        Self {
            title: 0.6,
            artist: 0.5,
            both: 7.0,
            title_alone: 10.0,
            left: 8.0,
            margin: 2.0,
            unread: 0.7,
            apart: 1.0,
            alike: 0.65,
        }
    }
}

impl WordRule {
    /// What is wrong with it, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        let parts = [
            ("title", self.title),
            ("artist", self.artist),
            ("unread", self.unread),
            ("apart", self.apart),
            ("alike", self.alike),
        ];
        let nats = [
            ("both", self.both),
            ("title_alone", self.title_alone),
            ("left", self.left),
            ("margin", self.margin),
        ];
        let bounds = parts.map(|(name, value)| (name, value, 1.0));
        let bounds = bounds.into_iter().chain(nats.map(|(name, value)| (name, value, 1000.0)));
        for (name, value, most) in bounds {
            if !(0.0..=most).contains(&value) {
                return Err(format!("{name} in [words] is {value}, it must be from 0 to {most}"));
            }
        }
        Ok(())
    }
}

/// What the words on a sleeve say of the record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByWords {
    /// The only record that they fit.
    pub known: Option<Arc<Record>>,
    /// The records that they fit equally well, where there are several: editions of one album, or titles of which one
    /// is part of another.
    pub candidates: Vec<Arc<Record>>,
    /// How much speaks for it, in nats.
    pub score: f32,
}

/// A name in one form, and what its words tell.
#[derive(Clone, Debug)]
struct Form {
    /// All of it, as one pattern.
    whole: u32,
    /// Its words, and what each tells; those that tell nothing are left out.
    words: Vec<(u32, f32)>,
    /// The number of letters.
    letters: usize,
    /// The part that is the name's own, apart from what another name has of it, and how many letters that has.
    own: u32,
    own_letters: usize,
    /// The numbers in it: without them, it is the name of another volume.
    numbers: Vec<u32>,
    /// How much this form counts: less than 1 where it leaves something out.
    factor: f32,
}

/// The records of one artist and title.
#[derive(Clone, Debug)]
struct Album {
    records: Vec<Arc<Record>>,
    /// The artist as a whole in its forms, then each of several artists alone.
    artist: Vec<Form>,
    parts: Vec<Vec<Form>>,
    title: Vec<Form>,
    /// The title says no more than the artist's name.
    self_titled: bool,
}

/// How well an album fits.
#[derive(Clone, Copy, Debug, Default)]
struct Fit {
    /// Whether the title is all of a line.
    sealed: bool,
    /// The parts that were read of title and artist, 0 to 1, and what these tell.
    title: f32,
    title_told: f32,
    artist: f32,
    artist_told: f32,
    score: f32,
}

/// The records of a stock by the words of their names.
#[derive(Clone, Debug, Default)]
pub struct WordIndex {
    patterns: PatternIndex,
    albums: Vec<Album>,
    /// The albums with a pattern in their title, or as their artist's name.
    named: HashMap<u32, Vec<u32>>,
    /// The genre of each artist, by the squashed name.
    genres: HashMap<String, String>,
}

impl WordIndex {
    /// The index of these records.
    #[must_use]
    pub fn of<'a>(records: impl Iterator<Item = &'a Arc<Record>>) -> Self {
        let mut index = Self::default();
        let mut albums: HashMap<(String, String), Vec<Arc<Record>>> = HashMap::new();
        let mut order = Vec::new();
        for record in records {
            let about = &record.details;
            let key = (squashed(&plain_artist(&about.artist)), squashed(&about.title));
            let editions = albums.entry(key.clone()).or_insert_with(|| {
                order.push(key);
                Vec::new()
            });
            editions.push(Arc::clone(record));
        }
        index.genres = genres(albums.values().flatten());
        let rarity = Rarity::of(order.iter().filter_map(|key| albums[key].first()));
        for key in order {
            let records = albums.remove(&key).unwrap_or_default();
            let Some(first) = records.first() else { continue };
            let (artist, title) = (plain_artist(&first.details.artist), first.details.title.clone());
            index.put(records, &artist, &title, &rarity);
        }
        index.patterns.finish();
        index
    }

    fn put(&mut self, records: Vec<Arc<Record>>, artist: &str, title: &str, rarity: &Rarity) {
        let nobody = NOBODY.contains(&squashed(artist).as_str());
        let of_artist: HashSet<String> = folded(artist).split(' ').map(ToOwned::to_owned).collect();
        let forms = |patterns: &mut PatternIndex, names: Vec<(String, f32)>, without: &HashSet<String>| {
            let mut forms: Vec<Form> = Vec::new();
            for (name, factor) in names {
                let form = form(patterns, &name, factor, rarity, without);
                forms.extend(form.filter(|form| forms.iter().all(|other| other.whole != form.whole)));
            }
            forms
        };
        let none = HashSet::new();
        let patterns = &mut self.patterns;
        let names = if nobody { Vec::new() } else { artist_forms(artist) };
        let whole = forms(patterns, names, &none);
        let parts = if nobody { Vec::new() } else { artists(artist) };
        let parts: Vec<Vec<Form>> =
            parts.into_iter().map(|part| forms(patterns, artist_forms(&part), &none)).collect();
        let says_more = |name: &str| {
            let text = folded(name);
            text.split(' ').any(|word| !of_artist.contains(word) && !STOP_WORDS.contains(&word))
        };
        let mut names = title_forms(title);
        let mut place = 0;
        names.retain(|(name, _)| {
            place += 1;
            place == 1 || says_more(name)
        });
        let titles = forms(patterns, names, &of_artist);
        let self_titled = !nobody && !says_more(title);
        let place = u32::try_from(self.albums.len()).unwrap_or(u32::MAX);
        // A word that most names have leads to no album.
        let leading = |form: &Form| {
            let words = form.words.iter().filter(|(_, told)| *told >= LEADING).map(|(word, _)| *word);
            words.chain([form.whole]).collect::<Vec<u32>>()
        };
        let told = titles.iter().flat_map(leading);
        let artists = whole.iter().chain(parts.iter().flatten()).map(|form: &Form| form.whole);
        for pattern in told.chain(artists).collect::<HashSet<u32>>() {
            self.named.entry(pattern).or_default().push(place);
        }
        self.albums.push(Album { records, artist: whole, parts, title: titles, self_titled });
    }

    /// The genre of most of an artist's records.
    #[must_use]
    pub fn genre_of_artist(&self, artist: &str) -> Option<String> {
        self.genres.get(&squashed(&plain_artist(artist))).cloned()
    }

    /// The records whose title and artist stand in these lines, which may come in any order and from several passes.
    #[must_use]
    pub fn find(&self, rule: &WordRule, lines: &[Line]) -> ByWords {
        let sheet = Sheet::of(lines);
        let hits = self.patterns.search(&sheet);
        let touched: HashSet<u32> =
            hits.keys().filter_map(|pattern| self.named.get(pattern)).flatten().copied().collect();
        let mut fitting: Vec<(u32, Fit)> = touched
            .into_iter()
            .map(|place| (place, self.fit(rule, &self.albums[place as usize], &hits, &sheet)))
            .filter(|(place, fit)| self.is_enough(rule, &self.albums[*place as usize], *fit))
            .collect();
        fitting.sort_by(|(a, one), (b, other)| other.score.total_cmp(&one.score).then(a.cmp(b)));
        let Some((first, best)) = fitting.first().copied() else { return ByWords::default() };
        let near = fitting.iter().skip(1).take_while(|(_, fit)| fit.score > best.score - rule.margin);
        let fits = [first].into_iter().chain(near.map(|(place, _)| *place));
        let mut candidates: Vec<Arc<Record>> =
            fits.flat_map(|place| self.albums[place as usize].records.iter().cloned()).collect();
        if candidates.len() == 1 {
            return ByWords { known: candidates.pop(), candidates: Vec::new(), score: best.score };
        }
        // Words that fit so many name none.
        if candidates.len() > MAX_CANDIDATES {
            candidates.clear();
        }
        ByWords { known: None, candidates, score: best.score }
    }

    fn is_enough(&self, rule: &WordRule, album: &Album, fit: Fit) -> bool {
        let told = fit.title_told + fit.artist_told;
        let both = fit.title >= rule.title && fit.artist >= rule.artist && told >= rule.both;
        // The more titles there are, the sooner another artist's sleeve has one of them.
        let title_alone = rule.title_alone + 2.0 * (1.0 + self.albums.len() as f32 / BACKGROUND).ln();
        let alone = fit.sealed && fit.title >= 0.9 && fit.title_told >= title_alone;
        fit.score >= rule.left && (both || (alone && !album.self_titled))
    }

    fn fit(&self, rule: &WordRule, album: &Album, hits: &HashMap<u32, Hit>, sheet: &Sheet) -> Fit {
        let look = Look { rule, patterns: &self.patterns, hits, sheet };
        let (mut artist, mut artist_told, artist_all) = look.artist(album, false);
        let best = album.title.iter().map(|form| {
            // To compare letter by letter takes time, and is worth it only beside the artist's name.
            let (read, told, all) = look.form(form, artist >= rule.artist);
            (read * form.factor, told, all)
        });
        let best = best.max_by(|one, other| {
            (one.1, one.0).partial_cmp(&(other.1, other.0)).unwrap_or(std::cmp::Ordering::Equal)
        });
        let (mut title, mut title_told, title_all) = best.unwrap_or_default();
        if artist < rule.artist && title >= rule.title {
            (artist, artist_told, _) = look.artist(album, true);
        }
        if album.self_titled {
            // The name is there once, and may be that of any of the artist's records.
            (title, title_told) = (0.0, 0.0);
        }
        let sealed = album.title.iter().any(|form| look.is_sealed(form));
        let against = rule.unread * ((title_all - title_told).max(0.0) + (artist_all - artist_told).max(0.0));
        Fit { sealed, title, title_told, artist, artist_told, score: title_told + artist_told - against }
    }
}

/// A look at a sheet.
struct Look<'a> {
    rule: &'a WordRule,
    patterns: &'a PatternIndex,
    hits: &'a HashMap<u32, Hit>,
    sheet: &'a Sheet,
}

impl Look<'_> {
    /// How much of a form was read, what that tells, and what all of it would tell.
    fn form(&self, form: &Form, misread: bool) -> (f32, f32, f32) {
        let quality = |hit: &Hit| hit.quality;
        let all: f32 = form.words.iter().map(|(_, told)| told).sum();
        let whole = self.hits.get(&form.whole).filter(|hit| {
            let long = form.letters > 3 || hit.sealed;
            // Of two names that are nearly the same, an edit makes the one the other.
            long && (hit.exact || form.own_letters >= 7)
        });
        let whole = whole.map_or(0.0, quality);
        let words: f32 =
            form.words.iter().map(|(word, told)| self.hits.get(word).map_or(0.0, quality) * told).sum();
        let apart = if form.words.len() > 1 { self.rule.apart } else { 1.0 };
        let mut part = if all > 0.0 { apart * words / all } else { 0.0 };
        if misread && whole.max(part) < 0.9 && form.own_letters >= 7 {
            let alike = self.sheet.likeness(self.patterns.letters(form.own));
            part = part.max(if alike >= self.rule.alike { self.rule.apart * alike } else { 0.0 });
        }
        if form.numbers.iter().any(|number| !self.hits.contains_key(number)) {
            part *= NUMBER_UNREAD;
        }
        let mut part = part.max(whole);
        if all < WEAK && !self.is_sealed(form) {
            part = 0.0;
        }
        (part, part * all, all)
    }

    /// Whether a form, or what is its own, is all of a line.
    fn is_sealed(&self, form: &Form) -> bool {
        [form.whole, form.own].iter().any(|name| self.hits.get(name).is_some_and(|hit| hit.sealed))
    }

    /// The same of an album's artist: as a whole, or some of several artists.
    fn artist(&self, album: &Album, misread: bool) -> (f32, f32, f32) {
        let best = |forms: &[Form]| {
            let read = forms.iter().map(|form| self.form(form, misread));
            read.max_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or_default()
        };
        let whole = best(&album.artist);
        if album.parts.len() < 2 {
            return whole;
        }
        let parts: Vec<(f32, f32, f32)> = album.parts.iter().map(|forms| best(forms)).collect();
        let told: f32 = parts.iter().map(|part| part.1).sum();
        let all: f32 = parts.iter().map(|part| part.2).sum();
        let most = parts.iter().map(|part| part.0).fold(0.0, f32::max);
        let mean = if all > 0.0 { told / all } else { 0.0 };
        // One of several artists is enough, and all are better.
        let together = (0.7 * most + 0.3 * mean, told, all.min(told + 0.3 * (all - told)));
        if together.0 > whole.0 { together } else { whole }
    }
}

/// What a word tells, in nats: the rarer and the longer it is, the more.
struct Rarity {
    albums: f32,
    with: HashMap<String, f32>,
}

impl Rarity {
    fn of<'a>(albums: impl Iterator<Item = &'a Arc<Record>>) -> Self {
        let mut rarity = Self { albums: 0.0, with: HashMap::new() };
        for record in albums {
            rarity.albums += 1.0;
            let about = &record.details;
            let words = folded(&format!("{} {}", about.artist, about.title));
            for word in words.split(' ').collect::<HashSet<_>>() {
                *rarity.with.entry(word.to_owned()).or_default() += 1.0;
            }
        }
        rarity
    }

    fn told(&self, word: &str) -> f32 {
        let letters = word.chars().count() as f32;
        if STOP_WORDS.contains(&word) {
            return 0.2;
        }
        let common = if COMMON_WORDS.contains(&word) { COMMON } else { 1.0 };
        let with = self.with.get(word).copied().unwrap_or(0.0) + common;
        let length = if is_number(word) { 0.5 } else { (letters / 5.0).min(1.2) };
        ((BACKGROUND + self.albums) / with).ln().max(0.0) * length
    }
}

/// Whether a word is a number, in digits or as the Romans wrote it.
fn is_number(word: &str) -> bool {
    word.chars().all(char::is_numeric) || word.chars().all(|letter| "ivx".contains(letter))
}

fn form(
    patterns: &mut PatternIndex,
    name: &str,
    factor: f32,
    rarity: &Rarity,
    without: &HashSet<String>,
) -> Option<Form> {
    let text = folded(name);
    let whole = squashed(name);
    if whole.is_empty() {
        return None;
    }
    let words: Vec<&str> = text.split(' ').collect();
    let own: Vec<&str> = words.iter().copied().filter(|word| !without.contains(*word)).collect();
    let own = if own.iter().all(|word| STOP_WORDS.contains(word)) { words } else { own };
    let joined = own.concat();
    let numbers = own.iter().filter(|word| is_number(word)).map(|word| patterns.put(word, true)).collect();
    Some(Form {
        words: own.into_iter().map(|word| (patterns.put(word, true), rarity.told(word))).collect(),
        whole: patterns.put(&whole, false),
        letters: whole.chars().count(),
        own: patterns.put(&joined, true),
        own_letters: joined.chars().count(),
        numbers,
        factor,
    })
}

/// An artist as sleeves write it: Discogs writes "Beatles, The" and "Prince (2)".
fn plain_artist(artist: &str) -> String {
    let mut name = artist.trim();
    if let Some((before, number)) = name.rsplit_once(" (")
        && number.strip_suffix(')').is_some_and(|number| number.chars().all(|digit| digit.is_ascii_digit()))
    {
        name = before.trim();
    }
    let name = name.trim_end_matches('*');
    let ending = name.len().checked_sub(5).and_then(|start| Some((name.get(..start)?, name.get(start..)?)));
    match ending {
        Some((before, the)) if the.eq_ignore_ascii_case(", the") => format!("The {before}"),
        _ => name.to_owned(),
    }
}

fn artist_forms(artist: &str) -> Vec<(String, f32)> {
    let text = folded(artist);
    let mut forms = vec![(artist.to_owned(), 1.0)];
    if let Some(without) = text.strip_prefix("the ") {
        forms.push((without.to_owned(), 1.0));
    }
    forms
}

/// The artists that made a record together.
fn artists(artist: &str) -> Vec<String> {
    let mut text = artist.to_lowercase();
    for between in [
        " feat. ",
        " feat ",
        " featuring ",
        " ft. ",
        " and ",
        " & ",
        " with ",
        " meets ",
        " vs. ",
        " vs ",
        " / ",
        ";",
        " + ",
        ",",
    ] {
        text = text.replace(between, "\n");
    }
    let parts: Vec<String> =
        text.split('\n').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    // "Earth, Wind & Fire" is one.
    if parts.iter().any(|part| squashed(part).chars().count() < 5) { Vec::new() } else { parts }
}

/// A title, and what may be printed of it: without what stands in brackets, and without a subtitle.
fn title_forms(title: &str) -> Vec<(String, f32)> {
    let mut forms = vec![(title.to_owned(), 1.0)];
    let mut depth = 0;
    let unbracketed: String = title
        .chars()
        .filter(|letter| {
            let open = "([{".contains(*letter);
            let close = ")]}".contains(*letter);
            depth += i32::from(open);
            let kept = depth <= 0;
            depth -= i32::from(close && depth > 0);
            kept && !close
        })
        .collect();
    let letters = |text: &str| squashed(text).chars().count();
    if letters(&unbracketed) >= 2 && letters(&unbracketed) < letters(title) {
        let kept: HashSet<String> = folded(&unbracketed).split(' ').map(ToOwned::to_owned).collect();
        // "Original Motion Picture Soundtrack" in brackets is no part of a name.
        let says_nothing = |word: &str| COMMON_WORDS.contains(&word) || STOP_WORDS.contains(&word);
        if folded(title).split(' ').all(|word| kept.contains(word) || says_nothing(word)) {
            forms.clear();
        }
        forms.push((unbracketed.clone(), if forms.is_empty() { 1.0 } else { 0.98 }));
    }
    for between in [": ", " - ", " / ", "; "] {
        if let Some((main, _)) = unbracketed.split_once(between)
            && letters(main) >= 5
        {
            forms.push((main.to_owned(), 0.85));
        }
    }
    forms
}

/// The genre of most of each artist's records that have one.
fn genres<'a>(records: impl Iterator<Item = &'a Arc<Record>>) -> HashMap<String, String> {
    let mut counts: HashMap<String, HashMap<String, (usize, String)>> = HashMap::new();
    for record in records {
        let about = &record.details;
        let (artist, genre) = (squashed(&plain_artist(&about.artist)), about.genre.trim());
        if genre.is_empty() || NOBODY.contains(&artist.as_str()) {
            continue;
        }
        let count = counts.entry(artist).or_default().entry(genre.to_lowercase()).or_default();
        count.0 += 1;
        // Of several ways to write it, the one that comes first in the alphabet, whatever the order of the records.
        if count.1.is_empty() || genre < count.1.as_str() {
            genre.clone_into(&mut count.1);
        }
    }
    let most = |counts: HashMap<String, (usize, String)>| {
        let all: usize = counts.values().map(|(count, _)| count).sum();
        counts.into_values().find(|(count, _)| 2 * count > all).map(|(_, genre)| genre)
    };
    counts.into_iter().filter_map(|(artist, counts)| Some((artist, most(counts)?))).collect()
}
