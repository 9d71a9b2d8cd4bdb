"""What is behind a sleeve: a drawn wall or room or a photograph, in perspective and out of focus."""

from collections.abc import Callable

import cv2
import numpy as np

from . import rooms, things
from .camera import homography
from .noise import clouds, lit
from .photographs import photograph
from .settings import Settings

DRAWN: tuple[tuple[float, Callable[[np.random.Generator, int, int], np.ndarray]], ...] = (
    (3.0, rooms.wall), (2.0, rooms.shelves), (1.0, rooms.bricks), (1.0, rooms.planks), (1.0, rooms.tiles),
    (2.0, rooms.clutter), (1.0, rooms.lights), (1.0, rooms.dark), (3.0, rooms.living_room),
)  # fmt: skip
"""The drawn backgrounds, and how often each is taken in proportion to the others."""


def background(
    random: np.random.Generator, settings: Settings, border: np.ndarray | None, things_rate: float
) -> np.ndarray:
    """A whole frame without a sleeve.

    Args:
        random: Where chance comes from.
        settings: The frame and the strengths.
        border: The colour of a cover's border, three levels, which a wall may come near to.
        things_rate: How often something rectangular or round stands about.

    Returns:
        `height x width x 3`, uint8.
    """
    width, height = settings.frame
    blur = settings.behind * settings.scale * random.beta(1, 1.6)
    coarser = 2 if blur > 1.6 else 1  # what is blurred anyhow is drawn at half the size
    size = width // coarser, height // coarser
    taken = random.random() < settings.photographs
    if border is not None and random.random() < settings.alike:
        scene = rooms.wall(random, *size, tone=np.clip(border + random.normal(0, 6, 3), 0, 255))
    elif taken:
        scene = photograph(random, *size)
    else:
        scene = _tilted(random, _drawn(random, *size))
    while random.random() < things_rate:
        scene = things.ANY[random.integers(len(things.ANY))](random, scene)
        things_rate /= 2
    if not taken and random.random() < settings.person:
        scene = things.person(random, scene)
    scene = lit(scene, _falloff(random, size))
    if blur / coarser > 0.4:
        scene = cv2.GaussianBlur(scene, (0, 0), blur / coarser)
    return cv2.resize(scene, (width, height), interpolation=cv2.INTER_LINEAR)


def _drawn(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    weights = np.array([weight for weight, _ in DRAWN])
    return DRAWN[random.choice(len(DRAWN), p=weights / weights.sum())][1](random, width, height)


def _tilted(random: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """The scene seen somewhat askew: drawn lines are level and plumb, a camera's seldom are."""
    height, width = scene.shape[:2]
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
    inside = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * random.uniform(0.0, 0.13, (4, 2))
    part = frame + inside * (width, height)
    return cv2.warpPerspective(scene, homography(part, frame), (width, height), borderMode=cv2.BORDER_REFLECT)


def _falloff(random: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Light that is not the same everywhere, as gains."""
    uneven = random.uniform(0.02, 0.15)
    return np.clip(random.uniform(0.75, 1.1) + uneven * clouds(random, size, (2, 2)), 0.2, 1.4)
