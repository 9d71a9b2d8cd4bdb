"""Can its word be trusted? Reliability, and what more caution buys."""

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Whisker
from bokeh.plotting import figure
from scipy.stats import binomtest

from ..bundle import taught
from ..calibration import BINS, as_families, family_places
from .record import Record
from .section import Section
from .style import BEST, SOFT, hint, key_above, labels, plot
from .words import listed, percent

FAMILY, AWAY, SIMPLE = "#0077bb", "#cc3311", "#8a7a66"

Answered = tuple[np.ndarray, np.ndarray]
"""Of each cover the probability of what was said, 0 to 1, and whether that was right."""


def trust(record: Record) -> Section:
    """Reliability and risk-coverage of the network that ships: genres, families, a held-out source."""
    arrays, note = record.evaluated, record.note("evaluate")
    family_of = family_places([genre["family"] for genre in taught(record.bundle)])
    genres = answered(arrays["test_probabilities"], record.truth)
    families = answered(as_families(arrays["test_probabilities"], family_of), family_of[record.truth])
    lines: dict[str, tuple[str, Answered]] = {"genre": (BEST, genres), "family": (FAMILY, families)}
    if "held_out_probabilities" in arrays:
        lines["genre, source held out"] = (
            AWAY,
            answered(arrays["held_out_probabilities"], arrays["held_out_truth"]),
        )
    section = Section()
    section.plots["reliability"] = reliability(lines)
    if linear := record.model("linear"):
        lines["genre, linear head"] = (SIMPLE, answered(linear.scores, record.truth))
    section.plots["coverage"] = coverage(lines, note["network"]["cautions"])
    section.says = [*honesty(note["network"], *genres), *quarters(lines)]
    section.values = {
        "rows": [
            {"title": title, **note[name]}
            for name, title in (("network", "the test split"), ("held_out", "the source held out"))
            if name in note
        ]
    }
    return section


def answered(probabilities: np.ndarray, truth: np.ndarray) -> Answered:
    """What was said of each cover, and whether that was right."""
    return probabilities.max(1), probabilities.argmax(1) == truth


def reliability(lines: dict[str, tuple[str, Answered]]) -> figure:
    """Of the covers of which about the same probability was told: how many were right?"""
    shown = plot(
        "Is it right as often as it says?",
        360,
        "probability that was told",
        "part that was right",
        x_range=(0, 1),
        y_range=(0, 1),
    )
    shown.line([0, 1], [0, 1], color=SOFT, line_dash="4 3")
    for name, (color, (said, right)) in lines.items():
        bins = np.array_split(np.argsort(said, kind="stable"), min(BINS, len(said)))
        within = [
            binomtest(int(right[part].sum()), len(part)).proportion_ci(method="wilson") for part in bins
        ]
        source = ColumnDataSource(
            {
                "said": [said[part].mean() for part in bins],
                "right": [right[part].mean() for part in bins],
                "low": [one.low for one in within],
                "high": [one.high for one in within],
                "covers": [len(part) for part in bins],
            }
        )
        whisker = Whisker(
            base="said", lower="low", upper="high", source=source, line_color=color, line_alpha=0.5
        )
        whisker.upper_head = whisker.lower_head = None
        shown.add_layout(whisker)
        shown.line("said", "right", source=source, color=color, line_width=2, alpha=0.7)
        dots = shown.scatter("said", "right", source=source, color=color, size=8, legend_label=name)
        text = "said @said{0.00}, right @right{0.00} (@low{0.00} to @high{0.00}), @covers covers"
        shown.add_tools(HoverTool(renderers=[dots], tooltips=hint(name, text), point_policy="snap_to_data"))
    key_above(shown)
    return shown


def coverage(lines: dict[str, tuple[str, Answered]], cautions: dict[str, dict[str, float]]) -> figure:
    """Who says less is right more often: by how much?"""
    shown = plot(
        "What more caution buys",
        360,
        "part of the covers that gets an answer",
        "part of the answers that is right",
        x_range=(0, 1),
        y_range=(0, 1),
    )
    for name, (color, (said, right)) in lines.items():
        parts, correct = risk_coverage(said, right)
        # The first few are right or wrong by luck.
        kept = np.flatnonzero(parts >= min(0.03, parts[-1]))[:: max(1, len(parts) // 250)]
        source = ColumnDataSource({"part": parts[kept], "right": correct[kept]})
        line = shown.line("part", "right", source=source, color=color, line_width=2.5, legend_label=name)
        text = "@part{0%} get an answer, @right{0%} of these are right"
        shown.add_tools(
            HoverTool(renderers=[line], tooltips=hint(name, text), mode="vline", point_policy="follow_mouse")
        )
    source = ColumnDataSource(
        {
            "name": list(cautions),
            "said": [one["said"] for one in cautions.values()],
            "right": [one["right"] for one in cautions.values()],
        }
    )
    shown.scatter(
        "said", "right", source=source, size=11, fill_color="white", line_color=BEST, line_width=2.5
    )
    labels(shown, "said", "right", "name", source, text_color=BEST)
    key_above(shown)
    return shown


def risk_coverage(said: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of covers that gets an answer, and the part of these that is right, the surest first.

    Source: El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 2010.
    """
    order = np.argsort(-said, kind="stable")
    places = np.arange(1, len(order) + 1)
    return places / len(order), np.cumsum(right[order]) / places


def honesty(network: dict[str, Any], said: np.ndarray, right: np.ndarray) -> list[str]:
    """Whether it boasts."""
    error, families = network["calibration_error"], network["family_calibration_error"]
    gap = said.mean() - right.mean()
    margin = 1.96 * np.std(said - right) / np.sqrt(len(said))
    if abs(gap) <= margin:
        mood = "no more than chance explains"
    else:
        mood = "it promises too much" if gap > 0 else "it promises too little"
    each = [f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})" for one in (error, families)]
    return [
        f"On average it promises {said.mean():.3f} and keeps {right.mean():.3f}: {mood}.",
        f"The expected calibration error is {each[0]}, of families {each[1]}.",
    ]


def quarters(lines: dict[str, tuple[str, Answered]]) -> list[str]:
    """How often the surest quarter and half are right."""
    told = []
    for name, (_, (said, right)) in lines.items():
        parts, correct = risk_coverage(said, right)
        quarter, half = (correct[np.searchsorted(parts, part)] for part in (0.25, 0.5))
        told.append(f"{percent(quarter)} and {percent(half)} ({name})")
    return [f"Of the surest quarter and the surest half of the covers are right: {listed(told)}."]
