"""Sleeves that are nobody's: colours, gradients, frames, stripes and shapes, drawn by chance."""

import cv2
import numpy as np

from ..scenes.noise import clouds, colour, paint


def pattern(random: np.random.Generator, side: int) -> np.ndarray:
    """A square cover.

    Args:
        random: Where chance comes from.
        side: In pixels.

    Returns:
        `side x side x 3`, uint8.
    """
    tone = colour(random, 0.9) if random.random() < 0.6 else paint(random)
    cover = np.full((side, side, 3), tone, np.uint8)
    kind = random.integers(6)
    if kind == 0:  # quarters, or as many as there are
        parts = int(random.integers(1, 5))
        coarse = np.array([[colour(random, 0.9) for _ in range(parts)] for _ in range(parts)], np.uint8)
        cover = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_NEAREST)
    elif kind == 1:  # one colour into another
        ends = np.array([[colour(random, 0.9), colour(random, 0.9)]] * 2, np.uint8)
        cover = cv2.resize(ends, (side, side), interpolation=cv2.INTER_LINEAR)
        cover = np.rot90(cover, int(random.integers(4))).copy()
    elif kind == 2:  # stripes, mostly level or plumb
        turn = random.choice([0.0, 0.0, np.pi / 2, random.uniform(0, np.pi)])
        y, x = np.mgrid[0:side, 0:side] / side
        wave = np.sin((x * np.cos(turn) + y * np.sin(turn)) * random.uniform(4, 60)) > random.uniform(
            -0.8, 0.8
        )
        cover[wave] = colour(random, 0.9)
    elif kind == 3:  # frames within frames
        for _ in range(int(random.integers(1, 4))):
            inset = int(side * random.uniform(0.03, 0.35))
            thick = -1 if random.random() < 0.4 else int(random.integers(1, 8))
            cv2.rectangle(cover, (inset, inset), (side - inset, side - inset), colour(random, 0.9), thick)
    elif kind == 4:  # blotches
        for channel in range(3):
            cells = int(random.integers(2, 12))
            plane = cover[..., channel] + 50 * clouds(random, (side, side), (cells, cells))
            cover[..., channel] = np.clip(plane, 0, 255)
    if random.random() < 0.7:
        _shapes(random, cover)
    return cover


def _shapes(random: np.random.Generator, cover: np.ndarray) -> None:
    """Discs, boxes and bars, in place; bars stand for lettering."""
    side = len(cover)
    for _ in range(int(random.integers(1, 10))):
        at = tuple(int(place) for place in random.uniform(0, side, 2))
        size = random.uniform(0.03, 0.3, 2) * side
        tone = colour(random, 0.9)
        kind = random.integers(3)
        if kind == 0:
            cv2.circle(cover, at, max(1, int(size[0])), tone, -1, cv2.LINE_AA)
        elif kind == 1:
            box = cv2.boxPoints((at, tuple(size), random.uniform(0, 90)))
            cv2.fillConvexPoly(cover, box.astype(np.int32), tone, cv2.LINE_AA)
        else:
            end = at[0] + int(2 * size[0]), at[1] + int(0.25 * size[1])
            cv2.rectangle(cover, at, end, tone, -1)
