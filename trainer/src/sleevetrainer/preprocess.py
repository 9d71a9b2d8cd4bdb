"""A picture prepared for the network, in the way in which the device prepares it.

Both follow `docs/bundle.md`; golden pictures in `tests/preparation/` hold them against each other.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

MEAN = 127.0
STD = 128.0


def centred_square(picture: Image.Image) -> Image.Image:
    """Cuts the centred square: side `min(width, height)`, left and top rounded down."""
    width, height = picture.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def opened(path: Path) -> Image.Image:
    """Decodes a picture to RGB, turned as its EXIF orientation says; transparency is dropped.

    Raises:
        OSError: The file is no whole picture.
    """
    with Image.open(path) as picture:
        picture.load()
        turned = ImageOps.exif_transpose(picture)
        # Palettes and grey levels with transparency become RGBA first: its colours are kept as they are.
        if (turned.mode in ("P", "LA", "PA") and "transparency" in turned.info) or turned.mode in (
            "LA",
            "PA",
        ):
            turned = turned.convert("RGBA")
        return turned.convert("RGB")


def scaled(picture: Image.Image, size: int) -> np.ndarray:
    """Scales the centred square with an antialiased triangle filter.

    Returns:
        `size x size x 3`, uint8.
    """
    square = centred_square(picture)
    return np.asarray(square.resize((size, size), Image.Resampling.BILINEAR))


def normalised(pixels: np.ndarray) -> np.ndarray:
    """Values for the network: `(value - 127) / 128`, channels first.

    Args:
        pixels: `... x size x size x 3`, uint8.

    Returns:
        `... x 3 x size x size`, float32.
    """
    values = (pixels.astype(np.float32) - MEAN) / STD
    return np.moveaxis(values, -1, -3)
