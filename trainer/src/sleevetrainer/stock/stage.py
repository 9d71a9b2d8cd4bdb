"""Stage `stock`: fits the stock's rule for a bundle and writes it beside the network."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from .. import bundle as bundles
from ..bundle import TEMPLATES
from ..run import Run, write_beside, write_text
from .material import Material, material
from .rule import Answers, Levels, Metric, answers, fitted_same
from .voters import Voters
from .votes import FEW

METRIC = "stock.f32"
"""The file of the metric beside `stock.toml`."""

HALVES = 1
"""Which stream of a run's random numbers halves are drawn from. The split shuffles groups, too: by the same
stream, half and split would go together."""


def stock(run: Run, bundle: Path) -> dict[str, Any]:
    """Fits when a record is known and how others vote; writes `stock.toml` and `stock.f32` into the bundle.

    All covers of the run are enrolled flat; a view of each asks which it is, once with its cover in stock and
    once without. Records vote on the genre of covers that the network was not trained on; where none of these
    are of a genre that it does not know, as a shop's own, no votes are fitted. The figures are of covers to
    which nothing was fitted: of each half by what was fitted to the other.

    Args:
        run: A run that `prepare` has made.
        bundle: The bundle's folder.

    Returns:
        `enrolled`; `known`, the part of sleeves in stock that are known rightly, and `false`, the part of
        sleeves not in stock that are taken for a record; the same of covers that the network was not trained
        on (`unseen`); and of these `votes`, what they do to the genre.
    """
    description, network = bundles.read(bundle)
    sha256 = hashlib.sha256(network).hexdigest()
    covers = material(run, network, sha256, description["input"]["size"])
    figures = _crossed(covers, run.seed)
    everything = np.ones(len(covers.groups), bool)
    metric, same, levels = _fitted(covers, everything)
    voters = Voters.of(covers, description)
    votes = voters.votes(metric, np.ones(len(voters.truth), bool), run.seed) if voters.own else None
    if votes:
        figures["votes"] = voters.figures(_half(covers, run.seed), run.seed)
    numbers = np.concatenate([metric.mean[None], metric.directions]).astype("<f4").tobytes()
    write_beside(bundle / METRIC, lambda beside: beside.write_bytes(numbers))
    toml = TEMPLATES.get_template("stock.toml").render(
        network=sha256,
        levels=levels,
        votes=votes,
        few=FEW,
        same=round(same, 4),
        file=METRIC,
        sha256=hashlib.sha256(numbers).hexdigest(),
        figures={name: value for name, value in figures.items() if name != "votes"},
    )
    write_text(bundle / "stock.toml", toml)
    run.note("stock", figures)
    return figures


def _fitted(covers: Material, which: np.ndarray) -> tuple[Metric, float, Levels]:
    """The metric, the cosine of one picture, and the levels, fitted to some of the covers."""
    metric = Metric.fitted(covers.flat[which], covers.view[which])
    enrolled = metric(covers.flat)
    of_these = which[covers.rescanned]
    same = fitted_same(enrolled[covers.rescanned[of_these]], metric(covers.again[of_these]))
    inside, outside = _asked(covers, metric, enrolled, which, same)
    return metric, same, Levels.fitted(inside, outside)


def _asked(
    covers: Material, metric: Metric, enrolled: np.ndarray, which: np.ndarray, same: float
) -> tuple[Answers, Answers]:
    """What views of some covers find among all, with their own covers in stock and without."""
    places = np.flatnonzero(which)
    queries = metric(covers.view[places])
    kin = covers.groups[places][:, None] == covers.groups[None, :]
    inside = answers(enrolled, queries, places, same, np.zeros_like(kin))
    return inside, answers(enrolled, queries, places, same, kin)


def _crossed(covers: Material, seed: int) -> dict[str, Any]:
    """The figures, each half of the groups by what was fitted to the other."""
    first = _half(covers, seed)
    known, false, nearest = (np.zeros(len(first), bool) for _ in range(3))
    for half in (first, ~first):
        metric, same, levels = _fitted(covers, ~half)
        inside, outside = _asked(covers, metric, metric(covers.flat), half, same)
        known[half] = levels.known(inside) & inside.right
        false[half] = levels.known(outside)
        nearest[half] = inside.right
    return {
        "enrolled": len(known),
        "nearest": _part(nearest),
        "known": _part(known),
        "false": _part(false),
        "unseen": int(covers.unseen.sum()),
        "known_unseen": _part(known[covers.unseen]),
        "false_unseen": _part(false[covers.unseen]),
    }


def _half(covers: Material, seed: int) -> np.ndarray:
    """Which covers are of one half of the groups."""
    groups = np.unique(covers.groups)
    random = np.random.default_rng([seed, HALVES])
    return np.isin(covers.groups, random.permutation(groups)[: len(groups) // 2])


def _part(which: np.ndarray) -> float:
    return round(float(which.mean()), 4)
