"""How the records that look like a sleeve move its genre, and how a genre that only the shop has is told."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

SHARPNESS = (2.5, 5.0, 10.0, 20.0)
"""How fast a record's vote may fade as it looks less alike."""

FEW = 10.0
"""A genre of as many records has half the say of one of very many: a handful's mean is as chance has it."""

FEWEST = 3
"""A genre of fewer records has no vote: one record's looks are not its genre's."""

HANDFULS = (5, 10, 20, None)
"""As many records of a shop's own genre the votes must serve with; all that there are."""

DRAWS = 3
"""As many handfuls of each size."""


@dataclass(frozen=True)
class Ballot:
    """What is voted on, and who votes; genres that the network knows come first."""

    told: np.ndarray
    """What the network says of the sleeves, logarithmic probabilities, `n x known`."""
    cosines: np.ndarray
    """Between each sleeve and each record, `n x m`; -inf where a record must not vote."""
    of_record: np.ndarray
    """The records' genres, places, `m`."""
    genres: int
    """How many genres there are, the shop's own among them."""

    def part(self, which: np.ndarray) -> "Ballot":
        """Of some of the sleeves, `n` of them true."""
        return Ballot(self.told[which], self.cosines[which], self.of_record, self.genres)

    def handful(self, most: int | None, random: np.random.Generator) -> "Ballot":
        """With so many records, drawn at random, of each genre that the network does not know."""
        cosines = self.cosines.copy()
        for genre in range(self.told.shape[1], self.genres):
            own = random.permutation(np.flatnonzero(self.of_record == genre))
            cosines[:, own[most:] if most is not None else []] = -np.inf
        return Ballot(self.told, cosines, self.of_record, self.genres)

    def counted(self, sharpness: float) -> np.ndarray:
        """By how much each genre's votes exceed the mean, in logarithms, `n x genres`; NaN for none."""
        votes = np.full((len(self.told), self.genres), np.nan)
        count = np.zeros(votes.shape)
        for genre in range(self.genres):
            of_genre = self.cosines[:, self.of_record == genre]
            count[:, genre] = np.isfinite(of_genre).sum(1)
            enough = count[:, genre] >= FEWEST
            said = logsumexp(sharpness * (of_genre[enough] - 1), axis=1)
            votes[enough, genre] = said - np.log(count[enough, genre])
        present = ~np.isnan(votes)
        mean = np.where(present, votes, 0).sum(1) / np.maximum(present.sum(1), 1)
        return (votes - mean[:, None]) * count / (count + FEW)


@dataclass(frozen=True)
class Votes:
    """What a genre's records add to its logarithmic probability; as `Votes::moved` of the device.

    A record's vote is `exp(sharpness * (cosine - 1))`, a genre's the mean over its records. What counts is by
    how much its logarithm exceeds the mean over all genres that have one, and the less the fewer records
    there are: a sleeve that everything looks like tells nothing. The network knows of some genres; of the
    others, which are the shop's own, the votes alone tell.

    Source: Parzen, "On Estimation of a Probability Density Function and Mode", 1962, for the mean vote;
    Hinton, "Training Products of Experts by Minimizing Contrastive Divergence", 2002, for the product.
    """

    sharpness: float
    weight: float
    """Of the votes for a genre that the network knows."""
    own_weight: float
    """Of the votes for another one."""
    own_bias: float
    """The logarithmic probability of such a one, where its votes are as many as any other's."""

    def __call__(self, ballot: Ballot) -> np.ndarray:
        """Logarithmic probabilities of all genres after the votes, `n x genres`."""
        return self._moved(ballot.told, ballot.counted(self.sharpness))

    def _moved(self, told: np.ndarray, votes: np.ndarray) -> np.ndarray:
        known = told.shape[1]
        moved = told + self.weight * np.nan_to_num(votes[:, :known])
        own = self.own_bias + self.own_weight * votes[:, known:]
        return log_softmax(np.concatenate([moved, np.where(np.isnan(own), -np.inf, own)], axis=1), axis=1)

    @classmethod
    def fitted(cls, ballots: list[Ballot], truth: np.ndarray) -> "Votes":
        """The votes that make the truth the likeliest.

        Args:
            ballots: On the same sleeves, each with other records.
            truth: Places of genres, `n`.
        """
        found = []
        for sharpness in SHARPNESS:
            counts = [(ballot.told, ballot.counted(sharpness)) for ballot in ballots]

            def loss(values: np.ndarray, sharpness: float = sharpness, counts: list = counts) -> float:
                votes = cls(sharpness, abs(values[0]), abs(values[1]), values[2])
                said = [votes._moved(*count)[np.arange(len(truth)), truth] for count in counts]
                # What is not voted for, with too few records, cannot be said.
                return -float(np.mean([one[np.isfinite(one)].mean() for one in said]))

            best = minimize(loss, [0.3, 2.0, -3.0], method="Nelder-Mead", options={"maxiter": 400})
            weight, own_weight, own_bias = (round(float(value), 4) for value in best.x)
            found.append((best.fun, cls(sharpness, abs(weight), abs(own_weight), own_bias)))
        return min(found, key=lambda pair: pair[0])[1]


def handfuls(ballot: Ballot, random: np.random.Generator) -> dict[int | None, list[Ballot]]:
    """A ballot with each number of records of the shop's own genres, drawn a few times each."""
    return {
        most: [ballot.handful(most, random) for _ in range(1 if most is None else DRAWS)] for most in HANDFULS
    }
