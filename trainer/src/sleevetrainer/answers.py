"""What networks say of covers one by one, kept in the run for who draws and compares it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from .export import mix_in, mixing_of
from .features import imagenet_features
from .fit import fitted
from .onnx_file import Deployed, exported, session
from .preprocess import normalised, opened, scaled
from .run import Run

MAPPED = 1000
"""Training covers that are put on maps beside the whole test split."""


@dataclass(frozen=True)
class Answers:
    """What a bundle's network says of some covers, `n`."""

    logits: np.ndarray
    """`n x genres`."""
    embedding: np.ndarray
    """`n x length`, of unit length each."""


def answers_of(
    read: Callable[[np.ndarray], list[np.ndarray]], run: Run, paths: Sequence[str], size: int, told: str
) -> Answers:
    """Reads covers from their files, prepared as the device prepares them.

    Args:
        read: A network, as `onnx_file.session` opens it.
        run: The run, whose covers' folder the paths begin in.
        paths: The covers.
        size: The input's side in pixels.
        told: What the progress bar calls them.
    """
    rows = [
        read(normalised(scaled(opened(run.covers / path), size))[None])[:2]
        for path in tqdm(paths, desc=f"reading {told}", unit="cover")
    ]
    logits, embedding = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Answers(logits, embedding)


def kin_of(run: Run, description: dict[str, Any], paths: Sequence[str]) -> dict[str, np.ndarray]:
    """The logits, `n x genres`, that the shipped network's kin give.

    Args:
        run: The run.
        description: What `bundle.toml` says.
        paths: The covers.

    Returns:
        `fp32`, of the fitted network before it was quantised, where this run has made the bundle.
    """
    size, kin = description["input"]["size"], {}
    path = run.folder / "export.json"
    note = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    if note and note["bundle"]["network"]["sha256"] == description["network"]["sha256"]:
        network = fitted(run)
        mix_in(network, mixing_of(run)[0])
        # The embedding is not asked for here: any projection will do.
        length = network.head.in_features
        model = exported(Deployed(network, size, np.zeros(length), np.eye(1, length)), size)
        kin["fp32"] = answers_of(session(model.SerializeToString()), run, paths, size, "test, fp32").logits
    return kin


def mapped_of(run: Run, network: bytes, size: int, test: Sequence[str]) -> dict[str, np.ndarray]:
    """What maps of the covers are drawn from: the features that ImageNet left, and the embedding.

    Args:
        run: The run.
        network: The bundle's network.
        size: The input's side in pixels.
        test: The test split's covers, of which the embedding is known already.

    Returns:
        `train_paths` and `train_embedding` of `MAPPED` training covers, drawn by the run's seed, and
        `train_imagenet` and `test_imagenet`.
    """
    known = run.table("train")["image_path"].to_numpy(str)
    drawn = np.random.default_rng(run.seed).permutation(known)[:MAPPED]
    return {
        "train_paths": drawn,
        "train_embedding": answers_of(session(network), run, drawn, size, "train").embedding,
        "train_imagenet": imagenet_features(run.folder, run.covers, drawn.tolist()).astype(np.float16),
        "test_imagenet": imagenet_features(run.folder, run.covers, list(test)).astype(np.float16),
    }
