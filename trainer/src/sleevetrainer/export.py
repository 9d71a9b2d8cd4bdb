"""Stage `export`: the best network becomes a bundle, calibrated and measured as it is shipped."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.decomposition import PCA
from tqdm import tqdm

from . import __version__, bundle, names
from .cluster import fitted_features
from .errors import TrainerError
from .fit import decoded, fitted
from .metrics import figures
from .network import predicted
from .onnx_file import Deployed, exported, session
from .preprocess import MEAN, STD, normalised, opened, scaled
from .quantise import with_int8_weights
from .run import Run, sha256

SIZES = (160, 192, 224)
"""The inputs that are compared: a network fitted on random crops reads best at a larger size than theirs
(Touvron et al., "Fixing the train-test resolution discrepancy", 2019)."""

WORTH = 0.005
"""The gain in validation accuracy for which a larger, slower input is taken."""

EMBEDDING = 256

ROUNDED_BY = 96
"""Training covers that tell how the inputs of each layer go together when its weights are rounded."""

RIGHT = 0.6
"""How often a genre that is said should be right, on the validation part."""

TOLERANCE = 1e-3
"""The largest difference in a logit between PyTorch and ONNX Runtime, both in fp32."""


def export(run: Run, out: Path, size: int | None = None) -> dict[str, Any]:
    """Exports the best network that `fit` has kept to a bundle's folder.

    Args:
        run: The run.
        out: The bundle's folder, as `models/lite0`.
        size: The side of the input in pixels; `None` chooses it on the validation part.

    Returns:
        The bundle's description, and beside it what quantising cost, under `quantising`.

    Raises:
        TrainerError: A stage is missing, or the exported network says something else than the fitted.
    """
    genres, network = run.genres, fitted(run)
    tables = {part: run.table(part) for part in ("learn", "valid", "test")}
    truth = {part: table["label"].map(genres.index).to_numpy() for part, table in tables.items()}
    pixels = decoded(run, tables["valid"]["image_path"].tolist())

    sizes = {}
    for candidate in [size] if size else SIZES:
        covers = torch.from_numpy(normalised(np.stack([rescaled(one, candidate) for one in pixels])))
        logits = predicted(network, covers).numpy()
        sizes[candidate] = (float(np.mean(logits.argmax(1) == truth["valid"])), logits)
    size = chosen({candidate: accuracy for candidate, (accuracy, _) in sizes.items()})

    features = fitted_features(run, tables["learn"]["image_path"].tolist())
    length = min(EMBEDDING, *features.shape)
    projection = PCA(length, random_state=run.seed).fit(features)
    deployed = Deployed(copy.deepcopy(network).to("cpu"), size, projection.mean_, projection.components_)
    fp32 = exported(deployed, size)
    int8 = with_int8_weights(fp32, some(run, tables["learn"]["image_path"].tolist(), size))
    content = int8.SerializeToString()

    covers = {part: tables[part]["image_path"].tolist() for part in ("valid", "test")}
    logits = {part: read_all(session(content), run, covers[part], size, part) for part in ("valid", "test")}
    float_logits = read_all(session(fp32.SerializeToString()), run, covers["valid"], size, "valid in fp32")
    drift = float(np.abs(float_logits - sizes[size][1]).max())
    if drift > TOLERANCE:
        raise TrainerError(
            f"the exported network says something else than the fitted one (logits differ by {drift:.2g})"
        )

    temperature = fitted_temperature(logits["valid"], truth["valid"])
    threshold = fitted_threshold(softmax(logits["valid"] / temperature, axis=1), truth["valid"])
    measured = figures(truth["test"], logits["test"], genres, tables["test"]["source"].tolist())
    description = described(run, out.name, size, length, temperature, threshold, measured)
    bundle.write(out, content, description)

    quantising = {
        "megabytes": round(len(content) / 1e6, 2),
        "fp32_megabytes": round(fp32.ByteSize() / 1e6, 2),
        "valid_accuracy": float(np.mean(logits["valid"].argmax(1) == truth["valid"])),
        "fp32_valid_accuracy": float(np.mean(float_logits.argmax(1) == truth["valid"])),
        "agreement": float(np.mean(logits["valid"].argmax(1) == float_logits.argmax(1))),
        "largest_difference": float(np.abs(logits["valid"] - float_logits).max()),
    }
    accuracies = {str(candidate): accuracy for candidate, (accuracy, _) in sizes.items()}
    result = {"bundle": description, "sizes": accuracies, "quantising": quantising, "test": measured}
    run.note("export", result)
    return result


def rescaled(pixels: np.ndarray, size: int) -> np.ndarray:
    """A decoded cover at another size, `size x size x 3` uint8."""
    return pixels if len(pixels) == size else scaled(Image.fromarray(pixels), size)


def some(run: Run, paths: Sequence[str], size: int) -> Iterator[np.ndarray]:
    """Some training covers, prepared, each `1 x 3 x size x size`, by which weights are rounded."""
    random = np.random.default_rng(run.seed)
    places = random.permutation(len(paths))[:ROUNDED_BY]
    for place in tqdm(places, desc="rounding the weights", unit="cover"):
        yield normalised(scaled(opened(run.covers / paths[place]), size))[None]


def chosen(accuracies: dict[int, float]) -> int:
    """The smallest size that no larger one beats by more than it is worth."""
    best = max(accuracies.values())
    return min(size for size, accuracy in accuracies.items() if accuracy >= best - WORTH)


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


def fitted_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature with the least negative log likelihood.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """

    def loss(log_temperature: float) -> float:
        return -float(
            log_softmax(logits / np.exp(log_temperature), axis=1)[np.arange(len(truth)), truth].mean()
        )

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.2), np.log(5)), method="bounded").x))


