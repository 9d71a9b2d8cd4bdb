"""Seeded noise: the grain, clouds and ripples of everything drawn here."""

import numpy as np
from PIL import Image


def value_noise(height: int, width: int, cell: float, seed: int) -> np.ndarray:
    """Smooth noise in about [0, 1], `height` x `width` px, one random value each `cell` px."""
    random = np.random.default_rng(seed)
    rows, columns = int(np.ceil(height / cell)) + 3, int(np.ceil(width / cell)) + 3
    lattice = Image.fromarray(random.random((rows, columns), dtype=np.float32))
    box = (1.0, 1.0, 1.0 + width / cell, 1.0 + height / cell)
    return np.asarray(lattice.resize((width, height), Image.Resampling.BICUBIC, box=box))


def clouds(height: int, width: int, cell: float, octaves: int, seed: int) -> np.ndarray:
    """Fractal noise in [0, 1]: `octaves` layers, each of half the cell and half the strength."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        layer = value_noise(height, width, max(cell / 2**octave, 1.0), seed + 101 * octave)
        total += (layer - 0.5) / 2**octave
    return np.clip(0.5 + total * 0.75, 0.0, 1.0)


def grain(height: int, width: int, seed: int) -> np.ndarray:
    """Film grain: independent normal noise, mean 0, deviation 1."""
    return np.random.default_rng(seed).standard_normal((height, width), dtype=np.float32)


def ridge(length: int, rough: float, seed: int) -> np.ndarray:
    """A skyline of mountains: `length` heights in about [0, 1], jagged with `rough` near 1."""
    total, weight = np.zeros(length, np.float32), 1.0
    random = np.random.default_rng(seed)
    for knots in (4, 8, 16, 32, 64, 128, 256):
        at = np.linspace(0, knots, length, dtype=np.float32)
        total += weight * np.interp(at, np.arange(knots + 1), random.random(knots + 1))
        weight *= rough
    return (total - total.min()) / (total.max() - total.min())


def fibres(height: int, width: int, cell: float, stretch: tuple[float, float], seed: int):
    """Clouds drawn out by `stretch` (down, across): the grain of wood, streaks in a sky."""
    small = max(4, round(height / stretch[0])), max(4, round(width / stretch[1]))
    drawn = Image.fromarray(clouds(*small, cell, 3, seed))
    return np.asarray(drawn.resize((width, height), Image.Resampling.BICUBIC))
