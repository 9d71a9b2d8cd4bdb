"""Stage `compare`: runs beside one another, a row each."""

import json
from typing import Any

import pandas as pd

from .run import Run

RECIPE = (
    "size",
    "epochs",
    "kept_blocks",
    "rate",
    "gentler",
    "trust",
    "mixup",
    "smoothing",
    "averaging",
    "balance",
)


def compare(runs: list[Run]) -> pd.DataFrame:
    """What was changed in each run, and what each gave; what a run has not done is empty.

    Args:
        runs: Runs whose `fit` is done.

    Returns:
        A row a run: name, seed, held-out source, recipe, and the figures of the fit's best epoch, of the
        exported networks on the test split, and on the held-out source.

    Raises:
        TrainerError: A run's `fit` is missing.
    """
    return pd.DataFrame([row(run) for run in runs])


def row(run: Run) -> dict[str, Any]:
    """One run's row."""
    run.owed("fit.json", "fit")
    notes = {
        stage: json.loads(path.read_text(encoding="utf-8"))
        for stage in ("prepare", "fit", "export", "evaluate")
        if (path := run.folder / f"{stage}.json").exists()
    }
    epochs = pd.read_csv(run.folder / "epochs.csv")
    best = epochs.loc[epochs["valid_loss"].idxmin()]
    result = {
        "run": run.folder.name,
        "seed": run.seed,
        "held_out": notes["prepare"].get("hold_out") or "",
        **{key: notes["fit"]["recipe"].get(key) for key in RECIPE},
        "minutes": round(notes["fit"]["seconds"] / 60, 1),
        "best_epoch": int(best.name) + 1,
        "valid_loss": round(best["valid_loss"], 4),
        "valid_accuracy": round(best["accuracy"], 4),
    }
    for name, figures in notes.get("export", {}).get("test", {}).items():
        # The method by which activations were calibrated differs from run to run.
        column = name if name in ("fp32", "int8 weights") else "int8"
        result[f"test_{column.replace(' ', '_')}"] = round(figures["accuracy"], 4)
    if "evaluate" in notes:
        network = notes["evaluate"]["network"]
        result |= {key: round(network[key], 4) for key in ("balanced_accuracy", "macro_f1", "top3")}
        if "held_out" in notes["evaluate"]:
            result["kept_elsewhere"] = round(notes["evaluate"]["held_out"]["kept"], 4)
    return result
