"""A folder of covers: a folder per genre, pictures in it."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from .errors import TrainerError
from .names import identifier
from .preprocess import opened

LEAST_SIDE = 32
"""The shortest side, in pixels, of a cover that says anything."""

MOST_ASPECT = 1.15
"""The longer side of a cover, divided by the shorter, at most: beyond it, it is none."""


@dataclass(frozen=True)
class Cover:
    """A cover in a folder of covers."""

    path: str
    """Below the covers' folder, with slashes."""
    genre: str
    """Its id."""
    source: str = ""
    called: str = ""
    """The genre as its folder or its table calls it."""


def covers_folder(named: Path | None) -> Path:
    """The covers' folder: the one that was named, else the one in the environment's `COVERS`.

    Raises:
        TrainerError: None was named, or it is no folder.
    """
    folder = named or (Path(os.environ["COVERS"]) if os.environ.get("COVERS") else None)
    if folder is None:
        raise TrainerError("no covers' folder; name it: sleevetrainer prepare DIR, or COVERS=DIR")
    if not folder.is_dir():
        raise TrainerError(f"{folder} is no folder; name one with a folder per genre in it")
    return folder


def listed(folder: Path) -> list[Cover]:
    """All files of all genres' folders, in the order of their names; hidden ones are passed over.

    Raises:
        TrainerError: There is no folder of a genre in it, or two have names of one id.
    """
    sources = _sources(folder)
    genres = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if not genres:
        raise TrainerError(f"{folder} holds no folders; it needs a folder per genre with covers in it")
    found = []
    for genre in genres:
        for file in sorted(genre.iterdir()):
            if not file.name.startswith(".") and not file.is_dir():
                path = f"{genre.name}/{file.name}"
                found.append(_cover(path, genre.name, sources.get(path, "")))
    return _told_apart(found)


def tabled(table: Path, folder: Path) -> list[Cover]:
    """The covers of a table with the study's columns `image_path,label`, backslashes and all.

    Paths are looked for below `folder`, by as much of their end as it takes to find them there: the
    study's own tables begin in a folder of its author's.

    Raises:
        TrainerError: The table is none, names a file that is not there, or two genres of one id.
    """
    sources = _sources(folder)
    found = []
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainerError(f"{table} is no table of covers ({error})") from error
    for line, row in enumerate(rows, start=2):
        if not row.get("image_path") or not row.get("label"):
            raise TrainerError(f"{table}, line {line}: a row needs the columns image_path and label")
        parts = row["image_path"].replace("\\", "/").split("/")
        path = next((path for path in _endings(parts) if (folder / path).is_file()), None)
        if path is None:
            raise TrainerError(f"{table}, line {line}: {row['image_path']} is not below {folder}")
        found.append(_cover(path, row["label"], row.get("source") or sources.get(path, "")))
    if not found:
        raise TrainerError(f"{table} names no covers")
    return _told_apart(found)


def fault(path: Path) -> str | None:
    """Why a file is no cover to train on; `None` where it is one."""
    try:
        if path.stat().st_size == 0:
            return "empty"
        picture = opened(path)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return "not a picture" if isinstance(error, UnidentifiedImageError) else f"broken ({error})"
    shorter, longer = sorted(picture.size)
    if shorter < LEAST_SIDE:
        return f"too small ({picture.width} x {picture.height})"
    if longer > MOST_ASPECT * shorter:
        return f"not square ({picture.width} x {picture.height})"
    return None


def genre_places(labels: Iterable[str], genres: Sequence[str]) -> np.ndarray:
    """Each label's place among the genres, `n`; a label that is none of them is a ValueError."""
    return np.array([genres.index(label) for label in labels], dtype=np.int64)


def _cover(path: str, called: str, source: str) -> Cover:
    return Cover(path, identifier(called), source, called)


def _told_apart(covers: list[Cover]) -> list[Cover]:
    """These covers, if no two genres have one id."""
    called: dict[str, str] = {}
    for cover in covers:
        other = called.setdefault(cover.genre, cover.called)
        if other != cover.called:
            raise TrainerError(
                f'the genres "{other}" and "{cover.called}" have the same id, {cover.genre}; rename one'
            )
    return covers


def _endings(parts: list[str]) -> Iterator[str]:
    """The ends of a path, the longest first; none that climbs out of its folder."""
    parts = [part for part in parts if part not in ("", ".")]
    for start in range(len(parts)):
        if ".." not in parts[start:]:
            yield "/".join(parts[start:])


def _sources(folder: Path) -> dict[str, str]:
    """Where each cover comes from, where a `manifest.csv` with `path` and `source` tells it."""
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        return {}
    with manifest.open(newline="", encoding="utf-8-sig") as file:
        return {
            row["path"]: row["source"]
            for row in csv.DictReader(file)
            if row.get("path") and row.get("source")
        }
