"""Photographs that lie inside installed libraries, as backgrounds. Nothing is ever fetched."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from ..preprocess import opened
from .noise import colour

SHIPPED = {
    "skimage": (
        "data/astronaut.png", "data/brick.png", "data/camera.png", "data/chelsea.png", "data/coffee.png",
        "data/coins.png", "data/grass.png", "data/gravel.png", "data/hubble_deep_field.jpg",
        "data/motorcycle_left.png", "data/motorcycle_right.png", "data/page.png", "data/rocket.jpg",
        "data/text.png",
    ),
    "sklearn": ("datasets/images/china.jpg", "datasets/images/flower.jpg"),
    "matplotlib": ("mpl-data/sample_data/grace_hopper.jpg",),
}  # fmt: skip
"""Files in the wheels of libraries. Others that scikit-image names would have to be downloaded."""


@cache
def shipped() -> tuple[Path, ...]:
    """The files of `SHIPPED` that are there; the libraries are looked for, not imported."""
    found = []
    for library, names in SHIPPED.items():
        spec = find_spec(library)
        folders = list(spec.submodule_search_locations or ()) if spec else []
        found += [Path(folder) / name for folder in folders for name in names]
    return tuple(path for path in found if path.is_file())


def photograph(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A part of one of the photographs, at times mirrored and tinted.

    Returns:
        `height x width x 3`, uint8; a plain colour where no library ships any.
    """
    paths = shipped()
    if not paths:
        return np.full((height, width, 3), colour(random), np.uint8)
    whole = _opened(paths[random.integers(len(paths))])
    rows, columns = whole.shape[:2]
    zoom = random.uniform(0.5, 1.0) * min(columns / width, rows / height)
    size = max(2, int(width * zoom)), max(2, int(height * zoom))
    left, top = random.integers(columns - size[0] + 1), random.integers(rows - size[1] + 1)
    part = whole[top : top + size[1], left : left + size[0]]
    if random.random() < 0.5:
        part = part[:, ::-1]
    if random.random() < 0.5:
        tint = np.array(colour(random, 0.4), np.float32)
        part = np.clip(part * (tint / tint.mean()), 0, 255).astype(np.uint8)
    return cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=cv2.INTER_LINEAR)


@cache
def _opened(path: Path) -> np.ndarray:
    return np.asarray(opened(path))
