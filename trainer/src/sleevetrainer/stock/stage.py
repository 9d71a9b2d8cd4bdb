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

METRIC = "stock.f32"
"""The file of the metric beside `stock.toml`."""


def stock(run: Run, bundle: Path) -> dict[str, Any]:
    """Fits when a record is known, and writes `stock.toml` and `stock.f32` into the bundle.

    All covers of the run are enrolled flat; a view of each asks which it is, once with its cover in stock and
    once without. The figures are of covers to which nothing was fitted: of each half by what was fitted to
    the other.

    Args:
        run: A run that `prepare` has made.
        bundle: The bundle's folder.

    Returns:
        `enrolled`; `known`, the part of sleeves in stock that are known rightly, and `false`, the part of
        sleeves not in stock that are taken for a record; the same of covers that the network was not trained
        on (`unseen`).
    """
    description, network = bundles.read(bundle)
    sha256 = hashlib.sha256(network).hexdigest()
    covers = material(run, network, sha256, description["input"]["size"])
    figures = _crossed(covers, run.seed)
    everything = np.ones(len(covers.groups), bool)
    metric, same, levels = _fitted(covers, everything)
    numbers = np.concatenate([metric.mean[None], metric.directions]).astype("<f4").tobytes()
    write_beside(bundle / METRIC, lambda beside: beside.write_bytes(numbers))
    toml = TEMPLATES.get_template("stock.toml").render(
        network=sha256,
        levels=levels,
        same=round(same, 4),
        file=METRIC,
        sha256=hashlib.sha256(numbers).hexdigest(),
        figures=figures,
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
    groups = np.unique(covers.groups)
    first = np.isin(covers.groups, np.random.default_rng(seed).permutation(groups)[: len(groups) // 2])
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


def _part(which: np.ndarray) -> float:
    return round(float(which.mean()), 4)
