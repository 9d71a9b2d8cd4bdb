"""Averages of weights, which read better than any of the weights that went into them, above all elsewhere."""

from collections.abc import Sequence

import torch
from fastai.callback.core import Callback
from fastai.torch_core import get_model
from torch import Tensor

Weights = dict[str, Tensor]
"""A network's parameters and buffers by name."""


def averaged(several: Sequence[Weights]) -> Weights:
    """The mean of several networks' weights, which must have begun alike.

    Source: Wortsman et al., "Model soups", ICML 2022; Rame et al., "Diverse Weight Averaging for
    Out-of-Distribution Generalization", NeurIPS 2022.
    """
    first = several[0]
    return {
        name: torch.stack([weights[name] for weights in several]).mean(0)
        if value.dtype.is_floating_point
        else value.clone()
        for name, value in first.items()
    }


class Average(Callback):
    """Keeps an exponential average of the weights, and has it measured in place of the last ones.

    Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
    """

    order = 90

    def __init__(self, decay: float) -> None:
        """Takes the decay a step."""
        self.decay, self.steps = decay, 0
        self.weights: Weights | None = None

    def before_fit(self) -> None:
        """Starts from the weights as they are, unless a state was given back."""
        if self.weights is None:
            self.weights = self._copied()

    def after_batch(self) -> None:
        """Moves the average; faster in the first steps, when the weights are still far away."""
        if not self.training:
            return
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in get_model(self.model).state_dict().items():
            if value.dtype.is_floating_point:
                self.weights[name].lerp_(value, 1 - decay)
            else:
                self.weights[name].copy_(value)

    def before_validate(self) -> None:
        """Puts the average in the place of the weights."""
        self.last = self._copied()
        get_model(self.model).load_state_dict(self.weights)

    def after_validate(self) -> None:
        """Puts the weights back."""
        get_model(self.model).load_state_dict(self.last)

    def _copied(self) -> Weights:
        """The weights as they are, by the names that they have in one process."""
        return {name: value.detach().clone() for name, value in get_model(self.model).state_dict().items()}
