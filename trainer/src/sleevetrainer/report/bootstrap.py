"""How much of a figure is chance: covers are drawn again and again from those that were read.

All models are measured on the same draws, so that their differences are paired: a cover that is hard is hard
for all of them.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993 (percentile intervals).
"""

from dataclasses import dataclass

import numpy as np

DRAWS = 2000

FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "top3": "top-3 accuracy",
}


@dataclass(frozen=True)
class Interval:
    """A figure, and between what it lies for 95 of 100 such draws of covers."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, rows: np.ndarray) -> "Interval":
        """Of a figure's values, the first of all covers and the others of the draws, `1 + draws`."""
        low, high = np.nanpercentile(rows[1:], [2.5, 97.5]) if np.isfinite(rows[1:]).any() else (np.nan,) * 2
        return cls(float(rows[0]), float(low), float(high))

    def __contains__(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.low <= value <= self.high

    @property
    def apart(self) -> bool:
        """Whether a difference is more than chance explains."""
        return 0 not in self


def drawn(covers: int, seed: int, draws: int = DRAWS) -> np.ndarray:
    """How often each cover counts, `(1 + draws) x covers`: once in the first row, as drawn in the others."""
    counts = np.random.default_rng(seed).multinomial(covers, np.full(covers, 1 / covers), draws)
    return np.concatenate([np.ones((1, covers)), counts])


def rate(counts: np.ndarray, hit: np.ndarray, among: np.ndarray) -> np.ndarray:
    """The part of the covers `among`, `n` or `n x k`, that is `hit`; NaN where a draw holds none of them."""
    whole = counts @ among
    return np.divide(counts @ (hit & among), whole, out=np.full_like(whole, np.nan), where=whole > 0)


def recalls(counts: np.ndarray, scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The part of each genre's covers that is given it, `(1 + draws) x genres`."""
    right = scores.argmax(1) == truth
    return rate(counts, right[:, None], _each(truth, scores.shape[1]))


def measured(counts: np.ndarray, scores: np.ndarray, truth: np.ndarray) -> dict[str, np.ndarray]:
    """The `FIGURES` of each draw, as `metrics.figures` has them, `1 + draws` each.

    Args:
        counts: How often each cover counts, `(1 + draws) x n`.
        scores: A score per genre, `n x genres`.
        truth: The genres' places, `n`.
    """
    genres = scores.shape[1]
    said = scores.argmax(1)
    is_, named = _each(truth, genres), _each(said, genres)
    both, either = counts @ (is_ & named), counts @ is_ + counts @ named
    f1 = np.divide(2 * both, either, out=np.zeros_like(both), where=either > 0)
    likeliest = np.argsort(scores, axis=1, kind="stable")[:, ::-1][:, :3]
    whole = counts.sum(1)
    return {
        "accuracy": counts @ (said == truth) / whole,
        "balanced_accuracy": np.nanmean(recalls(counts, scores, truth), axis=1),
        "macro_f1": f1.mean(1),
        "top3": counts @ (likeliest == truth[:, None]).any(1) / whole,
    }


def _each(places: np.ndarray, genres: int) -> np.ndarray:
    return places[:, None] == np.arange(genres)
