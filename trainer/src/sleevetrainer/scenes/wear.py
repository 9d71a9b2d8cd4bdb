"""A sleeve as it is after years: the cardboard worn, a price on it, light on a film around it.

All is done on the flat sleeve, so that it is seen in perspective afterwards.
"""

import cv2
import numpy as np

from .noise import clouds, colour, shaded
from .settings import Settings

_GRID = 128
"""The side of the planes in which soft things are drawn before they are scaled up."""


def worn(cover: np.ndarray, random: np.random.Generator, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """A sleeve with its wear, and the light on it.

    Args:
        cover: `h x w x 3`, uint8: a sleeve scaled to about the size at which it is seen.
        random: Where chance comes from.
        settings: The strengths.

    Returns:
        The sleeve, `h x w x 3` uint8, and how much cardboard is there, `h x w` float32 in 0..1.
    """
    height, width = cover.shape[:2]
    cardboard = _cardboard((width, height), random, settings)
    gain, paper, shine = (np.full((_GRID, _GRID), value, np.float32) for value in (1.0, 0.0, 0.0))
    if settings.wear > 0:
        paper += _edges(random, settings.wear)
        _ring(random, settings.wear, gain, paper)
    if random.random() < settings.stickers:
        cover = cover.copy()
        for _ in range(int(random.integers(1, 3))):
            _sticker(cover, random)
    if settings.lighting > 0:
        gain *= _gradient(random, settings.lighting)
    if random.random() < settings.shrinkwrap:
        shine += _film(random)
    if random.random() < settings.glare:
        shine += _glare(random)
    if settings.wear > 0 or settings.lighting > 0 or shine.any():
        cover = _toned(cover, gain, paper, shine)
    if settings.wear > 0 and random.random() < 0.5 * settings.wear:
        cover = _scuffed(cover, random)
    return cover, cardboard


def _toned(cover: np.ndarray, gain: np.ndarray, paper: np.ndarray, shine: np.ndarray) -> np.ndarray:
    """The cover with paper showing through it, lit, and with a shine on it (0 none, 1 white)."""
    size = cover.shape[1::-1]
    paper, shine = np.clip(paper, 0, 0.95), np.clip(shine, 0, 1)
    # paper is 225 bright; both mixtures in one multiplication and one addition
    factor = cv2.resize(gain * (1 - paper) * (1 - shine), size, interpolation=cv2.INTER_LINEAR)
    term = cv2.resize(225 * gain * paper * (1 - shine) + 255 * shine, size, interpolation=cv2.INTER_LINEAR)
    values = cv2.multiply(cover, cv2.cvtColor(factor, cv2.COLOR_GRAY2RGB), dtype=cv2.CV_32F)
    return cv2.add(values, cv2.cvtColor(term, cv2.COLOR_GRAY2RGB), dtype=cv2.CV_8U)


def _cardboard(size: tuple[int, int], random: np.random.Generator, settings: Settings) -> np.ndarray:
    """Where the sleeve is: square, with corners that are rounded by wear, each in its own way."""
    width, height = size
    there = np.ones((height, width), np.float32)
    radii = settings.wear * min(size) * 0.035 * random.beta(1, 2.5, 4)
    for turn, radius in enumerate(radii):
        if radius < 1:
            continue
        reach = int(np.ceil(radius))
        away = radius - np.arange(reach, dtype=np.float32) - 0.5
        round_ = np.clip(radius - np.hypot(away[:, None], away[None, :]) + 0.5, 0, 1)
        down, right = turn >= 2, turn in (1, 2)
        block = round_[:: -1 if down else 1, :: -1 if right else 1]
        rows = slice(height - reach, None) if down else slice(0, reach)
        columns = slice(width - reach, None) if right else slice(0, reach)
        there[rows, columns] = block
    return there


def _edges(random: np.random.Generator, wear: float) -> np.ndarray:
    """Where the print is off along the edges, and most of all at the corners."""
    at = (np.arange(_GRID, dtype=np.float32) + 0.5) / _GRID
    side = np.minimum(at, 1 - at)
    edge = np.minimum(side[:, None], side[None, :])
    corner = np.hypot(side[:, None], side[None, :])
    width = wear * random.beta(1, 3) * 0.016
    rough = 0.3 * clouds(random, (_GRID, _GRID), (50, 50)) + 0.6 * clouds(random, (_GRID, _GRID), (12, 12))
    reach = width * (1 + rough) + 0.8 * width * np.exp(-corner / 0.06)
    return np.clip((reach - edge) / 0.012, 0, 1) * random.uniform(0.3, 0.95)


def _ring(random: np.random.Generator, wear: float, gain: np.ndarray, paper: np.ndarray) -> None:
    """The record's own outline, rubbed into the sleeve around it: lighter, or darker."""
    if random.random() > 0.45 * wear:
        return
    at = np.arange(_GRID, dtype=np.float32) / _GRID - 0.5
    middle = random.normal(0, 0.008, 2)
    radius = np.hypot(at[:, None] - middle[0], at[None, :] - middle[1])
    ring = np.exp(-(((radius - random.uniform(0.45, 0.475)) / random.uniform(0.006, 0.018)) ** 2))
    patchy = np.clip(0.55 + 0.5 * clouds(random, (_GRID, _GRID), (7, 7)), 0, 1.2)
    patchy *= np.clip(0.7 + 0.4 * clouds(random, (_GRID, _GRID), (60, 60)), 0, 1.2)
    strength = wear * random.uniform(0.05, 0.4)
    if random.random() < 0.7:
        paper += strength * ring * patchy
    else:
        gain *= 1 - strength * ring * patchy


def _gradient(random: np.random.Generator, uneven: float) -> np.ndarray:
    """Light that falls off over the sleeve."""
    at = np.linspace(-1, 1, _GRID, dtype=np.float32)
    angle = random.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * at[None, :] + np.sin(angle) * at[:, None]
    return 1 - uneven * random.random() * (0.5 + 0.35 * slope) + 0.02 * clouds(random, (_GRID, _GRID), (2, 2))


def _film(random: np.random.Generator) -> np.ndarray:
    """Reflections in shrink-wrap: thin streaks along its creases, most of them near one corner."""
    streaks = clouds(random, (_GRID, _GRID), (int(random.integers(2, 6)), int(random.integers(25, 70))))
    turn = cv2.getRotationMatrix2D((_GRID / 2, _GRID / 2), random.uniform(0, 360), 1.5)
    streaks = cv2.warpAffine(streaks, turn, (_GRID, _GRID), borderMode=cv2.BORDER_REFLECT)
    where = np.clip(0.3 + 0.6 * clouds(random, (_GRID, _GRID), (3, 3)), 0, 1)
    shine = np.clip(streaks - random.uniform(0.6, 1.3), 0, 1) * where * random.uniform(0.3, 0.9)
    return cv2.GaussianBlur(shine, (0, 0), random.uniform(0.4, 1.2)) + random.uniform(0, 0.06)


def _glare(random: np.random.Generator) -> np.ndarray:
    """A lamp's spot, a window's band, or a haze from one side."""
    at = np.linspace(-0.5, 0.5, _GRID, dtype=np.float32)
    angle, middle = random.uniform(0, np.pi), random.uniform(-0.6, 0.6, 2)
    x, y = at[None, :] - middle[0], at[:, None] - middle[1]
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    strength = random.beta(1.2, 2.0)
    kind = random.integers(3)
    if kind == 0:
        size = random.uniform(0.03, 0.2)
        spot = np.exp(-((u / size) ** 2) - (v / (size * random.uniform(0.4, 1))) ** 2)
        return strength * (spot + 0.3 * np.exp(-(u**2 + v**2) / (3 * size) ** 2))
    if kind == 1:
        return 0.8 * strength * np.exp(-((np.abs(u) / random.uniform(0.04, 0.25)) ** random.uniform(2, 5)))
    return 0.55 * strength * np.clip(0.5 + u, 0, 1) ** 1.5


def _sticker(cover: np.ndarray, random: np.random.Generator) -> None:
    """A price sticker, round or not, mostly near a corner, printed upon."""
    height, width = cover.shape[:2]
    side = min(width, height)
    tone = ((245, 243, 238), (250, 225, 60), (250, 130, 40), (220, 40, 40), colour(random, 0.9))[
        random.integers(5)
    ]
    ink = shaded(tone, 0.25)
    near = random.uniform(0.08, 0.3, 2)
    middle = np.where(random.random(2) < 0.5, near, 1 - near) * (width, height)
    if random.random() < 0.4:
        radius = side * random.uniform(0.035, 0.09)
        cv2.circle(cover, tuple(middle.astype(int)), int(radius), tone, -1, cv2.LINE_AA)
        size = np.array([1.5, 0.9]) * radius
    else:
        size = side * np.array([random.uniform(0.08, 0.2), random.uniform(0.05, 0.1)])
        turn = random.normal(0, 6)
        box = cv2.boxPoints((tuple(middle), tuple(size), turn))
        cv2.fillConvexPoly(cover, box.astype(np.int32), tone, cv2.LINE_AA)
    for line in range(int(random.integers(1, 4))):
        start = middle + size * (-0.4, -0.25 + 0.25 * line)
        end = start + size * (random.uniform(0.3, 0.8), 0)
        thick = max(1, int(size[1] * random.uniform(0.05, 0.14)))
        cv2.line(cover, tuple(start.astype(int)), tuple(end.astype(int)), ink, thick, cv2.LINE_AA)


def _scuffed(cover: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Creases and scratches: faint bright lines, bent now and then."""
    height, width = cover.shape[:2]
    marks = np.zeros((height, width), np.uint8)
    for _ in range(int(random.integers(1, 6))):
        start = random.uniform(0, 1, 2)
        steps = random.normal(0, random.choice([0.02, 0.1]), (3, 2)).cumsum(0)
        points = ((start + steps) * (width, height)).astype(np.int32)
        cv2.polylines(marks, [points], False, int(random.uniform(40, 160)), 1, cv2.LINE_AA)
    return cv2.add(cover, cv2.merge([cv2.GaussianBlur(marks, (0, 0), 0.7)] * 3))
