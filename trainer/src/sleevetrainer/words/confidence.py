"""How sure a matched name is: a logistic regression on what speaks for it and against it."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

FEATURES = [
    "one",
    "log_length",
    "edits",
    "words",
    "anywhere",
    "joined",
    "share",
    "log_albums",
    "log_sources",
    "log_common",
    "confidence",
    "height",
    "word_count",
    "short",
    "largest_share",
    "passes",
    "title",
    "obscure",
    "label",
    "one_word",
]
"""The features of a match in the order in which `src/words/matching.rs` gives them."""

PULL = 1e-3

TRUST = 0.9
"""The part of a name's say that follows the tables, as `src/words/weigh.rs` has it."""


def fitted(features: np.ndarray, shares: np.ndarray, genres: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The weights of the features, `len(FEATURES)`.

    Where a cover's artist is known, a match is right or wrong. Where only its genre is, the match is one of
    two: right, and then the genre follows the name's shares; or wrong, and then it follows how common genres
    are.

    Args:
        features: `n x len(FEATURES)`.
        shares: The names' genres, `n x genres`.
        genres: The covers' genres, `n`.
        right: 1 where the name is the cover's artist, 0 where it is not, -1 where that is not known, `n`.
    """
    centre, spread = features.mean(0), features.std(0) + 1e-6
    centre[0], spread[0] = 0, 1
    rows = (features - centre) / spread
    common = np.bincount(genres, minlength=shares.shape[1]) + 5.0
    common /= common.sum()
    by_name = TRUST * shares[np.arange(len(genres)), genres] + (1 - TRUST) * common[genres]

    def loss(weights: np.ndarray) -> float:
        sure = expit(rows @ weights)
        known = np.where(right > 0.5, sure, 1 - sure)
        likely = np.where(right < 0, sure * by_name + (1 - sure) * common[genres], known)
        return float(-np.log(likely + 1e-9).mean() + PULL * np.square(weights[1:]).sum())

    weights = minimize(loss, np.zeros(features.shape[1]), method="L-BFGS-B").x / spread
    weights[0] -= float(weights @ centre) - weights[0] * centre[0]
    return weights


def confidences(weights: np.ndarray, features: Sequence[Sequence[float]]) -> np.ndarray:
    """How sure matches of these features are, 0 to 1."""
    return expit(np.asarray(features, float).reshape(-1, len(weights)) @ weights)
