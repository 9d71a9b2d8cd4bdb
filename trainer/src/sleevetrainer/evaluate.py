"""Stage `evaluate`: all figures, beside one another, on one page that opens offline."""

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from .bundle import TEMPLATES, read
from .calibration import (
    as_families,
    calibration_error,
    drawn_calibration,
    family_places,
    said_and_right,
)
from .export import read_all
from .metrics import drawn_confusion, figures
from .onnx_file import session
from .run import Run, write_text

TITLES = {
    "knn": "Baseline: k-nearest neighbours",
    "linear": "Linear head, frozen features",
    "network": "Fine-tuned, as shipped",
    "held_out": "The same, on a source that it was not trained on",
}

ENOUGH = 20
"""Covers of a genre from which a source tells something of it."""


def evaluate(run: Run, bundle: Path) -> dict[str, Any]:
    """Measures a bundle's network on the test split and writes `evaluate.json` and `report.html`.

    The network is read by ONNX Runtime, from the bundle's own file.

    Args:
        run: A run whose `baseline` is done.
        bundle: The bundle's folder.

    Returns:
        The figures of `knn`, `linear` and `network`, and of `held_out` where a source was held out.

    Raises:
        TrainerError: A stage or the bundle is missing.
    """
    baseline = json.loads(run.owed("baseline.json", "baseline").read_text(encoding="utf-8"))
    description, network = read(bundle)
    results = {
        "knn": baseline["knn"],
        "linear": baseline["linear"],
        "network": measured(run, "test", description, network),
    }
    if (run.folder / "held_out.csv").exists():
        results |= elsewhere(run, description, network, results["network"])
    measured_parts = {
        TITLES["network"] + ", test split": results["network"],
        TITLES["held_out"]: results.get("held_out"),
    }
    drawn_calibration(
        {name: part.pop("answers") for name, part in measured_parts.items() if part},
        run.folder / "calibration.png",
    )
    confusion = run.folder / "confusion-network.png"
    genres = [genre["id"] for genre in description["genres"]]
    drawn_confusion(results["network"]["confusion"], genres, TITLES["network"], confusion)
    run.note("evaluate", results)
    write_text(run.folder / "report.html", page(run, description, results))
    return results


def measured(run: Run, part: str, description: dict[str, Any], network: bytes) -> dict[str, Any]:
    """The figures of a bundle's network on a part of the split."""
    genres = [genre["id"] for genre in description["genres"]]
    table = run.table(part)
    table = table[table["label"].isin(genres)].reset_index(drop=True)
    size, name = description["input"]["size"], description["name"]
    logits = read_all(session(network), run, table["image_path"].tolist(), size, f"{part} by {name}")
    truth = table["label"].map(genres.index).to_numpy()
    probabilities = softmax(logits / description["calibration"]["temperature"], axis=1)
    said, right = probabilities.max(1), probabilities.argmax(1) == truth
    family_of = family_places([genre["family"] for genre in description["genres"]])
    families = as_families(probabilities, family_of)
    family_right = families.argmax(1) == family_of[truth]
    return {
        **figures(truth, logits, genres, table["source"].tolist()),
        "family_accuracy": float(family_right.mean()),
        "calibration_error": asdict(calibration_error(said, right)),
        "family_calibration_error": asdict(calibration_error(families.max(1), family_right)),
        "cautions": {
            caution: said_and_right(probabilities, truth, level["genre"])
            for caution, level in description["thresholds"].items()
        },
        "answers": (said, right),
    }


def elsewhere(
    run: Run, description: dict[str, Any], network: bytes, at_home: dict[str, Any]
) -> dict[str, Any]:
    """The figures on a source that was held out, and how they compare with the same genres at home.

    Of the genres of which the held-out source has at least `ENOUGH` covers, `kept_accuracy` compares the
    accuracy on their covers. The genres' shares differ from source to source, so `kept` compares the mean of
    their recalls.
    """
    held_out = measured(run, "held_out", description, network)
    pairs = [
        (there, here)
        for there, here in zip(held_out["genres"], at_home["genres"], strict=True)
        if there["covers"] >= ENOUGH
    ]
    for name, figure in (("", _mean_recall), ("_accuracy", _accuracy)):
        there, here = figure([there for there, _ in pairs]), figure([here for _, here in pairs])
        held_out |= {f"there{name}": there, f"at_home{name}": here, f"kept{name}": there / here}
    return {"held_out": held_out}


def _mean_recall(genres: list[dict[str, Any]]) -> float:
    return float(np.mean([genre["recall"] for genre in genres])) if genres else float("nan")


def _accuracy(genres: list[dict[str, Any]]) -> float:
    covers = [genre["covers"] for genre in genres]
    return (
        float(np.average([genre["recall"] for genre in genres], weights=covers)) if genres else float("nan")
    )


def page(run: Run, description: dict[str, Any], results: dict[str, Any]) -> str:
    """The report as HTML, its pictures inside it."""
    notes = {
        name: json.loads((run.folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("prepare", "cluster", "cross", "fit", "export")
        if (run.folder / f"{name}.json").exists()
    }
    at_home = {name: result for name, result in results.items() if name != "held_out"}
    sources = {
        row["source"]: {name: _of_source(result, row["source"]) for name, result in at_home.items()}
        for row in results["network"]["sources"]
    }
    counts = {row["source"]: row["covers"] for row in results["network"]["sources"]}
    recalls = [
        {
            "genre": row["genre"],
            "covers": row["covers"],
            "precision": row["precision"],
            "f1": row["f1"],
            **{name: result["genres"][place]["recall"] for name, result in at_home.items()},
        }
        for place, row in enumerate(results["network"]["genres"])
    ]
    return TEMPLATES.get_template("report.html").render(
        titles=TITLES,
        bundle=description,
        results=results,
        notes=notes,
        sources=sources,
        counts=counts,
        recalls=recalls,
        chance=1 / len(description["genres"]),
        pictures={path.stem: _inlined(path) for path in sorted(run.folder.glob("*.png"))},
    )


def _of_source(result: dict[str, Any], source: str) -> float:
    return next((row["accuracy"] for row in result["sources"] if row["source"] == source), float(np.nan))


def _inlined(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