def fitted_threshold(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The lowest probability from which genres that are said are right at least `RIGHT` of the time.

    Where they never are, the median: half of the covers then get a genre.
    """
    order = np.argsort(-probabilities.max(1))
    right = np.cumsum(probabilities.argmax(1)[order] == truth[order]) / np.arange(1, len(truth) + 1)
    enough = np.flatnonzero(right >= RIGHT)
    # The first few are right or wrong by luck.
    last = enough[-1] if len(enough) and enough[-1] >= len(truth) // 20 else len(truth) // 2
    return float(probabilities.max(1)[order[last]])


def described(
    run: Run,
    name: str,
    size: int,
    length: int,
    temperature: float,
    threshold: float,
    measured: dict[str, Any],
) -> dict[str, Any]:
    """What `bundle.toml` says; all of it was measured or is what made it."""
    train, about = run.table("train"), run.about
    fit = run.owed("fit.json", "fit")
    hashes = "".join(f"{path} {sha256(run.covers / path)}\n" for path in sorted(train["image_path"]))
    recipe = _recipe(fit)
    return {
        "format": 1,
        "name": name,
        "input": {"size": size, "mean": [MEAN] * 3, "std": [STD] * 3, "filter": "triangle"},
        "network": {"file": "network.onnx", "embedding": length},
        "calibration": {"temperature": round(temperature, 4)},
        "thresholds": {"genre": round(threshold, 4)},
        "genres": [
            {
                "id": genre,
                "family": genre,
                "en": names.english(genre),
                "ru": names.russian(genre),
                "color": names.color(genre),
            }
            for genre in run.genres
        ],
        "training": {
            "trainer": __version__,
            "seed": about["seed"],
            "recipe": recipe,
            "covers": len(train),
            "covers_sha256": hashlib.sha256(hashes.encode()).hexdigest(),
            "counts": {genre: counts["train"] for genre, counts in about["counts"].items()},
        },
        "figures": {
            key: round(measured[key], 4) if isinstance(measured[key], float) else measured[key]
            for key in ("covers", "accuracy", "balanced_accuracy", "macro_f1", "top3")
        },
    }


def _recipe(fit: Path) -> str:
    recipe = json.loads(fit.read_text(encoding="utf-8"))["recipe"]
    return (
        f"EfficientNet-Lite0 from ImageNet's weights, {recipe['frozen_epochs']} epochs frozen and "
        f"{recipe['epochs']} whole at {recipe['size']} px, mixup {recipe['mixup']}, label smoothing "
        f"{recipe['smoothing']}, averaged weights {recipe['averaging']}, covers rescaled, blurred, "
        "recompressed, recoloured and cropped"
    )
