"""Which model is best, and why."""

from collections.abc import Sequence

import numpy as np

from .bootstrap import FIGURES, Interval, measured, recalls
from .record import MissingError, Model, Record
from .section import Section
from .style import intervals, padded, row_plot
from .words import counted, listed, minus, percent, signed, told


def models(record: Record) -> Section:
    """The models side by side: figures with intervals, and what each differs from the one that ships."""
    rows = {model.id: measured(record.counts, model.scores, record.truth) for model in record.models}
    section = Section()
    titles, colors = [model.title for model in record.models], [model.color for model in record.models]
    shorts = [model.short for model in record.models]
    of = {figure: [Interval.of(rows[model.id][figure]) for model in record.models] for figure in FIGURES}
    for figure, title in FIGURES.items():
        low, high = min(one.low for one in of[figure]), max(one.high for one in of[figure])
        shown = row_plot(title[0].upper() + title[1:], shorts, 30, "", x_range=padded(low, high))
        intervals(shown, range(len(titles)), of[figure], colors, titles)
        section.plots[figure] = shown

    ours = record.model("network")
    against = {}
    if ours:
        against = {
            model.id: {
                figure: Interval.of(rows["network"][figure] - rows[model.id][figure]) for figure in FIGURES
            }
            for model in record.models
            if model is not ours
        }
    section.says = ranked(record.models, of["accuracy"])
    if ours:
        section.says += compared(record.models, {key: each["accuracy"] for key, each in against.items()})
        section.says += reasons(record, ours)
        quantising = record.notes.get("export", {}).get("quantising", {})
        if quantising:
            megabytes = quantising["megabytes"]
            section.says.append(
                f"The one that ships is {megabytes[quantising['activations']]} MB; in fp32 it would be "
                f"{megabytes['fp32']} MB."
            )
    else:
        section.says.append(
            f"The fine-tuned network is not among them: {MissingError('evaluate', record.run)}"
        )
    section.values = {"figures": FIGURES, "models": record.models, "of": of, "against": against}
    return section


def ranked(models: Sequence[Model], accuracies: Sequence[Interval]) -> list[str]:
    """Who comes first by accuracy, and whose intervals reach into its own."""
    order = sorted(range(len(models)), key=lambda place: -accuracies[place].value)
    first, others = order[0], order[1:]
    says = [f"By accuracy, {models[first].called} comes first: {told(accuracies[first])}."]
    reach = [place for place in others if accuracies[place].high >= accuracies[first].low]
    below = [place for place in others if place not in reach]
    if reach:
        says.append(
            f"The intervals of {listed(models[place].called for place in reach)} overlap with its own; "
            "which of these is best, these intervals alone cannot say."
        )
    if below:
        says.append(
            f"The intervals of {listed(models[place].called for place in below)} lie wholly below its own."
        )
    return says


def compared(models: Sequence[Model], differences: dict[str, Interval]) -> list[str]:
    """What the network that ships differs from the others in accuracy, cover by cover."""
    title = {model.id: model.called for model in models}
    says = []
    for words, chosen in (
        ("is more accurate than", lambda one: one.low > 0),
        ("is less accurate than", lambda one: one.high < 0),
        ("cannot be told apart from", lambda one: not one.apart),
    ):
        found = [f"{title[key]} {signed(one)}" for key, one in differences.items() if chosen(one)]
        if found:
            says.append(f"On the very same covers, the network that ships {words} {listed(found)}.")
    return says


def reasons(record: Record, ours: Model) -> list[str]:
    """Where the fine-tuned network wins and loses against the better of the simple models."""
    simple = [model for model in record.models if model.id in ("knn", "linear")]
    if not simple:
        return []
    right = {model.id: model.scores.argmax(1) == record.truth for model in [*simple, ours]}
    rival = max(simple, key=lambda model: right[model.id].sum())
    mine, its = right[ours.id], right[rival.id]
    difference = recalls(record.counts, ours.scores, record.truth) - recalls(
        record.counts, rival.scores, record.truth
    )
    gains = [Interval.of(column) for column in difference.T]
    won = [place for place in np.argsort([-one.value for one in gains]) if gains[place].low > 0]
    lost = [place for place in np.argsort([one.value for one in gains]) if gains[place].high < 0]
    says = [
        f"Of {counted(len(mine), 'cover')}, both it and {rival.called} are right about "
        f"{np.sum(mine & its)}, it alone about {np.sum(mine & ~its)}, {rival.called} alone about "
        f"{np.sum(its & ~mine)}, neither about {percent(np.mean(~mine & ~its))}."
    ]
    for word, places in (("more", won), ("less", lost)):
        if places:
            each = listed(
                f"{record.titles[place]} ({100 * gains[place].value:+.0f} of 100)" for place in places
            )
            says.append(f"It finds {word} than chance explains of {minus(each)}.")
    if not won and not lost:
        says.append("In no single genre is the difference more than chance explains.")
    return says
