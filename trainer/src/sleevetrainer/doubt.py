"""Stage `doubt`: covers whose label nobody believes that has not been told it, to be looked at by a person.

Labels of album covers are noisy: a record's genre is a matter of opinion, and collections copy each other's
mistakes. What a fifth of the covers is called cannot be learned from the other four fifths; whoever trains on
covers of his own should look through the sheet first, and move what lies in the wrong folder.

Source: Northcutt et al., "Confident Learning", JAIR 2021; the `cleanlab` library.
"""

from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues
from matplotlib import pyplot as plt

from .covers import genre_places
from .fit import both_opinions
from .preprocess import opened, scaled
from .run import Run, write_beside, write_rows

SHOWN = 48
"""Covers on the contact sheet."""

THUMBNAIL = 112


def doubt(run: Run) -> dict[str, Any]:
    """Writes `doubts.csv`, the most doubtful covers first, and `doubts.png`, a contact sheet.

    Args:
        run: A run whose `teach` and `cross` are done.

    Returns:
        How many covers are doubted: `covers`, and by genre and by source the part, 0 to 1.
    """
    table, genres = run.table("train"), run.genres
    said = both_opinions(run)
    truth = genre_places(table["label"], genres)
    order = find_label_issues(truth, said, return_indices_ranked_by="self_confidence", n_jobs=1)
    likeliest = [genres[place] for place in said.argmax(1)]
    rows = [
        (
            table["image_path"][place],
            table["label"][place],
            likeliest[place],
            f"{said[place, truth[place]]:.3f}",
            f"{said[place].max():.3f}",
        )
        for place in order
    ]
    write_rows(
        run.folder / "doubts.csv",
        ("image_path", "label", "said", "label_probability", "said_probability"),
        rows,
    )
    drawn_doubts(run, rows[:SHOWN])
    doubted = pd.Series(np.isin(np.arange(len(table)), order))
    result = {
        "covers": len(order),
        "genres": doubted.groupby(table["label"]).mean().round(4).to_dict(),
        "sources": doubted.groupby(table["source"]).mean().round(4).to_dict(),
    }
    run.note("doubt", result)
    return result


def drawn_doubts(run: Run, rows: list[tuple[str, ...]]) -> None:
    """The contact sheet: each cover with its label and what is said of it."""
    across = 8
    down = max(1, -(-len(rows) // across))
    figure, sides = plt.subplots(
        down, across, figsize=(1.5 * across, 1.85 * down), squeeze=False, layout="constrained"
    )
    for axes in sides.flat:
        axes.axis("off")
    for axes, (path, label, said, *_) in zip(sides.flat, rows, strict=False):
        axes.imshow(scaled(opened(run.covers / path), THUMBNAIL))
        axes.set_title(f"{label}?\n{said}", fontsize=8)
    figure.suptitle("Labels that nobody believes who was not told them: label?, and what is said instead")
    write_beside(run.folder / "doubts.png", lambda path: figure.savefig(path, dpi=100))
    plt.close(figure)
