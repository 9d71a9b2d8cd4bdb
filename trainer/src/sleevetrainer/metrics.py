"""Figures of what was said of covers whose genre is known."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
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

from .run import write_beside


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


def drawn_confusion(
    confusion: Sequence[Sequence[int]], genres: Sequence[str], title: str, path: Path
) -> None:
    """A confusion matrix as a picture: each row sums to 100 %, the shade is the part of the row."""
    counts = np.asarray(confusion, dtype=float)
    parts = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    side = 1.6 + 0.62 * len(genres)
    figure, axes = plt.subplots(figsize=(side + 0.6, side), layout="constrained")
    axes.imshow(parts, cmap="Blues", vmin=0, vmax=max(0.7, parts.max()))
    axes.set_xticks(range(len(genres)), genres, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(genres)), genres)
    axes.set(title=title, xlabel="said to be", ylabel="is")
    axes.spines[:].set_visible(False)
    for row, values in enumerate(parts):
        for column, value in enumerate(values):
            shade = "white" if value > 0.45 else "0.25"
            weight = "bold" if row == column else "normal"
            axes.text(column, row, f"{100 * value:.0f}", ha="center", va="center", color=shade, weight=weight)
    write_beside(path, lambda beside: figure.savefig(beside, dpi=130))
    plt.close(figure)
