"""The lines that hold the device's reading of words to the trainer's.

They are those of sleeves that the project draws, read by ONNX Runtime with the networks that ship.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from ..run import write_json
from .reading import PASSES, Line, Reader

SLEEVES = (
    "classical-violin",
    "folk-window",
    "hiphop-skyline",
    "jazz-trumpet",
    "punk-halftone",
    "soul-circles",
)
"""Drawn sleeves with words: light and dark, large and small, in a row and around a corner."""


def goldens(words: Path, sleeves: Path, out: Path, names: Sequence[str] = SLEEVES) -> int:
    """Writes the lines of each sleeve by each pass.

    Args:
        words: A bundle's folder `words/`.
        sleeves: The folder of the sleeves, `NAME.jpg`.
        out: The JSON file.
        names: Which sleeves.

    Returns:
        How many lines there are.
    """
    detector, recogniser = ((words / name).read_bytes() for name in ("detector.onnx", "recogniser.onnx"))
    reader = Reader(detector, recogniser, (words / "letters.txt").read_text(encoding="utf-8"))
    covers = {name: Image.open(sleeves / f"{name}.jpg") for name in names}
    read = {
        name: [[_told(line) for line in reader.read(cover, how)] for how in PASSES]
        for name, cover in covers.items()
    }
    networks = {"detector": detector, "recogniser": recogniser}
    hashes = {name: hashlib.sha256(network).hexdigest() for name, network in networks.items()}
    write_json(out, hashes | {"sleeves": read})
    return sum(len(lines) for passes in read.values() for lines in passes)


def _told(line: Line) -> dict:
    corners = [[round(float(value), 4) for value in corner] for corner in line.corners]
    return {"text": line.text, "confidence": round(line.confidence, 3), "corners": corners}
