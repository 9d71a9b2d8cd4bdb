"""Covers as the network takes them, as PNGs.

prepared.py BUNDLE COVERS OUT
"""

import random
import sys
from pathlib import Path

from PIL import Image
from sleevetrainer.bundle import read
from sleevetrainer.preprocess import opened, scaled

MOST = 200
"""Covers that are taken at most, drawn by a seed."""


def main(bundle: str, covers: str, out: str) -> None:
    """Prepares the covers of a folder and the folders below it."""
    size = read(Path(bundle))[0]["input"]["size"]
    paths = sorted(
        path for path in Path(covers).rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"}
    )
    paths = random.Random(0).sample(paths, min(MOST, len(paths)))
    Path(out).mkdir(parents=True)
    for number, path in enumerate(paths):
        Image.fromarray(scaled(opened(path), size)).save(Path(out) / f"{number:04}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
