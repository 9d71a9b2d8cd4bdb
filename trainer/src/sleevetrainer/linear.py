"""A linear head on frozen features."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

STRENGTH = 1e-3
"""How much the covers weigh against the pull of the weights to zero."""


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
