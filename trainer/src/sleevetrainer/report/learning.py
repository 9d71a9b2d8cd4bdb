"""How it learned: losses, what covers that were not shown said, and the learning rate."""

from pathlib import Path

import numpy as np
import pandas as pd
from bokeh.models import BoxAnnotation, ColumnDataSource, HoverTool
from bokeh.plotting import figure

from .record import MissingError, Record
from .section import Section
from .style import BEST, LINE, hint, key_above, plot
from .thumbnails import inlined
from .words import counted, listed, minus

LOSS, BALANCED, TOP3 = "#997700", "#3f9c83", "#0077bb"


def learning(record: Record) -> Section:
    """Learning curves of the networks whose mean ships, and of those that were measured on the rest."""
    section = Section()
    if "fit" in record.notes:
        tables = epochs(record.run.folder, "seed-*")
        section.plots["loss"] = curves(
            "Training loss, networks that ship", tables, {"train_loss": ("loss", BEST)}, "loss"
        )
        section.says += fitted(record, tables)
    else:
        section.says.append(f"No network was fitted yet: {MissingError('fit', record.run)}")
    if "cross" in record.notes:
        tables = epochs(record.run.folder, "cross-*")
        section.plots["cross_loss"] = curves(
            "Loss, networks of cross",
            tables,
            {
                "train_loss": ("training", LOSS),
                "valid_loss": ("covers not shown", BEST),
            },
            "loss",
        )
        section.plots["cross_accuracy"] = curves(
            "Networks of cross, covers not shown",
            tables,
            {
                "top3": ("top-3", TOP3),
                "accuracy": ("accuracy", BEST),
                "balanced_accuracy": ("balanced", BALANCED),
            },
            "rate",
        )
        section.says = crossed(tables) + section.says
    else:
        section.says.append(
            f"How it learns covers that were not shown is not known: {MissingError('cross', record.run)}"
        )
    finder = record.picture("lr-finder.png")
    section.values = {"finder": finder and inlined(finder.read_bytes(), "image/png"), "rate": rate(record)}
    return section


def epochs(folder: Path, pattern: str) -> list[pd.DataFrame]:
    """The `epochs.csv` of several fits, in the order of their numbers."""
    folders = sorted(folder.glob(pattern), key=lambda one: int(one.name.split("-")[1]))
    return [pd.read_csv(one / "epochs.csv") for one in folders if (one / "epochs.csv").exists()]


def curves(title: str, tables: list[pd.DataFrame], columns: dict[str, tuple[str, str]], y: str) -> figure:
    """Columns of several fits by epoch; the frozen epochs are shaded."""
    shown = plot(title, 300, "epoch", y)
    frozen = int((tables[0]["phase"] == "head").sum()) if tables else 0
    shown.add_layout(BoxAnnotation(right=frozen + 0.5, fill_color=LINE, fill_alpha=0.6, level="underlay"))
    for column, (name, color) in columns.items():
        for number, table in enumerate(tables):
            source = ColumnDataSource({"epoch": np.arange(1, len(table) + 1), "value": table[column]})
            shown.line("epoch", "value", source=source, color=color, line_width=2, alpha=0.6)
            dots = shown.scatter("epoch", "value", source=source, color=color, size=6, legend_label=name)
            shown.add_tools(
                HoverTool(
                    renderers=[dots],
                    tooltips=hint(f"{name}, network {number + 1}", "epoch @epoch: @value{0.000}"),
                    point_policy="snap_to_data",
                )
            )
    if len(columns) > 1:
        key_above(shown)
    else:
        shown.legend.visible = False
    if tables:
        shown.xaxis.ticker = list(range(1, max(map(len, tables)) + 1))
    return shown


def fitted(record: Record, tables: list[pd.DataFrame]) -> list[str]:
    """How long it took, and whether the loss still fell."""
    note = record.notes["fit"]
    seconds, losses = note["seconds"], [table["train_loss"].to_numpy() for table in tables]
    says = [
        f"{counted(len(seconds), 'network')} {'was' if len(seconds) == 1 else 'were'} fitted in "
        f"{sum(seconds) / 60:.0f} minutes. Grey: the body was frozen, the head alone learned."
    ]
    if losses and min(map(len, losses)) > 1:
        falls = [loss[-2] - loss[-1] for loss in losses]
        state = "still fell" if min(falls) > 0 else "did not fall any more in all of them"
        says.append(
            f"The training loss went from {np.mean([loss[0] for loss in losses]):.2f} to "
            f"{np.mean([loss[-1] for loss in losses]):.2f}; in the last epoch it {state} "
            f"({minus(f'{-np.mean(falls):+.3f}')})."
        )
    return says


def crossed(tables: list[pd.DataFrame]) -> list[str]:
    """Whether longer would have been better, by the covers that were not shown."""
    if not tables:
        return []
    best = [int(table["valid_loss"].idxmin()) + 1 for table in tables]
    risen = [table["valid_loss"].iloc[-1] - table["valid_loss"].min() for table in tables]
    gained = [table["accuracy"].iloc[-1] - table["accuracy"].iloc[0] for table in tables]
    says = [
        f"On covers that were not shown, the loss was lowest after epoch {listed(map(str, best))} of "
        f"{len(tables[0])}: "
        + (
            "nothing suggests that it learned by heart."
            if max(risen) <= 0
            else f"it has risen since by {max(risen):.3f} at most."
        )
    ]
    spread = minus(f", from {min(gained):+.3f} to {max(gained):+.3f}") if len(gained) > 1 else ""
    says.append(
        f"From the first epoch to the last, their accuracy changed by {minus(f'{np.mean(gained):+.3f}')} "
        f"(mean of {counted(len(tables), 'network')}{spread})."
    )
    return says


def rate(record: Record) -> str | None:
    """Which learning rate the finder would take, and which was taken."""
    note = record.notes.get("fit", {})
    if not note.get("rate_suggested"):
        return None
    ratio = note["rate"] / note["rate_suggested"]
    return (
        f"With the body frozen, the finder suggests {note['rate_suggested']:.2g}; the frozen phase took "
        f"{note['rate']:.2g}, {ratio:.1f} times that, and one-cycle goes up to it and down again."
    )
