"""Covers as small pictures inside the page."""

import base64
import io
from pathlib import Path

from PIL import Image

from ..preprocess import centred_square, opened


def thumbnail(path: Path, side: int, quality: int = 70) -> str:
    """A cover's centred square as a JPEG's data URI, `side` pixels wide."""
    picture = centred_square(opened(path)).resize((side, side), Image.Resampling.BOX)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, optimize=True)
    return inlined(file.getvalue(), "image/jpeg")


def inlined(content: bytes, kind: str) -> str:
    """A file's content as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
