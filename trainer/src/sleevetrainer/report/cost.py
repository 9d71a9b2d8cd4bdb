"""What accuracy costs: int8, and the input's size."""

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Whisker
from scipy.stats import binomtest

from .bootstrap import Interval
from .record import MissingError, Record
from .section import Section
from .style import BEST, hint, labels, padded, plot
from .words import listed, minus, percent, signed


def cost(record: Record) -> Section:
    """Quantising, and the cost curve: accuracy against multiply-adds."""
    section = Section(values={"networks": [], "chosen": None})
    if "export" in record.notes:
        quantising = record.notes["export"]["quantising"]
        section.values["chosen"] = quantising["activations"]
        section.values["networks"] = [
            {"name": name, "megabytes": quantising["megabytes"][name], **held}
            for name, held in quantising["compared"].items()
        ]
        section.says += quantised(record)
    else:
        section.says.append(f"What int8 costs is not known: {MissingError('export', record.run)}")
    if "cross" in record.notes:
        draw_sizes(record, section)
    else:
        section.says.append(
            f"What the input's size is worth is not known: {MissingError('cross', record.run)}"
        )
    return section


def quantised(record: Record) -> list[str]:
    """What the test split says of the networks in other arithmetic."""
    fp32 = record.model("fp32")
    if fp32 is None:
        return [f"On the test split, fp32 was not measured beside it: {MissingError('evaluate', record.run)}"]
    says, right = [], fp32.scores.argmax(1) == record.truth
    if ours := record.model("network"):
        same = np.mean(ours.scores.argmax(1) == fp32.scores.argmax(1))
        difference = (ours.scores.argmax(1) == record.truth).astype(float) - right
        interval = Interval.of(record.counts @ difference / len(difference))
        verdict = "more than chance explains" if interval.apart else "no more than chance explains"
        says.append(
            f"{ours.name} says what fp32 says of {percent(same)} of the test split's covers; its "
            f"accuracy differs by {signed(interval)}, {verdict}."
        )
    return says


def draw_sizes(record: Record, section: Section) -> None:
    """Adds the cost curve and what it says."""
    note = record.notes["cross"]
    sizes = sorted(map(int, note["sizes"]))
    accuracy = [note["sizes"][str(size)]["accuracy"] for size in sizes]
    covers, ours = note["covers"], note["recipe"]["reading_size"]
    cost = [(size / ours) ** 2 for size in sizes]
    within = [binomtest(round(one * covers), covers).proportion_ci(method="wilson") for one in accuracy]
    source = ColumnDataSource(
        {
            "cost": cost,
            "accuracy": accuracy,
            "low": [one.low for one in within],
            "high": [one.high for one in within],
            "label": [f"{size} px" for size in sizes],
        }
    )
    shown = plot(
        "Accuracy against work",
        300,
        f"multiply-adds, {ours} px = 1",
        "accuracy",
        x_range=(0, max(cost) * 1.15),
        y_range=padded(min(one.low for one in within), max(one.high for one in within)),
    )
    whisker = Whisker(base="cost", lower="low", upper="high", source=source, line_color=BEST, line_width=2)
    whisker.upper_head = whisker.lower_head = None
    shown.add_layout(whisker)
    shown.line("cost", "accuracy", source=source, color=BEST, line_width=2, alpha=0.5)
    dots = shown.scatter("cost", "accuracy", source=source, color=BEST, size=10)
    labels(shown, "cost", "accuracy", "label", source, y_offset=-18)
    text = "@accuracy{0.000} (@low{0.000} to @high{0.000}) at @cost{0.00} of the work"
    shown.add_tools(HoverTool(renderers=[dots], tooltips=hint("@label", text), point_policy="snap_to_data"))
    section.plots["sizes"] = shown

    here = sizes.index(ours)
    apart = [
        minus(f"{size} px ({accuracy[place] - accuracy[here]:+.3f} at {cost[place]:.2f} of the work)")
        for place, size in enumerate(sizes)
        if within[place].high < within[here].low or within[place].low > within[here].high
    ]
    section.says.append(
        f"The same networks of {note['folds']} folds read covers that they were not shown at other sizes. At "
        f"{ours} px, which ships, {percent(accuracy[here])} are right. "
        + (
            f"Clear of its interval: {listed(apart)}."
            if apart
            else "The intervals of all other sizes overlap with its own."
        )
    )
    near = [
        place for place in range(len(sizes)) if within[place].high >= within[here].low and cost[place] < 1
    ]
    if near:
        least = min(near, key=lambda place: cost[place])
        section.says.append(
            f"The least work whose interval reaches into it is that of {sizes[least]} px: "
            f"{minus(f'{accuracy[least] - accuracy[here]:+.3f}')} for {percent(cost[least])} of the work."
        )
