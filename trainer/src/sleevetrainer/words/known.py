"""What is known of the covers whose words are read.

A folder's `manifest.csv` tells `path` and `genre`, and where it has them `source`, `artist` and `title`.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from ..errors import TrainerError
from ..names import SIXTEEN
from ..run import Run, write_rows
from .fold import squashed

FOLDER = "words"
"""The folder in a run."""

COVERS = "covers.csv"


@dataclass(frozen=True)
class Cover:
    """A cover whose words are read."""

    path: str
    """Below the run's covers' folder; of another folder, from the root."""
    genre: str
    part: str
    """`train` or `test` of the run's split; `more` where it is outside it."""
    source: str = ""
    artist: str = ""
    """Empty where it is not known, as the title."""
    title: str = ""
    group: str = ""
    """Covers that look alike, or have one artist, have one."""


def listed(run: Run, more: Path | None = None) -> list[Cover]:
    """The covers of a run's split, then those of another folder that are none of these, byte for byte.

    Args:
        run: The run.
        more: A folder with a `manifest.csv`.

    Raises:
        TrainerError: The folder has no manifest.
    """
    about = {row["path"]: row for row in _manifest(run.covers)}
    found = []
    for part in ("train", "test"):
        for row in run.table(part).to_dict("records"):
            path = row["image_path"]
            own = about.get(path, {})
            artist, title = own.get("artist", ""), own.get("title", "")
            group = squashed(artist) or f"group {row['group']}"
            found.append(Cover(path, row["label"], part, row["source"], artist, title, group))
    if more is None:
        return found
    if not (more / "manifest.csv").is_file():
        raise TrainerError(f"{more} has no manifest.csv; it needs the columns path and genre")
    # What is in the split, or was left out of it as the same picture, is not taken once more.
    known = {_digest(run.covers / cover.path) for cover in found}
    for row in _manifest(more):
        path = more.resolve() / row["path"]
        if row["genre"] not in SIXTEEN or not path.is_file() or (digest := _digest(path)) in known:
            continue
        known.add(digest)
        artist, title = row.get("artist", ""), row.get("title", "")
        group = squashed(artist) or str(path)
        found.append(Cover(str(path), row["genre"], "more", row.get("source", ""), artist, title, group))
    return found


def kept(run: Run, covers: list[Cover]) -> None:
    """Writes `covers.csv`."""
    columns = [field.name for field in fields(Cover)]
    write_rows(run.folder / FOLDER / COVERS, columns, [astuple(cover) for cover in covers])


def covers_of(run: Run) -> dict[str, Cover]:
    """The covers by their paths that step `read` has listed.

    Raises:
        TrainerError: That step is missing.
    """
    with run.owed(f"{FOLDER}/{COVERS}", "words read").open(newline="", encoding="utf-8") as file:
        return {row["path"]: Cover(**row) for row in csv.DictReader(file)}


def _manifest(folder: Path) -> Iterator[dict[str, str]]:
    path = folder / "manifest.csv"
    if path.is_file():
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file, restval="")


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
