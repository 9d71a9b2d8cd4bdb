"""A scene: a sleeve put before a background and seen by a camera."""

from dataclasses import dataclass

import numpy as np

from . import things
from .background import background
from .camera import posed
from .hand import held
from .lens import photographed
from .settings import Settings
from .sleeve import border, put


@dataclass(frozen=True)
class Scene:
    """A camera's picture, and the truth about it."""

    picture: np.ndarray
    """`h x w x 3`, uint8, RGB."""
    corners: np.ndarray | None
    """`4 x 2`, float64, in pixels (whole numbers are centres of pixels), clockwise from the sleeve's own
    top left; `None` where there is no sleeve. They are the cardboard's before its corners wore off."""


def render(cover: np.ndarray | None, random: np.random.Generator, settings: Settings | None = None) -> Scene:
    """A camera's view of a sleeve, or of a place without one.

    Args:
        cover: `h x h x 3`, uint8, RGB: the flat cover; `None` for a scene without a sleeve.
        random: Where chance comes from; the same state makes the same scene.
        settings: What happens, how often and how strongly.
    """
    settings = settings or Settings()
    if cover is None:
        return Scene(photographed(_nothing(random, settings), random, settings), None)
    frame = background(random, settings, border(cover), settings.things)
    corners = put(frame, cover, random, settings)
    return Scene(photographed(frame, random, settings), corners)


def _nothing(random: np.random.Generator, settings: Settings) -> np.ndarray:
    """A frame without a sleeve: at times something else is held up, or a hand alone."""
    frame = background(random, settings, None, min(1.0, 2 * settings.things))
    chance = random.random()
    if chance < 0.2 * bool(settings.things):
        frame = things.record(random, frame, near=True)
    elif chance < 0.4 * bool(settings.things):
        frame = things.book(random, frame)
    if random.random() < 0.5 * settings.hands:
        for hand in held(random, posed(random, settings).corners, settings.frame):
            hand.behind.onto(frame)
    return frame
