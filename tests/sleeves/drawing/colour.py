"""Colours: `#rrggbb` in words of the sleeves, float arrays in 0..255 in the arithmetic."""

import numpy as np
from PIL import ImageColor


def rgb(name: str) -> np.ndarray:
    """The colour `name` as three floats in 0..255."""
    return np.array(ImageColor.getrgb(name)[:3], np.float32)


def ramp(at: np.ndarray, *stops: tuple[float, str]) -> np.ndarray:
    """A gradient: colours for the positions `at`, linear between `stops` (position, colour)."""
    places = [place for place, _ in stops]
    table = np.array([rgb(name) for _, name in stops])
    return np.stack([np.interp(at, places, table[:, c]) for c in range(3)], -1).astype(np.float32)


def mix(under: np.ndarray, over: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """`under` where `share` is 0, `over` where it is 1: pictures or single colours.

    `share` has no colour axis."""
    share = np.clip(np.asarray(share, np.float32), 0.0, 1.0)[..., None]
    return under * (1 - share) + over * share


def smoothstep(low: float, high: float, at: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between; `low` may exceed `high`."""
    t = np.clip((at - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)
