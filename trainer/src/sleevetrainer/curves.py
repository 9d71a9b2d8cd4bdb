"""Learning curves as pictures."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import pandas as pd
from matplotlib import pyplot as plt

from .run import write_beside


def drawn_curves(folders: Sequence[Path], picture: Path, title: str) -> None:
    """Draws the `epochs.csv` of several fits into one picture: losses, and accuracies where measured.

    Args:
        folders: A fit each, as `lesson.learned` leaves it.
        picture: Where to.
        title: What they are.
    """
    tables = [pd.read_csv(folder / "epochs.csv") for folder in folders]
    measured = any(table["valid_loss"].notna().any() for table in tables)
    figure, sides = plt.subplots(
        1, 2 if measured else 1, figsize=(10 if measured else 6, 4), layout="constrained", squeeze=False
    )
    left = sides[0][0]
    lines = [(left, "training (disturbed covers, soft targets)", "train_loss", "C0")]
    if measured:
        right = sides[0][1]
        lines += [
            (left, "covers that were not shown", "valid_loss", "C1"),
            (right, "accuracy", "accuracy", "C0"),
            (right, "balanced accuracy", "balanced_accuracy", "C1"),
            (right, "top-3 accuracy", "top3", "C2"),
        ]
    for axes, name, column, colour in lines:
        for number, table in enumerate(tables):
            label = name if number == 0 else None
            axes.plot(
                range(1, len(table) + 1), table[column], color=colour, marker=".", alpha=0.8, label=label
            )
    frozen = sum(tables[0]["phase"] == "head")
    for axes, name in zip(sides[0], ("Loss", "Covers that were not shown"), strict=False):
        axes.axvspan(0.5, frozen + 0.5, color="0.92", label="body frozen")
        axes.set(title=name, xlabel="epoch")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    figure.suptitle(title)
    write_beside(picture, lambda path: figure.savefig(path, dpi=120))
    plt.close(figure)
