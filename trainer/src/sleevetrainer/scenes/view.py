"""A flattened view: what the network is shown of a sleeve that a camera has seen."""

import numpy as np

from .flatten import flattened
from .lens import photographed
from .noise import paint
from .settings import Settings
from .sleeve import put


def view(
    cover: np.ndarray, random: np.random.Generator, side: int = 224, settings: Settings | None = None
) -> np.ndarray:
    """A cover after the camera and after a finder that is never quite exact: an augmentation.

    The sleeve is rendered about as large as it comes out, in a small frame around it.

    Args:
        cover: `h x h x 3`, uint8, RGB: the flat cover.
        random: Where chance comes from.
        side: Of the result in pixels.
        settings: What happens to it; the frame, its shares and its focal lengths are replaced.

    Returns:
        `side x side x 3`, uint8.
    """
    settings = settings or Settings()
    frame = (round(1.4 * side), round(1.4 * side))
    # The camera is as far away as it would be with a whole frame about the sleeve.
    near = settings.changed(frame=frame, share=(0.3, 0.6), focal=(1.2, 3.0), jpeg=_finer(settings.jpeg))
    picture = np.full((frame[1], frame[0], 3), paint(random), np.uint8)  # a strip of it is seen, at most
    corners = put(picture, cover, random, near)
    picture = photographed(picture, random, near)
    edge = np.hypot(*(corners - np.roll(corners, 1, 0)).T).mean()
    return flattened(picture, corners + random.normal(0, settings.jitter * edge, (4, 2)), side)


def _finer(qualities: tuple[int, int] | None) -> tuple[int, int] | None:
    """Blocks are larger on a small picture, so it is compressed half as much."""
    return None if qualities is None else tuple((quality + 100) // 2 for quality in qualities)
