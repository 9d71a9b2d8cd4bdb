"""Step `fuse`: how picture, classifier and names count together, and when to speak then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

PULL = 0.02
"""The pull of the genres' biases to zero."""

PULL_ALONE = 0.004
"""The same where some biases are fitted alone."""

MIN_PROBABILITY = 1e-6
"""Of the picture, as `src/words/fusion.rs` has it."""


@dataclass(frozen=True)
class Fusion:
    """`softmax(picture * log p + classifier * C + names * N + biases)`."""

    picture: float
    classifier: float
    names: float
    biases: np.ndarray
    """`genres`."""

    def __call__(self, picture: np.ndarray, classifier: np.ndarray, names: np.ndarray) -> np.ndarray:
        """Probabilities, `n x genres`.

        Args:
            picture: The picture's probabilities, `n x genres`.
            classifier: Log-likelihood ratios by the classifier, `n x genres`.
            names: Log-likelihood ratios by the names, `n x genres`.
        """
        return softmax(self.scores(picture, classifier, names), axis=1)

    def scores(self, picture: np.ndarray, classifier: np.ndarray, names: np.ndarray) -> np.ndarray:
        """The same before the softmax."""
        return (
            self.picture * np.log(np.maximum(picture, MIN_PROBABILITY))
            + self.classifier * classifier
            + self.names * names
            + self.biases
        )


def fitted(
    picture: np.ndarray, classifier: np.ndarray, names: np.ndarray, truth: np.ndarray, weights: np.ndarray
) -> Fusion:
    """Fits a fusion to what is said of covers that none of the three was shown.

    Args:
        picture: Probabilities, `n x genres`.
        classifier: Log-likelihood ratios, `n x genres`.
        names: Log-likelihood ratios, `n x genres`.
        truth: The genres' places, `n`.
        weights: How much each cover counts, `n`.
    """
    genres = picture.shape[1]

    def loss(values: np.ndarray) -> float:
        fusion = Fusion(*values[:3], values[3:])
        likely = log_softmax(fusion.scores(picture, classifier, names), axis=1)[np.arange(len(truth)), truth]
        return float(-np.average(likely, weights=weights) + PULL * np.square(values[3:]).sum())

    found = minimize(loss, np.r_[0.7, 0.5, 0.9, np.zeros(genres)], method="L-BFGS-B").x
    return Fusion(*(float(value) for value in found[:3]), found[3:])


def with_biases(
    fusion: Fusion,
    picture: np.ndarray,
    classifier: np.ndarray,
    names: np.ndarray,
    truth: np.ndarray,
    places: Sequence[int],
) -> Fusion:
    """Fits the biases of some genres anew, and nothing else; each cover counts once.

    A genre that the picture was not taught has a low probability by it, for which its bias makes up.

    Args:
        fusion: Has all other numbers.
        picture: Probabilities, `n x genres`.
        classifier: Log-likelihood ratios, `n x genres`.
        names: Log-likelihood ratios, `n x genres`.
        truth: The genres' places, `n`.
        places: The places of these genres.
    """
    places = np.asarray(places, int)

    def changed(values: np.ndarray) -> Fusion:
        biases = fusion.biases.copy()
        biases[places] = values
        return replace(fusion, biases=biases)

    def loss(values: np.ndarray) -> float:
        scores = changed(values).scores(picture, classifier, names)
        likely = log_softmax(scores, axis=1)[np.arange(len(truth)), truth]
        return float(-likely.mean() + PULL_ALONE * np.square(values).sum())

    if not len(places):
        return fusion
    return changed(minimize(loss, fusion.biases[places], method="L-BFGS-B").x)
