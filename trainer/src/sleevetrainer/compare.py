"""Stage `compare`: runs beside one another, a row each."""

import json
from typing import Any

import pandas as pd

from .run import Run

RECIPE = (
    "size",
    "epochs",
    "kept_blocks",
    "seeds",
    "variants",
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
        runs: Runs whose `cross` is done.

    Returns:
        A row a run: name, seed, held-out source, recipe, and the figures of `cross`, of the
        exported networks on the test split, and on the held-out source.

    Raises:
        TrainerError: A run's `cross` is missing.
    """
    return pd.DataFrame([row(run) for run in runs])


def row(run: Run) -> dict[str, Any]:
    """One run's row."""
    run.owed("cross.json", "cross")
    notes = {
        stage: json.loads(path.read_text(encoding="utf-8"))
        for stage in ("prepare", "cross", "fit", "export", "evaluate")
        if (path := run.folder / f"{stage}.json").exists()
    }
    crossed = notes["cross"]
    result = {
        "run": run.folder.name,
        "seed": run.seed,
        "held_out": notes["prepare"].get("hold_out") or "",
        **{key: crossed["recipe"].get(key) for key in RECIPE},
        "minutes": round(sum(notes["fit"]["seconds"]) / 60, 1) if "fit" in notes else None,
        **{f"cross_{key}": round(crossed[key], 4) for key in ("accuracy", "balanced_accuracy", "top3")},
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
