//! What the stock says of the genre of a sleeve that it does not know: its records vote, each for its own genre, and the
//! more the likelier it looks.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use super::Record;
use crate::network::Genre;
use crate::verdict;

/// A genre of fewer records has no vote: the looks of one record are not those of its genre.
const FEWEST: usize = 3;

/// How votes are counted: `[votes]` in a bundle's `stock.toml`, fitted by the trainer (`sleevetrainer stock`).
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voting {
    /// How fast a record's vote fades as it looks less alike.
    pub sharpness: f32,
    /// How much votes weigh for a genre that the network knows.
    pub weight: f32,
    /// How much they weigh for one that only the shop has.
    pub own_weight: f32,
    /// The logarithm of how likely such a one is where its votes are as many as others'.
    pub own_bias: f32,
    /// A genre of as many views has half the say of one of very many: the mean of a handful is as chance has it.
    pub few: f32,
}

impl Voting {
    /// The vote of a view at this cosine: 1 where it looks the same, less the less it does.
    #[must_use]
    pub fn vote(&self, cosine: f32) -> f32 {
        (self.sharpness * (cosine - 1.0)).exp()
    }
}

/// The votes for one genre.
#[derive(Clone, Debug, PartialEq)]
pub struct Vote {
    /// The genre in the shop's words.
    pub genre: String,
    /// How many records of the stock are of it.
    pub records: usize,
    /// How many views of these have voted.
    pub views: usize,
    /// Their votes together.
    pub sum: f32,
}

/// All votes on a sleeve.
#[derive(Clone, Debug, PartialEq)]
pub struct Votes {
    /// How they are counted.
    pub voting: Voting,
    /// The votes for each genre that the shop names.
    pub cast: Vec<Vote>,
}

impl Votes {
    /// How likely each genre is after the votes: the network's, in its order, and then the shop's own.
    ///
    /// What counts for a genre is by how much the logarithm of its mean vote exceeds the mean over all genres that
    /// have a vote, and the less the fewer have voted: a sleeve that everything looks like tells nothing. The network's probability of a genre is
    /// multiplied by it; of a genre that only the shop has, the votes alone tell. Of a genre that the network was not
    /// taught, the votes tell as of the shop's own where they make it likelier than it was.
    ///
    /// Source: Parzen, "On Estimation of a Probability Density Function and Mode", 1962, for the mean vote; Hinton,
    /// "Training Products of Experts by Minimizing Contrastive Divergence", 2002, for the product.
    ///
    /// # Panics
    ///
    /// Where there are not as many probabilities as genres.
    #[must_use]
    pub fn moved(&self, genres: &[Arc<Genre>], probabilities: &[f32]) -> Vec<(Arc<Genre>, f32)> {
        assert_eq!(genres.len(), probabilities.len(), "a probability for each genre");
        let mut all: Vec<Arc<Genre>> = genres.to_vec();
        let mut counts: Vec<(usize, usize, f32)> = vec![(0, 0, 0.0); all.len()];
        for Vote { genre, records, views, sum } in &self.cast {
            let place = all.iter().position(|known| known.is_called(genre)).unwrap_or_else(|| {
                all.push(Arc::new(Genre::of_shop(genre.trim())));
                counts.push((0, 0, 0.0));
                all.len() - 1
            });
            let count = &mut counts[place];
            *count = (count.0 + records, count.1 + views, count.2 + sum);
        }
        let votes: Vec<Option<f32>> = counts
            .iter()
            .map(|(records, views, sum)| {
                let vote = (sum / *views as f32).ln();
                (*records >= FEWEST && vote.is_finite()).then_some(vote)
            })
            .collect();
        let cast: Vec<f32> = votes.iter().flatten().copied().collect();
        let mean = cast.iter().sum::<f32>() / cast.len().max(1) as f32;
        let scores = votes.iter().zip(&counts).enumerate().map(|(place, (vote, (_, views, _)))| {
            let say = *views as f32 / (*views as f32 + self.voting.few);
            let excess = vote.map(|vote| (vote - mean) * say);
            let own = excess
                .map_or(f32::NEG_INFINITY, |excess| self.voting.own_bias + self.voting.own_weight * excess);
            match (probabilities.get(place), genres.get(place)) {
                (Some(probability), Some(genre)) if genre.is_taught() => {
                    probability.ln() + self.voting.weight * excess.unwrap_or(0.0)
                }
                (Some(probability), _) => probability.ln().max(own),
                (None, _) => own,
            }
        });
        let scores: Vec<f32> = scores.collect();
        let likely = all.into_iter().zip(verdict::probabilities(&scores, 1.0));
        // A genre of the shop's own that has too few records is none yet.
        likely
            .enumerate()
            .filter(|(place, _)| *place < genres.len() || votes[*place].is_some())
            .map(|(_, likely)| likely)
            .collect()
    }
}

/// Which view votes for which genre.
#[derive(Clone, Debug, Default)]
pub(super) struct Ballot {
    /// The genres in the shop's words, and how many records have votes for it.
    genres: Vec<(String, usize)>,
    /// The place of each view's genre; none where the shop tells none.
    of_view: Vec<Option<usize>>,
}

impl Ballot {
    /// The ballot of views, each of whom is a view of this record.
    pub(super) fn of<'a>(views: impl Iterator<Item = Option<&'a Record>>) -> Self {
        let mut ballot = Self::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut of_record: HashMap<i64, Option<usize>> = HashMap::new();
        for record in views {
            let place = record.and_then(|record| {
                *of_record.entry(record.id).or_insert_with(|| {
                    let genre = record.details.genre.trim();
                    if genre.is_empty() {
                        return None;
                    }
                    let place = *places.entry(genre.to_lowercase()).or_insert_with(|| {
                        ballot.genres.push((genre.to_owned(), 0));
                        ballot.genres.len() - 1
                    });
                    ballot.genres[place].1 += 1;
                    Some(place)
                })
            });
            ballot.of_view.push(place);
        }
        ballot
    }

    /// Counts the votes of all views, whose cosines with a sleeve are these.
    pub(super) fn count(&self, voting: Voting, cosines: &[f32]) -> Votes {
        let mut cast: Vec<Vote> = self
            .genres
            .iter()
            .map(|(genre, records)| Vote { genre: genre.clone(), records: *records, views: 0, sum: 0.0 })
            .collect();
        for (place, cosine) in self.of_view.iter().zip(cosines) {
            if let Some(place) = place {
                cast[*place].views += 1;
                cast[*place].sum += voting.vote(*cosine);
            }
        }
        Votes { voting, cast }
    }
}
