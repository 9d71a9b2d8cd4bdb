"""Frozen ImageNet features of covers, made once and kept in the run folder."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from .network import FEATURES, CoverNet
from .preprocess import normalised, opened, scaled
from .run import write_beside

SIZE = 224
"""The side, in pixels, at which ImageNet's weights were trained."""


def imagenet_features(folder: Path, paths: Sequence[str], cache: Path) -> np.ndarray:
    """Features of covers from the network as ImageNet left it.

    What is in the cache is not made again; the cache is keyed by path and size of file.

    Args:
        folder: The covers' folder.
        paths: The covers, below it.
        cache: The `.npz` file to keep features in.

    Returns:
        `n x 1280`, float32.
    """
    keys = [hashlib.sha256(f"{path}:{(folder / path).stat().st_size}".encode()).hexdigest() for path in paths]
    known = _cached(cache)
    missing = [place for place, key in enumerate(keys) if key not in known]
    if missing:
        network = CoverNet(genres=1).eval().to(memory_format=torch.channels_last)
        for start in tqdm(range(0, len(missing), 32), desc="features", unit="batch"):
            part = missing[start : start + 32]
            pixels = np.stack([scaled(opened(folder / paths[place]), SIZE) for place in part])
            covers = torch.from_numpy(normalised(pixels)).to(memory_format=torch.channels_last)
            with torch.inference_mode():
                features = network.features(covers).numpy()
            known.update(zip((keys[place] for place in part), features, strict=True))
        _keep(cache, known)
    return np.stack([known[key] for key in keys]) if keys else np.zeros((0, FEATURES), np.float32)


def _cached(cache: Path) -> dict[str, np.ndarray]:
    if not cache.exists():
        return {}
    with np.load(cache) as kept:
        return dict(zip(kept["keys"].tolist(), kept["features"], strict=True))


def _keep(cache: Path, known: dict[str, np.ndarray]) -> None:
    def write(beside: Path) -> None:
        with beside.open("wb") as file:
            np.savez(file, keys=np.array(list(known)), features=np.stack(list(known.values())))

    write_beside(cache, write)
