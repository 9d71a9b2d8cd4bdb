"""Randomness in planes: clouds, grain and colours."""

from statistics import NormalDist

import cv2
import numpy as np

_QUANTILES = np.array([NormalDist().inv_cdf((n + 0.5) / 256) for n in range(256)], np.float32)


def clouds(random: np.random.Generator, size: tuple[int, int], cells: tuple[int, int]) -> np.ndarray:
    """Smooth noise: normal values on a coarse grid, scaled up.

    Args:
        random: Where chance comes from.
        size: Width and height of the plane.
        cells: Cells across and down; fewer than pixels.

    Returns:
        `height x width`, float32, about 0, mostly within ±2.
    """
    grid = random.standard_normal((cells[1] + 1, cells[0] + 1), np.float32)
    return cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)


def grain(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Normal values, independent of one another, float32.

    One random byte each, through the 256 quantiles of the normal distribution: a frame's worth takes a
    millisecond or two instead of ten.
    """
    levels = np.frombuffer(random.bytes(int(np.prod(shape))), np.uint8).reshape(shape)
    return _QUANTILES[levels] if levels.ndim == 1 else cv2.LUT(levels, _QUANTILES)


def colour(random: np.random.Generator, strong: float = 0.5) -> tuple[int, int, int]:
    """A random colour.

    Args:
        random: Where chance comes from.
        strong: How saturated it is, at most: 0 grey, 1 anything.
    """
    hue, saturation = random.uniform(0, 180), 255 * strong * random.random()
    value = 255 * random.uniform(0.12, 1.0)
    pixel = np.array([[[hue, saturation, value]]], np.uint8)
    return tuple(int(level) for level in cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0])


def paint(random: np.random.Generator) -> tuple[int, int, int]:
    """The colour of a wall or a floor: mostly pale, grey or earthen, at times strong."""
    if random.random() < 0.2:
        return colour(random, 0.6)
    warm, tint = random.normal(0.0, 0.05), random.normal(0.0, 0.02)
    levels = 255 * random.beta(3, 1.6) * np.array([1 + warm, 1 + tint, 1 - warm])
    return tuple(int(level) for level in np.clip(levels, 0, 255))


def shaded(tone: tuple[int, int, int], gain: float) -> tuple[int, int, int]:
    """A colour made darker or brighter."""
    return tuple(int(min(255, max(0, level * gain))) for level in tone)


def lit(picture: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """A picture, `h x w x 3` uint8, times a plane `h x w` of gains in 0..2, taken to the 128th."""
    levels = cv2.convertScaleAbs(cv2.max(gain, 0.0).astype(np.float32, copy=False), alpha=128)
    return cv2.multiply(picture, cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB), scale=1 / 128)
