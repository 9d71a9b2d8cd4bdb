"""Stage `teach`: what linear heads on frozen features say of covers that they were not shown.

The labels are noisy, and genres overlap: that a cover is called rock and looks like metal is worth
knowing. So each training cover gets, beside its label, the opinion of heads that were fitted on the other
covers, on the features of two bodies. `fit` learns from both.

Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015; on out-of-fold
predictions against noisy labels: Northcutt et al., "Confident Learning", JAIR 2021.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor
from torch.nn.functional import cross_entropy

from .body import SIZES
from .features import style_features
from .metrics import figures
from .run import Run, write_beside

FOLDS = 5

STRENGTH = 1e-3
"""How much the covers weigh against the pull of the weights to zero."""


def teach(run: Run) -> dict[str, Any]:
    """Writes `teacher.npz`: a probability per genre, `n x genres`, for each cover of the training split.

    Each cover is judged by heads that were shown neither it nor its look-alikes.

    Returns:
        The teacher's figures on covers that it was not shown.
    """
    train = run.table("train")
    truth = train["label"].map(run.genres.index).to_numpy()
    said = np.zeros((len(train), len(run.genres)))
    for body in SIZES:
        features = style_features(run, train["image_path"].tolist(), body)
        for known, asked in folds(truth, train["group"].to_numpy(), run.seed):
            head = Linear.fitted(features[known], truth[known], len(run.genres))
            said[asked] += head.said(features[asked])
    said /= len(SIZES)
    result = figures(truth, said, run.genres, train["source"].tolist())

    def write(beside: Path) -> None:
        with beside.open("wb") as file:
            np.savez(file, paths=train["image_path"].to_numpy(str), said=said.astype(np.float32))

    write_beside(run.folder / "teacher.npz", write)
    run.note("teach", {"folds": FOLDS, "bodies": list(SIZES), **result})
    return result


def taught(run: Run, paths: list[str]) -> np.ndarray:
    """What `teach` has written of some covers, `n x genres`.

    Raises:
        TrainerError: That stage is missing.
    """
    with np.load(run.owed("teacher.npz", "teach")) as kept:
        said = dict(zip(kept["paths"].tolist(), kept["said"], strict=True))
    return np.stack([said[path] for path in paths])


def folds(truth: np.ndarray, groups: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Splits covers into those that are known and those asked for, so that each is asked for once."""
    count = max(2, min(FOLDS, int(np.bincount(truth).min())))
    return StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(truth, truth, groups)


@dataclass(frozen=True)
class Linear:
    """A logistic regression on standardised features: `softmax((x - centre) / spread @ weights + biases)`."""

    centre: Tensor
    spread: Tensor
    weights: Tensor
    """`length x genres`."""
    biases: Tensor

    @classmethod
    def fitted(cls, features: np.ndarray, truth: np.ndarray, genres: int) -> "Linear":
        """Fits one to features `n x length` of covers whose genres have the places `truth`, `n`."""
        known, labels = torch.tensor(features), torch.tensor(truth)
        centre, spread = known.mean(0), known.std(0) + 1e-6
        known = (known - centre) / spread
        weights = torch.zeros(known.shape[1], genres, requires_grad=True)
        biases = torch.zeros(genres, requires_grad=True)
        optimiser = torch.optim.LBFGS([weights, biases], max_iter=60, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimiser.zero_grad()
            value = STRENGTH * cross_entropy(known @ weights + biases, labels, reduction="sum")
            value = value + weights.square().sum() / 2
            value.backward()
            return value

        optimiser.step(loss)
        return cls(centre, spread, weights.detach(), biases.detach())

    def said(self, features: np.ndarray) -> np.ndarray:
        """Probabilities, `m x genres`, of features `m x length`."""
        standardised = (torch.tensor(features) - self.centre) / self.spread
        return (standardised @ self.weights + self.biases).softmax(1).numpy()
