"""Decoded covers, kept in the run folder: decoding is done once for all fits."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .preprocess import opened, scaled
from .run import Run, write_beside

SIDE = 224
"""The side, in pixels, at which decoded covers are kept."""


def decoded(run: Run, paths: list[str]) -> np.ndarray:
    """Covers as they are prepared at 224 pixels, `n x 224 x 224 x 3` uint8."""
    key = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:16]
    cache = run.folder / f"pixels-{key}.npy"
    if not cache.exists():
        covers = run.covers

        def write(beside: Path) -> None:
            kept = np.lib.format.open_memmap(
                beside, mode="w+", dtype=np.uint8, shape=(len(paths), SIDE, SIDE, 3)
            )
            for place, path in enumerate(tqdm(paths, desc="decoding", unit="cover")):
                kept[place] = scaled(opened(covers / path), SIDE)
            kept.flush()

        write_beside(cache, write)
    return np.load(cache, mmap_mode="r")


def rescaled(pixels: np.ndarray, size: int) -> np.ndarray:
    """A decoded cover at another size, `size x size x 3` uint8."""
    return pixels if len(pixels) == size else scaled(Image.fromarray(pixels), size)
