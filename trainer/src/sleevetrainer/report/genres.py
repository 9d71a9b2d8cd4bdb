"""Genre by genre: what is found, and what is taken for what."""

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from .bootstrap import Interval, recalls
from .record import Model, Record
from .section import Section
from .style import models_apart, row_plot, upright
from .words import listed, percent

SHOWN = ("knn", "linear", "network")
"""The models that are told genre by genre; the others are the last one in other arithmetic."""


def genres(record: Record) -> Section:
    """How much of each genre each model finds."""
    models = [model for model in record.models if model.id in SHOWN]
    found = {
        model.id: [Interval.of(column) for column in recalls(record.counts, model.scores, record.truth).T]
        for model in models
    }
    covers = np.bincount(record.truth, minlength=len(record.genres))
    section = Section()
    shown = row_plot(
        "Recall by genre",
        record.titles,
        16 + 12 * len(models),
        "part of the genre's covers that is given it",
        x_range=(0, 1),
    )
    shown.add_layout(upright(1 / len(record.genres)))
    models_apart(shown, record.titles, models, found)
    section.plots["recall"] = shown

    last = models[-1]
    precision, _, f1, _ = precision_recall_fscore_support(
        record.truth, last.scores.argmax(1), labels=range(len(record.genres)), zero_division=0
    )
    best, worst = (int(place(f1)) for place in (np.argmax, np.argmin))
    section.says = [
        f"{last.name} tells {record.titles[best]} best (F1 {f1[best]:.2f}) and "
        f"{record.titles[worst]} worst (F1 {f1[worst]:.2f}). By chance one in {len(record.genres)} would be "
        "found: the dashed line."
    ]
    chance = [
        record.titles[place] for place, one in enumerate(found[last.id]) if one.low <= 1 / len(record.genres)
    ]
    if chance:
        section.says.append(f"Of {listed(chance)} it finds no more than chance may explain.")
    few = [f"{record.titles[place]} ({covers[place]})" for place in np.flatnonzero(covers < 50)]
    if few:
        section.says.append(f"Of {listed(few)} there are few covers: such intervals are wide.")
    section.values = {
        "models": models,
        "rows": [
            {
                "title": record.titles[place],
                "color": record.colors[place],
                "covers": int(covers[place]),
                "recalls": [found[model.id][place] for model in models],
                "precision": float(precision[place]),
                "f1": float(f1[place]),
            }
            for place in range(len(record.genres))
        ],
    }
    return section


def confusion(record: Record) -> Section:
    """What each model takes for what."""
    models = [model for model in record.models if model.id in SHOWN]
    section = Section()
    section.says = [*mistaken(record, models[-1])]
    section.values = {
        "titles": record.titles,
        "colors": record.colors,
        "tables": [
            {
                "title": model.title,
                "parts": parts(record, model).tolist(),
                "counts": counts(record, model).tolist(),
            }
            for model in models
        ],
    }
    return section


def counts(record: Record, model: Model) -> np.ndarray:
    """How many covers of each genre are said to be of each, `genres x genres`."""
    return confusion_matrix(record.truth, model.scores.argmax(1), labels=range(len(record.genres)))


def parts(record: Record, model: Model) -> np.ndarray:
    """The same as parts of each genre's covers."""
    table = counts(record, model)
    return table / np.maximum(table.sum(1, keepdims=True), 1)


def mistaken(record: Record, model: Model) -> list[str]:
    """The pairs that a model confuses most, and what it says too often."""
    table = counts(record, model)
    off = table - np.diag(np.diag(table))
    wrong = off.sum()
    if not wrong:
        return [f"{model.name} takes nothing for anything else."]
    pairs = sorted(
        ((off[one, other] + off[other, one], one, other) for one in range(len(off)) for other in range(one)),
        reverse=True,
    )[:3]
    named = listed(
        f"{record.titles[other]} and {record.titles[one]} ({percent(count / wrong)} of all mistakes)"
        for count, one, other in pairs
        if count
    )
    ratio = table.sum(0) / np.maximum(table.sum(1), 1)
    much, little = int(ratio.argmax()), int(ratio.argmin())
    return [
        f"{model.name} mistakes most often for each other: {named}.",
        f"It says {record.titles[much]} {ratio[much]:.2f} times as often as there are covers of it, and "
        f"{record.titles[little]} {ratio[little]:.2f} times.",
    ]
