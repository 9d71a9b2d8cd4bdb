"""How the network is fitted."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """How the network is fitted; each value can be overridden on the command line."""

    size: int = 192
    """The side of the training crops, in pixels: covers are read at a larger one afterwards
    (Touvron et al., "Fixing the train-test resolution discrepancy", NeurIPS 2019)."""
    reading_size: int = 224
    """The side, in pixels, at which whole covers are read."""
    variants: int = 8
    """How often each cover is disturbed; an epoch draws one of them for each cover."""
    frozen_epochs: int = 1
    epochs: int = 7
    batch: int = 64
    kept_blocks: int = 5
    """How many of the sixteen blocks stay as ImageNet left them."""
    head_rate: float = 1e-3
    """The highest learning rate while the body is frozen; 0 takes what the finder suggests."""
    rate: float = 1e-3
    """The highest learning rate of the head while the network learns."""
    gentler: float = 4.0
    """By how much lower the rate of the first blocks that learn is than the head's."""
    weight_decay: float = 0.05
    mixup: float = 0.0
    smoothing: float = 0.1
    trust: float = 0.5
    """How much of a cover's target is the teachers' opinion; the rest is its label. 0: without teachers."""
    averaging: float = 0.99
    """The decay of the exponential average of the weights, a step."""
    balance: float = 0.5
    """Genres are drawn in proportion to `count ** (1 - balance)`: 0 as they come, 1 all alike."""
    seeds: int = 3
    """How many networks are fitted; the one that ships has the mean of their weights."""


def quick(recipe: Recipe, **changes: Any) -> Recipe:
    """A recipe with some values changed; `None` leaves a value as it is."""
    return replace(recipe, **{name: value for name, value in changes.items() if value is not None})
