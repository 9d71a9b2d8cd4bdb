"""Figures of what was said of covers whose genre is known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
    top_k_accuracy_score,
)


def figures(
    truth: np.ndarray, scores: np.ndarray, genres: Sequence[str], sources: Sequence[str] | None = None
) -> dict[str, Any]:
    """Accuracy and its kin, overall, per genre and per source. All rates are from 0 to 1.

    Args:
        truth: The genre's place of each cover, `n`.
        scores: A score per genre, higher is likelier, `n x genres`.
        genres: The genres' ids.
        sources: Where each cover comes from, `n`; empty where that is not known.
    """
    said = scores.argmax(1)
    places = np.arange(len(genres))
    each = {"labels": places, "zero_division": 0}
    precision, recall, f1, counts = precision_recall_fscore_support(truth, said, **each)
    result = {
        "covers": len(truth),
        "accuracy": float(accuracy_score(truth, said)),
        "balanced_accuracy": float(balanced_accuracy_score(truth, said)),
        "macro_precision": float(precision_score(truth, said, average="macro", **each)),
        "macro_recall": float(recall_score(truth, said, average="macro", **each)),
        "macro_f1": float(f1_score(truth, said, average="macro", **each)),
        "top3": float(top_k_accuracy_score(truth, scores, k=3, labels=places)) if len(genres) > 3 else 1.0,
        "genres": [
            {
                "genre": genre,
                "covers": int(counts[place]),
                "precision": float(precision[place]),
                "recall": float(recall[place]),
                "f1": float(f1[place]),
            }
            for place, genre in enumerate(genres)
        ],
        "confusion": confusion_matrix(truth, said, labels=places).tolist(),
        "sources": [],
    }
    if sources is not None:
        right = said == truth
        of = np.asarray(sources, dtype=object)
        result["sources"] = [
            {
                "source": source,
                "covers": int(np.sum(of == source)),
                "accuracy": float(right[of == source].mean()),
            }
            for source in sorted(set(of.tolist()) - {""})
        ]
    return result


def purity(truth: np.ndarray, clusters: np.ndarray) -> float:
    """The part of covers that are of their cluster's commonest genre, 0 to 1."""
    right = sum(np.bincount(truth[clusters == one]).max() for one in np.unique(clusters))
    return float(right / len(truth))
