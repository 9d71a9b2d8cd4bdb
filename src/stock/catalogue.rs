//! The stock in memory: what is asked of it while a sleeve is held up.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::by_words::WordIndex;
use super::search::{Field, Word};
use super::vote::Ballot;
use super::{By, ByWords, Candidate, Findings, Known, Lookalike, Matrix, Near, Record, Rule};
use crate::words::{Line, squashed};

/// How many look-alikes are told.
const TOLD: usize = 5;

/// How many records that share a cover are told of at most, the nearest included.
const SHARING: usize = 16;

/// All records, and where their covers lie.
#[derive(Clone, Debug)]
pub struct Catalogue {
    rule: Rule,
    records: BTreeMap<i64, Arc<Record>>,
    matrix: Matrix,
    /// Who votes for what, once that is asked; a change makes it void.
    ballot: OnceLock<Ballot>,
    /// The records by their names, once that is asked; a change of a record makes it void.
    names: OnceLock<WordIndex>,
}

impl Catalogue {
    /// An empty one, by this rule.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        let matrix = Matrix::new(rule.metric.length());
        Self { rule, records: BTreeMap::new(), matrix, ballot: OnceLock::new(), names: OnceLock::new() }
    }

    /// Adds a record, or tells anew what is known of it.
    pub fn put(&mut self, record: Record) {
        self.ballot.take();
        self.names.take();
        self.records.insert(record.id, Arc::new(record));
    }

    /// Adds a view of a record's cover, by its embedding. One that holds what is no number, from a damaged file, is
    /// passed over: it would be near to everything.
    ///
    /// # Panics
    ///
    /// Where the embedding is not of the rule's network.
    pub fn show(&mut self, id: i64, embedding: &[f32]) {
        let place = self.rule.metric.place(embedding);
        self.ballot.take();
        if place.iter().all(|value| value.is_finite()) {
            self.matrix.push(id, &place);
        }
    }

    /// Takes a record away.
    pub fn remove(&mut self, id: i64) {
        self.ballot.take();
        self.names.take();
        self.records.remove(&id);
        self.matrix.remove(id);
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The record of this number.
    #[must_use]
    pub fn get(&self, id: i64) -> Option<Arc<Record>> {
        self.records.get(&id).cloned()
    }

    /// All records, by their numbers.
    pub fn records(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.records.values()
    }

    /// The records that have every word of the text in artist, title, genre, shelf or note. Case, accents, `ё` for `е`,
    /// apostrophes and other signs make no difference.
    #[must_use]
    pub fn search(&self, text: &str) -> Vec<Arc<Record>> {
        let words: Vec<Word> = text.split_whitespace().map(Word::new).collect();
        if words.is_empty() {
            return self.records().cloned().collect();
        }
        let has_all = |record: &&Arc<Record>| {
            let about = &record.details;
            let fields = [&about.artist, &about.title, &about.genre, &about.shelf, &about.note];
            let fields = fields.map(|field| Field::new(field));
            words.iter().all(|word| fields.iter().any(|field| word.is_in(field)))
        };
        self.records().filter(has_all).cloned().collect()
    }

    /// The `most` records that look most like this, the likest first.
    ///
    /// # Panics
    ///
    /// Where the embedding is not of the rule's network.
    #[must_use]
    pub fn lookalikes(&self, embedding: &[f32], most: usize) -> Vec<Lookalike> {
        let near = self.matrix.nearest(&self.rule.metric.place(embedding), most);
        near.iter().filter_map(|near| self.lookalike(near)).collect()
    }

    /// What there is to say of an embedding: the very record, where one is near and clearly nearer than the second,
    /// five look-alikes, and the votes of all records on its genre.
    ///
    /// # Panics
    ///
    /// Where the embedding is not of the rule's network.
    #[must_use]
    pub fn find(&self, embedding: &[f32]) -> Findings {
        self.recognise(embedding, &[])
    }

    /// The same, of an embedding and the words on the sleeve, in any order: each may tell the record alone, and where
    /// they agree, both do. The words tell records of one artist apart. Where they name another artist's record than
    /// the cover, both are candidates.
    ///
    /// # Panics
    ///
    /// Where the embedding is not of the rule's network.
    #[must_use]
    pub fn recognise(&self, embedding: &[f32], lines: &[Line]) -> Findings {
        let mut findings = self.by_cover(embedding);
        let words = if lines.is_empty() { ByWords::default() } else { self.by_words(lines) };
        let ByWords { known: named, candidates, .. } = words;
        (findings.known, findings.candidates) = self.combined(findings.known.take(), named, candidates);
        findings
    }

    /// What the words on a sleeve say of the record.
    #[must_use]
    pub fn by_words(&self, lines: &[Line]) -> ByWords {
        self.names().find(&self.rule.words, lines)
    }

    /// The genre of most of this artist's records; `None` where there is no such genre.
    #[must_use]
    pub fn genre_of_artist(&self, artist: &str) -> Option<String> {
        self.names().genre_of_artist(artist)
    }

    fn names(&self) -> &WordIndex {
        self.names.get_or_init(|| WordIndex::of(self.records.values()))
    }

    fn combined(
        &self,
        seen: Option<Known>,
        named: Option<Arc<Record>>,
        candidates: Vec<Arc<Record>>,
    ) -> (Option<Known>, Vec<Candidate>) {
        let listed = |records: Vec<Arc<Record>>| records.into_iter().map(Candidate).collect();
        let Some(seen) = seen else {
            let known =
                named.map(|record| Known { record, by: By::Words, similarity: None, also: Vec::new() });
            return (known, listed(candidates));
        };
        let named: Vec<Arc<Record>> = named.into_iter().chain(candidates).collect();
        // Pressings that share a cover share its words.
        let fits = |id: i64| named.iter().any(|record| record.id == id);
        let (first, others) = (seen.record.id, &seen.also);
        let agreed = if fits(first) { None } else { others.iter().find(|other| fits(other.record.id)) };
        if named.is_empty() {
            return (Some(seen), Vec::new());
        }
        if let Some(other) = agreed.cloned() {
            let before = Lookalike { record: seen.record, similarity: seen.similarity.unwrap_or_default() };
            let also = seen.also.into_iter().filter(|also| also.record.id != other.record.id);
            let also = [before].into_iter().chain(also).collect();
            let known =
                Known { record: other.record, by: By::Both, similarity: Some(other.similarity), also };
            return (Some(known), Vec::new());
        }
        if fits(first) {
            return (Some(Known { by: By::Both, ..seen }), Vec::new());
        }
        let artist = |record: &Record| squashed(&record.details.artist);
        let same_artist = artist(&seen.record) == artist(&named[0]);
        match (<[_; 1]>::try_from(named), same_artist) {
            // Covers of one artist may look alike; their titles do not.
            (Ok([record]), true) => {
                (Some(Known { record, by: By::Words, similarity: None, also: Vec::new() }), Vec::new())
            }
            (Ok([record]), false) => (None, listed(vec![seen.record, record])),
            (Err(several), true) => (None, listed(several)),
            (Err(_), false) => (Some(seen), Vec::new()),
        }
    }

    fn by_cover(&self, embedding: &[f32]) -> Findings {
        let place = self.rule.metric.place(embedding);
        let cosines: Vec<f32> = self.matrix.cosines(&place).collect();
        let near = self.matrix.nearest_by(cosines.iter().copied(), SHARING + 1);
        let lookalikes = near.iter().take(TOLD).filter_map(|near| self.lookalike(near)).collect();
        let votes = self.rule.voting.map(|voting| self.ballot().count(voting, &cosines));
        Findings { known: self.known(&near), candidates: Vec::new(), lookalikes, votes }
    }

    fn ballot(&self) -> &Ballot {
        let record = |id| self.records.get(&id).map(Arc::as_ref);
        self.ballot.get_or_init(|| Ballot::of(self.matrix.owners().map(record)))
    }

    fn known(&self, near: &[Near]) -> Option<Known> {
        let (first, others) = near.split_first()?;
        let shares_cover = |other: &&Near| self.matrix.between(first.row, other.row) >= self.rule.same;
        let (sharing, others): (Vec<&Near>, Vec<&Near>) = others.iter().partition(shares_cover);
        let second = others.first().map_or(-1.0, |second| second.cosine);
        if self.rule.score(first.cosine, second) < self.rule.near {
            return None;
        }
        let Lookalike { record, similarity } = self.lookalike(first)?;
        let also = sharing.into_iter().filter_map(|near| self.lookalike(near)).collect();
        Some(Known { record, by: By::Cover, similarity: Some(similarity), also })
    }

    fn lookalike(&self, near: &Near) -> Option<Lookalike> {
        Some(Lookalike { record: self.get(near.owner)?, similarity: near.cosine })
    }
}
