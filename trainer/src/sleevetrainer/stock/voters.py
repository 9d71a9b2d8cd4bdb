"""Covers that vote on each other's genre: what the votes are fitted to, and what they do."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
from scipy.special import log_softmax

from ..bundle import share, taught
from ..covers import genre_places
from .material import Material
from .rule import Metric
from .votes import Ballot, Votes, handfuls


@dataclass(frozen=True)
class Voters:
    """Covers that the network was not trained on, `n`; some are of genres that only a shop has."""

    covers: Material
    places: np.ndarray
    """Their places among all covers, `n`."""
    told: np.ndarray
    """What the network says of a view of each, logarithmic probabilities, `n x known`."""
    truth: np.ndarray
    """Their genres, `n`: those that the network knows come first."""
    own: int
    """How many genres it does not know."""

    @classmethod
    def of(cls, covers: Material, description: dict[str, Any]) -> "Voters":
        """Those of all covers, by a bundle's description."""
        places = np.flatnonzero(covers.unseen)
        labels = [PurePath(covers.paths[place]).parts[0] for place in places]
        known = [genre["id"] for genre in taught(description)]
        genres = known + sorted(set(labels) - set(known))
        told = log_softmax(covers.told[places] / description["calibration"]["temperature"], axis=1)
        told = told + np.log(share(description))
        truth = genre_places(labels, genres)
        return cls(covers, places, told, truth, len(genres) - len(known))

    def ballot(self, metric: Metric) -> Ballot:
        """A view of each is voted on by all others, look-alikes apart."""
        cosines = metric(self.covers.view[self.places]) @ metric(self.covers.flat[self.places]).T
        groups = self.covers.groups[self.places]
        cosines[groups[:, None] == groups[None, :]] = -np.inf
        return Ballot(self.told, cosines, self.truth, self.told.shape[1] + self.own)

    def votes(self, metric: Metric, which: np.ndarray, seed: int) -> Votes:
        """Fitted to some of them, `n`, with handfuls of records of the shop's own genres and with all."""
        drawn = handfuls(self.ballot(metric), np.random.default_rng(seed))
        ballots = [ballot.part(which) for ballots in drawn.values() for ballot in ballots]
        return Votes.fitted(ballots, self.truth[which])

    def figures(self, half: np.ndarray, seed: int) -> dict[str, Any]:
        """What the votes do, to each half by what is fitted to the other.

        Args:
            half: Whether a cover is of the one half, of all covers.
            seed: By which handfuls are drawn.

        Returns:
            What the network tells `alone`, and with votes, by how many records there are of each of a shop's
            own genres: `accuracy` of all, `known` of covers of the network's genres, `own` of the others, how
            many are `said_own`, to be of one of these, and of how many that is true, `right_own`.
        """
        of_half = half[self.places]
        parts = {}
        for which, one in ((of_half, half), (~of_half, ~half)):
            metric = Metric.fitted(self.covers.flat[~one], self.covers.view[~one])
            votes = self.votes(metric, ~which, seed)
            drawn = handfuls(self.ballot(metric), np.random.default_rng(seed))
            for most, ballots in drawn.items():
                said = parts.setdefault(most, np.zeros((len(ballots), len(self.truth)), int))
                for row, ballot in enumerate(ballots):
                    said[row, which] = votes(ballot.part(which)).argmax(1)
        figures = {"alone": self._counted(self.told.argmax(1)[None])}
        return figures | {str(most or "all"): self._counted(said) for most, said in parts.items()}

    def _counted(self, said: np.ndarray) -> dict[str, float]:
        known = self.truth < self.told.shape[1]
        right, own = said == self.truth, said >= self.told.shape[1]
        return {
            "accuracy": round(float(right.mean()), 4),
            "known": round(float(right[:, known].mean()), 4),
            "own": round(float(right[:, ~known].mean()), 4) if not known.all() else 0.0,
            "said_own": round(float(own.sum(1).mean()), 1),
            "right_own": round(float((own & right).sum(1).mean()), 1),
        }
