"""Stage `teach`: what linear heads on frozen features say of covers that they were not shown.

The labels are noisy, and genres overlap: that a cover is called rock and looks like metal is worth
knowing. So each training cover gets, beside its label, the opinion of heads that were fitted on the other
covers, on the features of two bodies. `fit` learns from both.

Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015; on out-of-fold
predictions against noisy labels: Northcutt et al., "Confident Learning", JAIR 2021.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from .body import SIZES
from .covers import genre_places
from .features import style_features
from .linear import Linear
from .metrics import figures
from .run import Run, write_arrays

FOLDS = 5


def teach(run: Run) -> dict[str, Any]:
    """Writes `teacher.npz`: a probability per genre, `n x genres`, for each cover of the training split.

    Returns:
        The teacher's figures on covers that it was not shown.
    """
    train = run.table("train")
    said = opinions(run, train)
    truth = genre_places(train["label"], run.genres)
    result = figures(truth, said, run.genres, train["source"].tolist())

    paths = train["image_path"].to_numpy(str)
    write_arrays(run.folder / "teacher.npz", paths=paths, said=said.astype(np.float32))
    run.note("teach", {"folds": FOLDS, "bodies": list(SIZES), **result})
    return result


def opinions(run: Run, table: pd.DataFrame) -> np.ndarray:
    """Probabilities, `n x genres`, of a table's covers.

    Each is judged by heads that were shown the rest of the table, but neither it nor its look-alikes.
    """
    paths, truth = table["image_path"].tolist(), genre_places(table["label"], run.genres)
    said = np.zeros((len(table), len(run.genres)))
    for body in SIZES:
        features = style_features(run, paths, body)
        for known, asked in folds(truth, table["group"].to_numpy(), run.seed):
            head = Linear.fitted(features[known], truth[known], len(run.genres))
            said[asked] += head.said(features[asked])
    return said / len(SIZES)


def taught(run: Run, paths: list[str]) -> np.ndarray:
    """What `teach` has written of some covers, `n x genres`.

    Raises:
        TrainerError: That stage is missing.
    """
    with np.load(run.owed("teacher.npz", "teach")) as kept:
        said = dict(zip(kept["paths"].tolist(), kept["said"], strict=True))
    return np.stack([said[path] for path in paths])


def folds(
    truth: np.ndarray, groups: np.ndarray, seed: int, most: int = FOLDS
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Splits covers into those that are known and those asked for, so that each is asked for once."""
    count = max(2, min(most, int(np.bincount(truth).min())))
    return StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(truth, truth, groups)
