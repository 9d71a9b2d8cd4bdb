"""Stage `export`: the best network becomes a bundle, calibrated and measured as it is shipped."""

import copy
import datetime
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from scipy.special import softmax
from sklearn.decomposition import PCA
from torch import nn
from tqdm import tqdm

from . import __version__, bundle, names
from .activations import METHODS, ranges, with_int8_activations
from .calibration import (
    Mixing,
    family_places,
    fitted_levels,
    fitted_shift,
    fitted_temperature,
    mixed_apart,
    said_and_right,
)
from .cluster import fitted_features
from .covers import genre_places
from .cross import Crossed, crossed
from .errors import TrainerError
from .evidence import evidence
from .fit import fitted, fitted_by
from .metrics import figures
from .network import predicted
from .onnx_file import Deployed, exported, session
from .preprocess import MEAN, STD, normalised, opened, scaled
from .quantise import with_int8_weights
from .recipe import Recipe
from .run import Run, sha256
from .strangers import rejector_of
from .teacher import folds
from .upright import orientation_of

STRIDE = 32
"""The coarsest maps' stride: finer ones are averaged to them, which needs whole numbers."""

EMBEDDING = 256

QUANTISED_BY = 96
"""Training covers that tell how the inputs of each layer go together, and how far they reach."""

COMPARED = 400
"""Training covers on which quantised networks are held against the fitted one."""

TOLERANCE = 1e-3
"""The largest difference in a logit between PyTorch and ONNX Runtime, both in fp32."""


def export(run: Run, out: Path, size: int | None = None, elsewhere: Run | None = None) -> dict[str, Any]:
    """Exports the best network that `fit` has kept to a bundle's folder.

    Args:
        run: The run.
        out: The bundle's folder, as `models/lite0`.
        size: The side of the input in pixels; `None`: the recipe's reading size.
        elsewhere: A run with a source held out, by whose covers the temperature is fitted as well: away from
            home networks are surer than they are right.

    Returns:
        The bundle's description, what quantising cost, and the figures on the test split: of the network in
        fp32, with int8 weights, and all in int8 (what the device uses).

    Raises:
        TrainerError: A stage is missing, or the exported network says something else than the fitted.
    """
    network = fitted(run)
    size = size or fitted_by(run).reading_size
    if size % STRIDE:
        raise TrainerError(f"the input's side is {size}; it must be a multiple of {STRIDE}, as 192 or 224")
    mixing, unseen, shift = mixing_of(run)
    mix_in(network, mixing)
    known_truth = truth_of(run, "train")
    parts = [(unseen.flat, known_truth), (unseen.seen, known_truth)]
    parts += [away(run, elsewhere, size)] if elsewhere else []
    temperature = fitted_temperature(*parts)
    family_of = family_places([names.family(genre) for genre in run.genres])
    levels = fitted_levels(softmax(unseen.flat / temperature, axis=1), known_truth, family_of)

    fp32, length = as_onnx(run, network, size)
    paths = (
        np.random.default_rng(run.seed).permutation(run.table("train")["image_path"].to_numpy(str)).tolist()
    )
    known = [normalised(scaled(opened(run.covers / path), size))[None] for path in paths[:QUANTISED_BY]]
    others = paths[QUANTISED_BY:][:COMPARED] or paths
    weights = with_int8_weights(fp32, tqdm(known, desc="rounding the weights", unit="cover"))
    models = {"fp32": fp32.SerializeToString(), "int8 weights": weights.SerializeToString()}
    for method in METHODS:
        models[method] = with_int8_activations(weights, ranges(fp32, known, method)).SerializeToString()
    logits = {name: read_all(session(model), run, others, size, name) for name, model in models.items()}
    hold_against_pytorch(run, network, size, others[:64], logits["fp32"])
    method = min(METHODS, key=lambda method: np.square(logits[method] - logits["fp32"]).mean())
    truth, sources = truth_of(run, "test"), run.table("test")["source"].tolist()
    answers = {
        name: read_part(run, "test", size, models[name], name) for name in ("fp32", "int8 weights", method)
    }
    tests = {name: figures(truth, said, run.genres, sources) for name, said in answers.items()}
    shipped = softmax(answers[method] / temperature, axis=1)
    for level in levels.values():
        level |= said_and_right(shipped, truth, level["genre"])
    description = described(run, out.name, size, length, temperature, levels, tests[method])
    findings = {"evidence": evidence(run, models[method], size)}
    if rejector := rejector_of(run):
        description["sleeve"] = {"least": round(rejector.least, 4)}
        refused = json.loads((run.folder / "strangers.json").read_text(encoding="utf-8"))
        findings["strangers"] = refused["score"]["trained"]
    if orientation := orientation_of(run):
        description["turned"] = {"least": round(orientation.least, 4)}
        findings["orientation"] = json.loads((run.folder / "upright.json").read_text(encoding="utf-8"))
    bundle.write(out, {"network.onnx": models[method]}, description, findings)
    result = {
        "bundle": description,
        "shift": {genre: round(float(value), 4) for genre, value in zip(run.genres, shift, strict=True)},
        "findings": findings,
        "quantising": {
            "megabytes": {name: round(len(model) / 1e6, 2) for name, model in models.items()},
            "compared": {name: held_against(said, logits["fp32"]) for name, said in logits.items()},
            "activations": method,
        },
        "test": tests,
    }
    run.note("export", result)
    return result


