"""A sleeve cut out of a picture and made square again."""

import cv2
import numpy as np

from .camera import homography, picture_corners


def flattened(picture: np.ndarray, corners: np.ndarray, side: int) -> np.ndarray:
    """The square that four corners enclose, antialiased.

    Args:
        picture: `h x w x 3`, uint8.
        corners: `4 x 2` pixels, clockwise from the sleeve's own top left; they may lie outside of the
            picture, whose border is then continued.
        side: Of the result, in pixels.

    Returns:
        `side x side x 3`, uint8.
    """
    edges = np.hypot(*(corners - np.roll(corners, 1, 0)).T)
    # Samples lie at most 1.25 of the picture's pixels apart, and are then averaged.
    finer = max(1, int(np.ceil(edges.max() / side / 1.25)))
    fine = side * finer
    matrix = homography(corners, picture_corners(fine, fine))
    square = cv2.warpPerspective(
        picture, matrix, (fine, fine), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA) if finer > 1 else square
