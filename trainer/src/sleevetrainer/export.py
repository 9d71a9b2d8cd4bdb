"""Stage `export`: the best network becomes a bundle, calibrated and measured as it is shipped."""

import copy
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from PIL import Image
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.decomposition import PCA
from torch import nn
from tqdm import tqdm

from . import __version__, bundle, names
from .activations import METHODS, ranges, with_int8_activations
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

STRIDE = 32
"""The coarsest maps' stride: finer ones are averaged to them, which needs whole numbers."""

WORTH = 0.005
"""The gain in validation accuracy for which a larger, slower input is taken."""

EMBEDDING = 256

QUANTISED_BY = 96
"""Training covers that tell how the inputs of each layer go together, and how far they reach."""

RIGHT = 0.6
"""How often a genre that is said should be right, on the validation part."""

COMPARED = 64
"""Covers on which PyTorch and ONNX Runtime are held against each other."""

TOLERANCE = 1e-3
"""The largest difference in a logit between PyTorch and ONNX Runtime, both in fp32."""


def export(run: Run, out: Path, size: int | None = None) -> dict[str, Any]:
    """Exports the best network that `fit` has kept to a bundle's folder.

    Args:
        run: The run.
        out: The bundle's folder, as `models/lite0`.
        size: The side of the input in pixels; `None` chooses it on the validation part.

    Returns:
        The bundle's description, what quantising cost, and the figures on the test split: of the network in
        fp32, with int8 weights (what the device uses), and all in int8.

    Raises:
        TrainerError: A stage is missing, or the exported network says something else than the fitted.
    """
    network = fitted(run)
    if size and size % STRIDE:
        raise TrainerError(f"the input's side is {size}; it must be a multiple of {STRIDE}, as 192 or 224")
    sizes = {side: accuracy_at(run, network, side) for side in ([size] if size else SIZES)}
    size = chosen(sizes)
    fp32, length = as_onnx(run, network, size)
    known = some(run, size)
    weights = with_int8_weights(fp32, tqdm(known, desc="rounding the weights", unit="cover"))
    models = {"fp32": fp32.SerializeToString(), "int8 weights": weights.SerializeToString()}
    logits = {name: read_part(run, "valid", size, model, name) for name, model in models.items()}
    hold_against_pytorch(run, network, size, logits["fp32"])
    candidates = {method: with_int8_activations(weights, ranges(fp32, known, method)) for method in METHODS}
    for method, candidate in candidates.items():
        models[method] = candidate.SerializeToString()
        logits[method] = read_part(run, "valid", size, models[method], method)
    method = min(METHODS, key=lambda method: np.square(logits[method] - logits["fp32"]).mean())
    shipped, truth = logits["int8 weights"], truth_of(run, "valid")
    temperature = fitted_temperature(shipped, truth)
    threshold = fitted_threshold(softmax(shipped / temperature, axis=1), truth)

    tests = {
        name: figures(
            truth_of(run, "test"),
            read_part(run, "test", size, models[name], name),
            run.genres,
            run.table("test")["source"].tolist(),
        )
        for name in ("fp32", "int8 weights", method)
    }
    description = described(run, out.name, size, length, temperature, threshold, tests["int8 weights"])
    files = {"network.onnx": models["int8 weights"], "network-int8.onnx": models[method]}
    bundle.write(out, files, description)
    result = {
        "bundle": description,
        "sizes": {str(side): accuracy for side, accuracy in sizes.items()},
        "quantising": {
            "megabytes": {name: round(len(model) / 1e6, 2) for name, model in models.items()},
            "valid": {name: held_against(said, logits["fp32"], truth) for name, said in logits.items()},
            "activations": method,
        },
        "test": tests,
    }
    run.note("export", result)
    return result


def accuracy_at(run: Run, network: nn.Module, size: int) -> float:
    """The network's accuracy on the validation part at an input of `size` pixels, before it is exported."""
    pixels = decoded(run, run.table("valid")["image_path"].tolist())
    covers = torch.from_numpy(normalised(np.stack([rescaled(one, size) for one in pixels])))
    return float(np.mean(predicted(network, covers).argmax(1).numpy() == truth_of(run, "valid")))


def as_onnx(run: Run, network: nn.Module, size: int) -> tuple[onnx.ModelProto, int]:
    """The network in fp32, its embedding fitted to the training covers, and the embedding's length."""
    features = fitted_features(run, run.table("learn")["image_path"].tolist())
    length = min(EMBEDDING, *features.shape)
    projection = PCA(length, random_state=run.seed).fit(features)
    deployed = Deployed(copy.deepcopy(network), size, projection.mean_, projection.components_)
    return exported(deployed, size), length


def hold_against_pytorch(run: Run, network: nn.Module, size: int, logits: np.ndarray) -> None:
    """Holds the exported network's logits on the validation part against the fitted network's.

    Raises:
        TrainerError: They differ.
    """
    paths = run.table("valid")["image_path"].tolist()[:COMPARED]
    covers = normalised(np.stack([scaled(opened(run.covers / path), size) for path in paths]))
    fitted_logits = predicted(network, torch.from_numpy(covers)).numpy()
    drift = float(np.abs(logits[:COMPARED] - fitted_logits).max())
    if drift > TOLERANCE:
        raise TrainerError(
            f"the exported network says something else than the fitted one (logits differ by {drift:.2g})"
        )


def held_against(logits: np.ndarray, fp32: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """How often a quantised network is right, how often it says what fp32 says, and how far it is off."""
    return {
        "accuracy": float(np.mean(logits.argmax(1) == truth)),
        "agreement": float(np.mean(logits.argmax(1) == fp32.argmax(1))),
        "root_mean_square": float(np.sqrt(np.square(logits - fp32).mean())),
    }


def truth_of(run: Run, part: str) -> np.ndarray:
    """The genres' places of a part's covers, `n`."""
    return run.table(part)["label"].map(run.genres.index).to_numpy()


def read_part(run: Run, part: str, size: int, model: bytes, name: str) -> np.ndarray:
    """The logits, `n x genres`, of a part's covers."""
    return read_all(session(model), run, run.table(part)["image_path"].tolist(), size, f"{part}, {name}")


def rescaled(pixels: np.ndarray, size: int) -> np.ndarray:
    """A decoded cover at another size, `size x size x 3` uint8."""
    return pixels if len(pixels) == size else scaled(Image.fromarray(pixels), size)


def some(run: Run, size: int) -> list[np.ndarray]:
    """Some training covers, prepared, each `1 x 3 x size x size`, by which a network is quantised."""
    paths = run.table("learn")["image_path"].tolist()
    places = np.random.default_rng(run.seed).permutation(len(paths))[:QUANTISED_BY]
    return [normalised(scaled(opened(run.covers / paths[place]), size))[None] for place in places]


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
        f"EfficientNet-Lite0 from ImageNet's weights, its first {recipe['kept_blocks']} blocks kept, "
        "a linear head on the means and squares of its coarse maps, "
        f"{recipe['frozen_epochs']} epochs of it alone and up to {recipe['epochs']} of the rest "
        f"at {recipe['size']} px, targets {recipe['trust']} of a teacher's, mixup {recipe['mixup']}, "
        f"label smoothing {recipe['smoothing']}, averaged weights {recipe['averaging']}, "
        "covers as a camera sees them, rescaled, blurred, recompressed, recoloured and cropped"
    )