def mixing_of(run: Run) -> tuple[Mixing, Crossed, np.ndarray]:
    """What is made of a run's logits, from what `cross` has written.

    It is fitted to covers as they are and as a camera sees them alike: fitted to the former alone, it trusts
    differences that no camera sees.

    Returns:
        The mixing, rare genres made up for; the logits of the training covers by mixings that were not
        fitted to them; and what was added for rarity, `genres`.
    """
    said, truth = crossed(run), truth_of(run, "train")
    count = len(truth)
    logits, both = np.concatenate([said.flat, said.seen]), np.tile(truth, 2)
    parts = [
        (np.concatenate([known, known + count]), np.concatenate([asked, asked + count]))
        for known, asked in folds(truth, run.table("train")["group"].to_numpy(), run.seed)
    ]
    mixed = mixed_apart(logits, both, parts)
    shift = fitted_shift(mixed[:count], truth)
    mixing = Mixing.fitted(logits, both)
    unseen = Crossed(mixed[:count] + shift, mixed[count:] + shift)
    return replace(mixing, biases=mixing.biases + shift), unseen, shift


def mix_in(network: nn.Module, mixing: Mixing) -> None:
    """Puts a mixing of the logits into the network's head."""
    weights = torch.tensor(mixing.weights, dtype=torch.float32)
    with torch.no_grad():
        network.head.weight.copy_(weights @ network.head.weight)
        network.head.bias.copy_(
            weights @ network.head.bias + torch.tensor(mixing.biases, dtype=torch.float32)
        )


