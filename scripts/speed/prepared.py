"""Covers as the network takes them, as PNGs and as numbers.

prepared.py BUNDLE COVERS OUT

Writes `OUT/covers/*.png`, and the same in `OUT/covers.f32`, normalised; `OUT/size` tells their side.
"""

import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sleevetrainer.bundle import read
from sleevetrainer.preprocess import opened, scaled

MOST = 200
"""Covers that are taken at most, drawn by a seed."""


def main(bundle: str, covers: str, out: str) -> None:
    """Prepares the covers of a folder and the folders below it."""
    about = read(Path(bundle))[0]["input"]
    size, mean, std = about["size"], np.float32(about["mean"]), np.float32(about["std"])
    paths = sorted(
        path for path in Path(covers).rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"}
    )
    paths = random.Random(0).sample(paths, min(MOST, len(paths)))
    Path(out, "covers").mkdir(parents=True)
    Path(out, "size").write_text(f"{size}\n")
    with Path(out, "covers.f32").open("wb") as packed:
        for number, path in enumerate(paths):
            pixels = scaled(opened(path), size)
            Image.fromarray(pixels).save(Path(out, "covers", f"{number:04}.png"))
            cover = (np.float32(pixels) - mean) / std
            packed.write(cover.transpose(2, 0, 1).astype("<f4").tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
