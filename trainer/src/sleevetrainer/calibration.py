"""What makes probabilities of logits that can be trusted, how far they can be, and from which on to speak."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

BINS = 10

RESAMPLES = 200

CAUTIONS = {"low": (0.75, 0.55), "normal": (0.45, 0.6), "high": (0.25, 0.7)}
"""By how cautious the owner wants it: the part of covers that gets a genre, and how often a family should be
right where no genre is said. The parts are of what networks say that were fitted to two thirds of the covers;
the one that ships is surer, and says a genre of half of them at "normal"."""


SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much of a genre's rarity may be made up for."""


def fitted_shift(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """What is to be added to each genre's logit so that rare genres are said as well, `genres`.

    It is a share of the negative logarithm of how common a genre is: the largest that costs no accuracy.

    Args:
        logits: Of covers that nothing was fitted to, `n x genres`.
        truth: Their genres' places, `n`.

    Source: Menon et al., "Long-tail Learning via Logit Adjustment", ICLR 2021.
    """
    rarity = -np.log(np.bincount(truth, minlength=logits.shape[1]) / len(truth))
    right = {share: int(np.sum((logits + share * rarity).argmax(1) == truth)) for share in SHARES}
    shift = max(share for share in SHARES if right[share] >= right[0]) * rarity
    return shift - shift.mean()


ALIKE = 0.005
"""Calibration errors that differ by less are the same."""

PULL = 0.1
"""The inverse of the pull of a mixing's weights to zero (scikit-learn's `C`)."""


@dataclass(frozen=True)
class Mixing:
    """Logits of logits: `logits @ weights.T + biases`."""

    weights: np.ndarray
    """`genres x genres`."""
    biases: np.ndarray

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """Of `n x genres` logits, as many."""
        return logits @ self.weights.T + self.biases

    @classmethod
    def fitted(cls, logits: np.ndarray, truth: np.ndarray) -> "Mixing":
        """Fits one to the logits of covers that nothing was fitted to, `n x genres`, of known genres `n`.

        That metal is likely tells something of rock, too. Being linear, it goes into the network's linear
        head.

        Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017 (matrix scaling); its pull
        to zero: Kull et al., "Beyond temperature scaling", NeurIPS 2019.
        """
        head = LogisticRegression(C=PULL, max_iter=1000).fit(logits, truth)
        if len(head.coef_) == 1:
            # Of two genres scikit-learn keeps the one difference.
            half, bias = head.coef_[0] / 2, head.intercept_[0] / 2
            return cls(np.stack([-half, half]), np.array([-bias, bias]))
        return cls(head.coef_, head.intercept_)


def mixed_apart(
    logits: np.ndarray, truth: np.ndarray, folds: Iterable[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """What mixings make of logits that each was not fitted to, `n x genres`.

    Args:
        logits: Of covers that nothing was fitted to, `n x genres`.
        truth: Their genres' places, `n`.
        folds: The places that are known, and those asked for; each is asked for once.
    """
    mixed = np.zeros_like(logits, dtype=float)
    for known, asked in folds:
        mixed[asked] = Mixing.fitted(logits[known], truth[known])(logits[asked])
    return mixed


def fitted_temperature(*parts: tuple[np.ndarray, np.ndarray]) -> float:
    """The temperature for which the calibration error is least in the part in which it is largest.

    One network cannot be calibrated at home and away at once, because it errs more away than it thinks. This
    is the best promise that holds for both. Of temperatures that promise the same, the likeliest is taken.

    Args:
        parts: Logits, `n x genres`, of covers that nothing was fitted to, and their genres' places, `n`.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017 (of one part, by likelihood).
    """
    temperatures = np.geomspace(0.2, 5, 200)
    worst, loss = np.zeros(len(temperatures)), np.zeros(len(temperatures))
    for place, temperature in enumerate(temperatures):
        for logits, truth in parts:
            likely = log_softmax(logits / temperature, axis=1)
            loss[place] -= likely[np.arange(len(truth)), truth].mean()
            error = _error(np.exp(likely.max(1)), likely.argmax(1) == truth)
            worst[place] = max(worst[place], error)
    good = worst <= worst.min() + ALIKE
    return float(temperatures[good][loss[good].argmin()])


@dataclass(frozen=True)
class CalibrationError:
    """By how much probabilities lie beside what happens, 0 to 1, and between what that lies (95 %)."""

    value: float
    low: float
    high: float


def calibration_error(said: np.ndarray, right: np.ndarray, seed: int = 0) -> CalibrationError:
    """The expected calibration error in ten bins of equal mass, without what chance alone gives.

    Args:
        said: The probability of what was said of each cover, `n`, 0 to 1.
        right: Whether that was right, `n`.
        seed: Of the bootstrap.

    Source: Guo et al., 2017 (the error); Kumar, Liang and Ma, "Verified Uncertainty Calibration", NeurIPS
    2019 (bins of equal mass, and that chance must be taken out; here by the mean of the absolute error that
    covers drawn from the very probabilities would show).
    """
    random = np.random.default_rng(seed)

    drawn = [random.integers(0, len(said), len(said)) for _ in range(RESAMPLES)]
    low, high = np.percentile([_error(said[places], right[places]) for places in drawn], [2.5, 97.5])
    value = _error(said, right)
    # The bootstrap's error is a little higher than the sample's own.
    return CalibrationError(value, float(min(low, value)), float(max(high, value)))


def _error(said: np.ndarray, right: np.ndarray) -> float:
    bins = np.array_split(np.argsort(said, kind="stable"), min(BINS, len(said)))
    plain = sum(abs(said[part].sum() - right[part].sum()) for part in bins) / len(said)
    # The mean of |x| where x is normal.
    chance = sum(np.sqrt((said[part] * (1 - said[part])).sum() * 2 / np.pi) for part in bins) / len(said)
    return float(np.sqrt(max(0.0, plain**2 - chance**2)))


def family_places(named: Sequence[str]) -> np.ndarray:
    """The place of each genre's family among the families, `genres`, of what each genre names."""
    order = list(dict.fromkeys(named))
    return np.array([order.index(family) for family in named])


def as_families(probabilities: np.ndarray, family_of: np.ndarray) -> np.ndarray:
    """Each family is as likely as its genres together: `n x families` of `n x genres`."""
    return probabilities @ np.eye(family_of.max() + 1)[family_of]


def fitted_levels(
    probabilities: np.ndarray,
    truth: np.ndarray,
    family_of: np.ndarray,
    cautions: Mapping[str, tuple[float, float]] = CAUTIONS,
) -> dict[str, dict[str, float]]:
    """The levels of each caution, from covers that nothing was fitted to.

    A genre is said from the probability that its part of the covers reaches. A family of several genres is
    said instead from the lowest probability from which it is right often enough.

    Args:
        probabilities: Calibrated, `n x genres`.
        truth: The genres' places, `n`.
        family_of: The family's place of each genre, `genres`.
        cautions: The part of covers that gets a genre, and how often a family should be right otherwise.

    Returns:
        `genre` and `family` by caution.
    """
    likeliest = probabilities.max(1)
    likely = as_families(probabilities, family_of)
    several = np.bincount(family_of)[likely.argmax(1)] > 1
    right = likely.argmax(1) == family_of[truth]
    levels = {}
    for caution, (part, wanted) in cautions.items():
        genre = float(np.quantile(likeliest, 1 - part))
        asked = (likeliest < genre) & several
        levels[caution] = {"genre": genre, "family": _lowest(likely.max(1)[asked], right[asked], wanted)}
    return levels


def _lowest(said: np.ndarray, right: np.ndarray, wanted: float) -> float:
    """The lowest probability from which what is said is right this often; 1 where it never is."""
    order = np.argsort(-said)
    parts = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(parts >= wanted)
    # The first few are right or wrong by luck.
    return float(said[order[enough[-1]]]) if len(enough) and enough[-1] >= 20 else 1.0


def said_and_right(probabilities: np.ndarray, truth: np.ndarray, level: float) -> dict[str, float]:
    """The part of covers that gets a genre at this level, `said`, and how many of these are `right`."""
    said = probabilities.max(1) >= level
    right = (probabilities.argmax(1) == truth)[said]
    return {"said": float(said.mean()), "right": float(right.mean()) if said.any() else 0.0}
