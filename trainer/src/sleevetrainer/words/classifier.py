"""The classifier of a cover's words: a linear layer on hashed n-grams, in int8.

It learns from the words of covers, and from titles and artists of the tables: "Sonata" and "Riddim" tell a
genre whoever plays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from sklearn.linear_model import SGDClassifier

from .ngrams import vectors

COVERS_WEIGHT = 6
"""How much a cover's words count, where an album of the tables counts 1."""

BALANCE = 0.6
"""The power of a genre's rarity by which its covers and albums count more."""

PULL = 2e-6
"""The pull of the weights to zero (scikit-learn's `alpha`)."""

ROUNDS = 12


@dataclass(frozen=True)
class Classifier:
    """`softmax(vectors @ weights * scales + biases)`."""

    weights: np.ndarray
    """`2 * 2**BITS x genres`, int8."""
    scales: np.ndarray
    """`genres`, float32."""
    biases: np.ndarray
    """`genres`, float32."""

    def __call__(self, rows: scipy.sparse.csr_matrix) -> np.ndarray:
        """Logarithms of the probabilities, `n x genres`."""
        logits = (rows @ self.weights.astype(np.float32)) * self.scales + self.biases
        logits = np.asarray(logits) - logits.max(1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def fitted(
    covers: scipy.sparse.csr_matrix,
    truth: np.ndarray,
    albums: scipy.sparse.csr_matrix,
    album_genres: np.ndarray,
    genres: int,
    seed: int = 0,
) -> Classifier:
    """Fits a classifier to covers' words and to albums.

    Args:
        covers: `n x 2 * 2**BITS`.
        truth: The covers' genres, `n`.
        albums: `m x 2 * 2**BITS`.
        album_genres: The albums' genres, `m`.
        genres: How many genres there are.
        seed: Of the order in which it learns.
    """
    rows = scipy.sparse.vstack([covers, albums]).tocsr()
    labels = np.r_[truth, album_genres]
    share = np.bincount(labels, minlength=genres) / len(labels)
    rarity = np.divide(1 / genres, share, out=np.ones_like(share), where=share > 0) ** BALANCE
    weights = np.r_[np.full(len(truth), float(COVERS_WEIGHT)), np.ones(len(album_genres))] * rarity[labels]
    model = SGDClassifier(
        loss="log_loss", alpha=PULL, max_iter=ROUNDS, tol=None, random_state=seed, average=True
    ).fit(rows, labels, sample_weight=weights)
    coefficients = np.zeros((genres, rows.shape[1]), np.float32)
    biases = np.full(genres, -10.0, np.float32)
    found, intercepts = model.coef_, model.intercept_
    if len(found) == 1:
        # Of two genres scikit-learn keeps the one difference.
        found, intercepts = np.vstack([-found, found]) / 2, np.r_[-intercepts, intercepts] / 2
    coefficients[model.classes_], biases[model.classes_] = found, intercepts
    scales = np.maximum(np.abs(coefficients).max(1) / 127, 1e-12).astype(np.float32)
    return Classifier(np.round(coefficients / scales[:, None]).T.astype(np.int8), scales, biases)


def album_texts(titles: Sequence[tuple[str, str]], seed: int = 0) -> list[list[str]]:
    """Artists and titles as a cover shows them: a line each, now and then without spaces.

    Args:
        titles: Artist and title of each album, folded.
        seed: Of what is squeezed.
    """
    squeezed = np.random.default_rng(seed).random(len(titles)) < 0.3
    return [
        [text.replace(" ", "") for text in pair] if tight else list(pair)
        for pair, tight in zip(titles, squeezed, strict=True)
    ]


def album_vectors(titles: Sequence[tuple[str, str]], seed: int = 0) -> scipy.sparse.csr_matrix:
    """The n-grams of albums, `m x 2 * 2**BITS`."""
    return vectors(album_texts(titles, seed))
