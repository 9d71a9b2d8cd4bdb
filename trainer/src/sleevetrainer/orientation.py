"""What tells which way up a cover lies, and the device's rule for turning it.

Source: Gidaris, Singh and Komodakis, "Unsupervised Representation Learning by Predicting Image Rotations",
ICLR 2018, which learns features from this task; here the features are there already.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import log_softmax

from .linear import Linear

QUARTERS = 4

WRONGLY = 0.01
"""The part of upright covers that may be turned: almost all sleeves are held upright."""


@dataclass(frozen=True)
class Orientation:
    """What tells by how many quarters, clockwise, a cover lies turned, in logits."""

    weights: np.ndarray
    """`2112 x 4`, for the moments of the network's maps."""
    biases: np.ndarray
    """`4`."""
    least: float
    """How much likelier than upright another turn must be, as a logit, for a cover to be turned."""

    @classmethod
    def fitted(cls, moments: np.ndarray, truth: np.ndarray, least: float) -> "Orientation":
        """Fits one to moments of covers, `n x 2112`, that lie turned by `truth` quarters."""
        head = Linear.fitted(moments, truth, QUARTERS)
        weights = (head.weights / head.spread[:, None]).numpy()
        return cls(weights, head.biases.numpy() - head.centre.numpy() @ weights, least)

    def __call__(self, moments: np.ndarray) -> np.ndarray:
        """Logits, `n x 4`, of moments `n x 2112`."""
        return moments @ self.weights + self.biases


def quarters(said: np.ndarray, least: float) -> np.ndarray:
    """By how many quarters covers are turned, `n`, before it is asked whether they lie upright then.

    Args:
        said: Logits, `n x 4`.
        least: By how much a turn's logit must exceed that of none.
    """
    most = 1 + said[:, 1:].argmax(1)
    return np.where(said[np.arange(len(said)), most] - said[:, 0] >= least, most, 0)


def left_turned(said: np.ndarray, least: float) -> np.ndarray:
    """By how many quarters covers lie turned after the device has done what it could, `n x 4`.

    Args:
        said: Logits, `n x 4 x 4`, of each cover in each turn.
        least: See `quarters`. A turn counts where the cover is then said to be upright.
    """
    result = np.empty(said.shape[:2], int)
    for lies in range(QUARTERS):
        by = quarters(said[:, lies], least)
        then = (lies - by) % QUARTERS
        agreed = quarters(said[np.arange(len(said)), then], 0.0) == 0
        result[:, lies] = np.where(agreed, then, lies)
    return result


def fitted_least(said: np.ndarray) -> float:
    """The lowest margin that turns at most `WRONGLY` of the upright covers; `said`: see `left_turned`."""
    margins = said[:, 0, 1:].max(1) - said[:, 0, 0]
    for least in np.sort(margins[margins >= 0]):
        if np.mean(left_turned(said, least)[:, 0] != 0) <= WRONGLY:
            return float(least)
    return float(max(0.0, margins.max()) + 1e-3)


def told_by(said: np.ndarray, least: float) -> dict[str, Any]:
    """The figures that `upright` returns; `said`: see `left_turned`."""
    lying, left = np.arange(QUARTERS), left_turned(said, least)
    return {
        "least": least,
        "told": (said.argmax(2) == lying).mean(0).tolist(),
        "mended": (left[:, 1:] == 0).mean(0).tolist(),
        "spoiled": ((left[:, 1:] != 0) & (left[:, 1:] != lying[1:])).mean(0).tolist(),
        "wrongly": float((left[:, 0] != 0).mean()),
        "log_loss": float(-log_softmax(said, axis=2)[:, lying, lying].mean()),
    }
