"""Stage `evaluate`: all figures, beside one another, on one page that opens offline."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from .bundle import TEMPLATES, read
from .export import read_all
from .metrics import drawn_confusion, figures
from .onnx_file import session
from .run import Run, write_text

TITLES = {
    "knn": "Baseline: k-nearest neighbours",
    "linear": "Linear head, frozen features",
    "network": "Fine-tuned, as shipped",
}


def evaluate(run: Run, bundle: Path) -> dict[str, Any]:
    """Measures a bundle's network on the test split and writes `evaluate.json` and `report.html`.

    The network is read by ONNX Runtime, from the bundle's own file.

    Args:
        run: A run whose `baseline` is done.
        bundle: The bundle's folder.

    Returns:
        The figures of `knn`, `linear` and `network`.

    Raises:
        TrainerError: A stage or the bundle is missing.
    """
    baseline = json.loads(run.owed("baseline.json", "baseline").read_text(encoding="utf-8"))
    description, network = read(bundle)
    genres = [genre["id"] for genre in description["genres"]]
    test = run.table("test")
    test = test[test["label"].isin(genres)].reset_index(drop=True)
    truth = test["label"].map(genres.index).to_numpy()
    logits = read_all(
        session(network),
        run,
        test["image_path"].tolist(),
        description["input"]["size"],
        f"test by {description['name']}",
    )
    results = {
        "knn": baseline["knn"],
        "linear": baseline["linear"],
        "network": figures(truth, logits, genres, test["source"].tolist()),
    }
    confusion = run.folder / "confusion-network.png"
    drawn_confusion(results["network"]["confusion"], genres, TITLES["network"], confusion)
    run.note("evaluate", results)
    write_text(run.folder / "report.html", page(run, description, results))
    return results


def page(run: Run, description: dict[str, Any], results: dict[str, Any]) -> str:
    """The report as HTML, its pictures inside it."""
    notes = {
        name: json.loads((run.folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("prepare", "cluster", "fit", "export")
        if (run.folder / f"{name}.json").exists()
    }
    sources = {
        row["source"]: {name: _of_source(result, row["source"]) for name, result in results.items()}
        for row in results["network"]["sources"]
    }
    counts = {row["source"]: row["covers"] for row in results["network"]["sources"]}
    recalls = [
        {
            "genre": row["genre"],
            "covers": row["covers"],
            "precision": row["precision"],
            "f1": row["f1"],
            **{name: result["genres"][place]["recall"] for name, result in results.items()},
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
