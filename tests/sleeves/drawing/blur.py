"""Blur of float pictures."""

import numpy as np


def gaussian(plane: np.ndarray, sigma: float) -> np.ndarray:
    """`plane` (with or without a colour axis) blurred by `sigma` pixels, its border continued."""
    reach = max(1, int(np.ceil(3 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).astype(np.float32)
    kernel /= kernel.sum()
    for axis in (0, 1):
        lines = np.moveaxis(plane, axis, 0)
        padded = np.concatenate([lines[:1].repeat(reach, 0), lines, lines[-1:].repeat(reach, 0)])
        blurred = np.zeros_like(lines)
        for offset, share in enumerate(kernel):
            blurred += padded[offset : offset + len(lines)] * share
        plane = np.moveaxis(blurred, 0, axis)
    return plane
