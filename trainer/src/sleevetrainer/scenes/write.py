"""Scenes in a folder, with a table of their corners."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from ..preprocess import centred_square, opened
from ..run import write_beside, write_rows
from .render import Scene, render
from .settings import Settings

COLUMNS = ("image_path", "cover", "label", "x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3")
"""The columns of `scenes.csv`; all but the first are empty where there is no sleeve."""


def write(
    covers_folder: Path,
    paths: Sequence[str],
    out: Path,
    count: int,
    seed: int,
    empty_share: float = 0.2,
    settings: Settings | None = None,
) -> Path:
    """Writes scenes `00000.jpg` and on, and `scenes.csv`; those that are there already are kept.

    Each scene follows from the seed and its own number alone, so a broken run goes on where it ended, and
    a longer one begins with the same scenes.

    Args:
        covers_folder: Where the covers' paths begin.
        paths: The covers to take from: `<genre>/<name>`, as they are told in the table.
        out: The folder to write to; made if need be.
        count: How many scenes.
        seed: Of all chance.
        empty_share: The part of the scenes that show no sleeve.
        settings: What happens in the scenes.

    Returns:
        The table's path.
    """
    settings = settings or Settings()
    rows = []
    for number in tqdm(range(count), unit="scene", desc=f"scenes to {out}"):
        picture = out / f"{number:05}.jpg"
        random = np.random.default_rng([seed, number])
        path = None if random.random() < empty_share else paths[random.integers(len(paths))]
        made_from = {"seed": seed, "cover": path, "settings": repr(settings)}
        corners = _there(picture, made_from)
        if corners is None:
            cover = None if path is None else np.asarray(centred_square(opened(covers_folder / path)))
            corners = _write_scene(render(cover, random, settings), picture, made_from)
        rows.append((picture.name, path or "", path.split("/")[0] if path else "", *(corners or [""] * 8)))
    write_rows(out / "scenes.csv", COLUMNS, rows)
    return out / "scenes.csv"


def _there(picture: Path, made_from: dict[str, Any]) -> list[str] | None:
    """The corners of a scene that was made before, of the very same; else `None`."""
    try:
        with Image.open(picture) as file:
            told = json.loads(file.info.get("comment", b"{}"))
    except (OSError, ValueError):
        return None
    return told["corners"] if told.get("made_from") == made_from else None


def _write_scene(scene: Scene, picture: Path, made_from: dict[str, Any]) -> list[str]:
    """Writes a scene; its truth lies in the file's comment, so neither is ever there without the other."""
    corners = [] if scene.corners is None else [f"{value:.3f}" for value in scene.corners.ravel()]
    comment = json.dumps({"made_from": made_from, "corners": corners}).encode()
    # The camera's own compression is in the picture; this one adds next to nothing to it.
    image = Image.fromarray(scene.picture)
    write_beside(picture, lambda beside: image.save(beside, "JPEG", quality=95, comment=comment))
    return corners