def away(run: Run, other: Run, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits and genres' places of a source that another run of the same genres has held out.

    Raises:
        TrainerError: The other run holds out no source, or its genres are others.
    """
    if other.genres != run.genres or not (other.folder / "held_out.csv").exists():
        raise TrainerError(
            f"{other.folder} must hold out a source and have the genres of {run.folder}; make it by: "
            f"sleevetrainer prepare --hold-out SOURCE --out {other.folder}, teach, cross, fit"
        )
    network = fitted(other)
    mix_in(network, mixing_of(other)[0])
    covers = [scaled(opened(other.covers / path), size) for path in other.table("held_out")["image_path"]]
    return predicted(network, torch.from_numpy(normalised(np.stack(covers)))).numpy(), truth_of(
        other, "held_out"
    )


def as_onnx(run: Run, network: nn.Module, size: int) -> tuple[onnx.ModelProto, int]:
    """The network in fp32, its embedding fitted to the training covers, and the embedding's length."""
    features = fitted_features(run, run.table("train")["image_path"].tolist())
    length = min(EMBEDDING, *features.shape)
    projection = PCA(length, random_state=run.seed).fit(features)
    deployed = Deployed(
        copy.deepcopy(network),
        size,
        projection.mean_,
        projection.components_,
        rejector_of(run),
        orientation_of(run),
    )
    return exported(deployed, size), length


def hold_against_pytorch(
    run: Run, network: nn.Module, size: int, paths: Sequence[str], logits: np.ndarray
) -> None:
    """Holds the exported network's logits of some covers against the fitted network's.

    Raises:
        TrainerError: They differ.
    """
    covers = normalised(np.stack([scaled(opened(run.covers / path), size) for path in paths]))
    drift = float(np.abs(logits[: len(paths)] - predicted(network, torch.from_numpy(covers)).numpy()).max())
    if drift > TOLERANCE:
        raise TrainerError(
            f"the exported network says something else than the fitted one (logits differ by {drift:.2g})"
        )


def held_against(logits: np.ndarray, fp32: np.ndarray) -> dict[str, float]:
    """How often a quantised network says what fp32 says, and how far it is off."""
    return {
        "agreement": float(np.mean(logits.argmax(1) == fp32.argmax(1))),
        "root_mean_square": float(np.sqrt(np.square(logits - fp32).mean())),
    }


def truth_of(run: Run, part: str) -> np.ndarray:
    """The genres' places of a part's covers, `n`."""
    return genre_places(run.table(part)["label"], run.genres)


def read_part(run: Run, part: str, size: int, model: bytes, name: str) -> np.ndarray:
    """The logits, `n x genres`, of a part's covers."""
    return read_all(session(model), run, run.table(part)["image_path"].tolist(), size, f"{part}, {name}")


def read_all(
    read: Callable[[np.ndarray], list[np.ndarray]], run: Run, paths: Sequence[str], size: int, part: str
) -> np.ndarray:
    """The logits, `n x genres`, of covers from their files, prepared as the device prepares them."""
    folder = run.covers
    return np.concatenate(
        [
            read(normalised(scaled(opened(folder / path), size))[None])[0]
            for path in tqdm(paths, desc=f"reading {part}", unit="cover")
        ]
    )


def described(
    run: Run,
    name: str,
    size: int,
    length: int,
    temperature: float,
    levels: dict[str, dict[str, float]],
    measured: dict[str, Any],
) -> dict[str, Any]:
    """What `bundle.toml` says; all of it was measured or is what made it."""
    train, about = run.table("train"), run.about
    untaught = names.untaught(run.genres)
    # The picture's probabilities are lower by what the others have without it.
    share = 1 - names.PRIOR * len(untaught)
    hashes = "".join(f"{path} {sha256(run.covers / path)}\n" for path in sorted(train["image_path"]))
    return {
        "format": bundle.FORMAT,
        "name": name,
        "input": {"size": size, "mean": [MEAN] * 3, "std": [STD] * 3, "filter": "triangle"},
        "network": {"file": "network.onnx", "embedding": length},
        "calibration": {"temperature": round(temperature, 4)},
        "thresholds": {
            caution: {
                key: round(value * (share if key in ("genre", "family") else 1), 4)
                for key, value in level.items()
            }
            for caution, level in levels.items()
        },
        "families": names.families([*run.genres, *untaught], run.called),
        "genres": [
            {
                "id": genre,
                "family": names.family(genre),
                "en": names.english(genre, run.called),
                "ru": names.russian(genre, run.called),
                "color": names.color(genre),
                **({"prior": names.PRIOR} if genre in untaught else {}),
            }
            for genre in [*run.genres, *untaught]
        ],
        "training": {
            "made": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "trainer": __version__,
            "seed": about["seed"],
            "recipe": _in_words(fitted_by(run)),
            "covers": len(train),
            "covers_sha256": hashlib.sha256(hashes.encode()).hexdigest(),
            "counts": {genre: counts["train"] for genre, counts in about["counts"].items()},
        },
        "figures": {
            key: round(measured[key], 4) if isinstance(measured[key], float) else measured[key]
            for key in ("covers", "accuracy", "balanced_accuracy", "macro_f1", "top3")
        },
    }


def _in_words(recipe: Recipe) -> str:
    return (
        f"EfficientNet-Lite0 from ImageNet's weights, its first {recipe.kept_blocks} blocks kept, "
        "a linear head on the means and squares of its coarse maps, "
        f"epochs: {recipe.frozen_epochs} of it alone and {recipe.epochs} of the rest "
        f"at {recipe.size} px, targets {recipe.trust} of two teachers', "
        f"label smoothing {recipe.smoothing}, averaged weights {recipe.averaging}, "
        f"the mean of {recipe.seeds} networks, "
        "covers as a camera sees them, rescaled, blurred, recompressed, recoloured and cropped"
    )
