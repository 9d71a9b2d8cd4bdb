"""What makes probabilities of logits that can be trusted, how far they can be, and from which on to speak."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from .run import write_beside

BINS = 10

CAUTIONS = {"low": (0.75, 0.55), "normal": (0.5, 0.6), "high": (0.25, 0.7)}
"""By how cautious the owner wants it: the part of covers that gets a genre, and how often a family should be
right where no genre is said."""


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


def fitted_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature with the least negative log likelihood, for logits `n x genres` of known genres `n`.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """

    def loss(log_temperature: float) -> float:
        return -float(
            log_softmax(logits / np.exp(log_temperature), axis=1)[np.arange(len(truth)), truth].mean()
        )

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.2), np.log(5)), method="bounded").x))


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

    Source: Kumar, Liang and Ma, "Verified Uncertainty Calibration", NeurIPS 2019 (debiased, here by the
    error that covers drawn from the very probabilities would show; the l1 form of Guo et al., 2017).
    """
    random = np.random.default_rng(seed)

    def debiased(said: np.ndarray, right: np.ndarray) -> float:
        plain = _binned(said, right)
        chance = np.mean([_binned(said, random.random(len(said)) < said) for _ in range(50)])
        return float(np.sqrt(max(0.0, plain**2 - chance**2)))

    drawn = [random.integers(0, len(said), len(said)) for _ in range(200)]
    low, high = np.percentile([debiased(said[places], right[places]) for places in drawn], [2.5, 97.5])
    return CalibrationError(debiased(said, right), float(low), float(high))


def _binned(said: np.ndarray, right: np.ndarray) -> float:
    order = np.argsort(said)
    bins = np.array_split(order, min(BINS, len(order)))
    return float(sum(len(part) * abs(said[part].mean() - right[part].mean()) for part in bins) / len(said))


def family_places(named: Sequence[str]) -> np.ndarray:
    """The place of each genre's family among the families, `genres`, of what each genre names."""
    order = list(dict.fromkeys(named))
    return np.array([order.index(family) for family in named])


def as_families(probabilities: np.ndarray, family_of: np.ndarray) -> np.ndarray:
    """Each family is as likely as its genres together: `n x families` of `n x genres`."""
    return probabilities @ np.eye(family_of.max() + 1)[family_of]


def fitted_levels(
    probabilities: np.ndarray, truth: np.ndarray, family_of: np.ndarray
) -> dict[str, dict[str, float]]:
    """The levels of each caution, from covers that nothing was fitted to.

    A genre is said from the probability that its part of the covers reaches. A family of several genres is
    said instead from the lowest probability from which it is right often enough.

    Args:
        probabilities: Calibrated, `n x genres`.
        truth: The genres' places, `n`.
        family_of: The family's place of each genre, `genres`.

    Returns:
        `genre` and `family` by caution.
    """
    likeliest = probabilities.max(1)
    likely = as_families(probabilities, family_of)
    several = np.bincount(family_of)[likely.argmax(1)] > 1
    right = likely.argmax(1) == family_of[truth]
    levels = {}
    for caution, (part, wanted) in CAUTIONS.items():
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


def drawn_calibration(parts: dict[str, tuple[np.ndarray, np.ndarray]], picture: Path) -> None:
    """A reliability diagram and risk-coverage curves as one picture.

    Args:
        parts: By name: the probability of what was said of each cover, and whether that was right.
        picture: Where to.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
    left.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for number, (name, (said, truth)) in enumerate(parts.items()):
        bins = np.array_split(np.argsort(said), min(BINS, len(said)))
        means = [said[part].mean() for part in bins]
        hits = [truth[part].mean() for part in bins]
        errors = [1.96 * np.sqrt(hit * (1 - hit) / len(part)) for hit, part in zip(hits, bins, strict=True)]
        left.errorbar(means, hits, errors, color=f"C{number}", marker="o", capsize=2, label=name)
        order = np.argsort(-said)
        covered = np.arange(1, len(order) + 1) / len(order)
        correct = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
        shown = covered > 0.03
        right.plot(covered[shown], correct[shown], color=f"C{number}", label=name)
    left.set(
        title="Reliability",
        xlabel="probability that was told",
        ylabel="part that was right",
    )
    right.set(
        title="Who says less is right more often",
        xlabel="part of covers that get a genre",
        ylabel="part of these that is right",
    )
    for axes in (left, right):
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    write_beside(picture, lambda path: figure.savefig(path, dpi=120))
    plt.close(figure)
