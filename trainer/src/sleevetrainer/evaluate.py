"""Stage `evaluate`: all figures, beside one another."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .answers import answers_of, kin_of, mapped_of
from .bundle import picture_probabilities, read, taught
from .calibration import as_families, calibration_error, family_places, said_and_right
from .covers import genre_places
from .metrics import figures
from .onnx_file import session
from .run import Run, write_arrays

ENOUGH = 20
"""Covers of a genre from which a source tells something of it."""


def evaluate(run: Run, bundle: Path) -> dict[str, Any]:
    """Measures a bundle's network on the test split and writes `evaluate.json` and `evaluate.npz`.

    The network is read by ONNX Runtime, from the bundle's own file. The arrays are what `report` compares and
    draws: `test_paths`, `test_sources`, `test_truth`, `test_logits`, `test_probabilities`, `test_embedding`,
    the same of `held_out`, the logits of the network before it was quantised as `test_fp32`, and
    what `mapped_of` gives.

    Args:
        run: A run whose `baseline` is done.
        bundle: The bundle's folder.

    Returns:
        The figures of `knn`, `linear` and `network`, of `fp32` where it is there, and of `held_out` where a
        source was held out.

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
    arrays = {
        f"{part}_{name}": array
        for part, key in (("test", "network"), ("held_out", "held_out"))
        if key in results
        for name, array in results[key].pop("answers").items()
    }
    paths, truth = arrays["test_paths"].tolist(), arrays["test_truth"]
    genres, sources = [genre["id"] for genre in taught(description)], arrays["test_sources"].tolist()
    for name, logits in kin_of(run, description, paths).items():
        results[name] = figures(truth, logits, genres, sources)
        arrays[f"test_{name}"] = logits
    arrays |= mapped_of(run, network, description["input"]["size"], paths)
    write_arrays(run.folder / "evaluate.npz", **arrays)
    run.note("evaluate", {"bundle": description, **results})
    return results


def measured(run: Run, part: str, description: dict[str, Any], network: bytes) -> dict[str, Any]:
    """The figures of a bundle's network on a part of the split, and what it said there as `answers`."""
    genres = [genre["id"] for genre in taught(description)]
    table = run.table(part)
    table = table[table["label"].isin(genres)].reset_index(drop=True)
    size, name = description["input"]["size"], description["name"]
    answers = answers_of(session(network), run, table["image_path"].tolist(), size, f"{part} by {name}")
    logits, truth = answers.logits, genre_places(table["label"], genres)
    probabilities = picture_probabilities(description, logits)
    said, right = probabilities.max(1), probabilities.argmax(1) == truth
    family_of = family_places([genre["family"] for genre in taught(description)])
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
        "answers": {
            "paths": table["image_path"].to_numpy(str),
            "sources": table["source"].to_numpy(str),
            "truth": truth,
            "logits": logits,
            "probabilities": probabilities,
            "embedding": answers.embedding,
        },
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
