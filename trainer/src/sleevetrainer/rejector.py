"""What parts sleeves from other pictures, and how it compares with scores that need no other pictures."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, softmax
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

LOST = 0.01
"""The part of covers that may be taken for strangers."""

STRENGTH = 0.03
"""The pull of the weights to zero, against the mean loss."""

FOLDS = 3


@dataclass(frozen=True)
class Rejector:
    """What parts sleeves from other pictures: `features @ weights + bias`, a logit."""

    weights: np.ndarray
    """`1408`, for the network's standardised features."""
    bias: float
    least: float
    """The logit from which on a picture is taken for a sleeve."""

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Logits, `n`, of features `n x 1408`."""
        return features @ self.weights + self.bias

    @classmethod
    def fitted(cls, covers: np.ndarray, others: np.ndarray, least: float = 0.0) -> "Rejector":
        """Fits one to the features of covers and of other pictures, both weighing the same."""
        features = np.concatenate([covers, others])
        truth = np.repeat([1, 0], [len(covers), len(others)])
        head = LogisticRegression(C=1 / (STRENGTH * len(truth)), class_weight="balanced", max_iter=200)
        head.fit(features, truth)
        return cls(head.coef_[0].astype(np.float32), float(head.intercept_[0]), least)


def crossed_scores(
    covers: np.ndarray, others: np.ndarray, of_cover: np.ndarray, of_other: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The rejector's logits of covers and others that it was not fitted to; a group is on one side."""
    said = np.zeros(len(covers)), np.zeros(len(others))
    folds = zip(
        GroupKFold(FOLDS).split(covers, groups=of_cover),
        GroupKFold(FOLDS).split(others, groups=of_other),
        strict=True,
    )
    for (known, asked), (known_others, asked_others) in folds:
        one = Rejector.fitted(covers[known], others[known_others])
        said[0][asked], said[1][asked_others] = one(covers[asked]), one(others[asked_others])
    return said


def untrained_scores(
    covers: np.ndarray, others: np.ndarray, weights: np.ndarray, biases: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What is told of a picture by scores that no stranger was needed for; higher is more like a cover.

    Source: Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples",
    ICLR 2017 (probability); Liu et al., "Energy-based Out-of-distribution Detection", NeurIPS 2020 (energy);
    Wang et al., "ViM", CVPR 2022 (residual: what lies outside of the covers' principal space).
    """
    space = PCA(min(256, *covers.shape), random_state=0).fit(covers)

    def of(features: np.ndarray) -> dict[str, np.ndarray]:
        logits = features @ weights.T + biases
        outside = features - space.inverse_transform(space.transform(features))
        return {
            "probability": softmax(logits, axis=1).max(1),
            "energy": logsumexp(logits, axis=1),
            "residual": -np.linalg.norm(outside, axis=1),
        }

    of_covers, of_others = of(covers), of(others)
    return {name: (of_covers[name], of_others[name]) for name in of_covers}


def refusals(covers: np.ndarray, views: np.ndarray, others: np.ndarray) -> dict[str, float]:
    """The parts that are refused where `LOST` of the covers are."""
    least = np.quantile(covers, LOST)
    return {
        "covers": float(np.mean(covers < least)),
        "views": float(np.mean(views < least)),
        "strangers": float(np.mean(others < least)),
    }
