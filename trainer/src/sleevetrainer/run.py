"""A run folder: what the stages write for one another, and what made it."""

import csv
import hashlib
import importlib.metadata
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import __version__
from .errors import TrainerError

LIBRARIES = ("torch", "fastai", "onnx", "onnxruntime", "scikit-learn", "numpy", "pillow")


def write_beside(path: Path, write: Callable[[Path], None]) -> None:
    """Writes a file whole or not at all: beside its place, synced, then renamed into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    beside = Path(name)
    try:
        write(beside)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.chmod(0o644)
        beside.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            beside.unlink()
        raise


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Writes an NPZ file whole or not at all."""

    def write(beside: Path) -> None:
        with beside.open("wb") as file:
            np.savez(file, **arrays)

    write_beside(path, write)


def write_text(path: Path, text: str) -> None:
    """Writes a text file whole or not at all."""
    write_beside(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Writes a JSON file whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes a CSV file whole or not at all."""

    def write(beside: Path) -> None:
        with beside.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(columns)
            table.writerows(rows)

    write_beside(path, write)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Run:
    """A run folder that `prepare` has made."""

    folder: Path

    @classmethod
    def opened(cls, folder: Path) -> "Run":
        """A run folder whose first stage is done.

        Raises:
            TrainerError: The folder is none.
        """
        run = cls(folder)
        run.owed("prepare.json", "prepare DIR --out")
        return run

    def owed(self, name: str, stage: str) -> Path:
        """A file that an earlier stage has written.

        Raises:
            TrainerError: That stage is missing.
        """
        path = self.folder / name
        if not path.exists():
            raise TrainerError(f"{path} is missing; first type: sleevetrainer {stage} {self.folder}")
        return path

    @property
    def about(self) -> dict[str, Any]:
        """What `prepare` wrote of itself: covers' folder, seed, genres."""
        return json.loads((self.folder / "prepare.json").read_text(encoding="utf-8"))

    @property
    def covers(self) -> Path:
        """The folder that the tables' paths begin in."""
        folder = Path(os.environ.get("COVERS") or self.about["covers"])
        if not folder.is_dir():
            raise TrainerError(f"the covers' folder {folder} is gone; name it: COVERS=DIR sleevetrainer …")
        return folder

    @property
    def genres(self) -> list[str]:
        """The genres in the order of the logits."""
        return self.about["genres"]

    @property
    def called(self) -> dict[str, str]:
        """What the covers' folder calls genres whose ids are not its names."""
        return self.about.get("called", {})

    @property
    def seed(self) -> int:
        """The seed of the split, and of all that follows from it."""
        return self.about["seed"]

    def table(self, part: str) -> pd.DataFrame:
        """The covers of a part of the split: `image_path`, `label`, `source`, `group`.

        Args:
            part: `train`, `test` or `held_out`.
        """
        return pd.read_csv(self.folder / f"{part}.csv", keep_default_na=False)

    def note(self, stage: str, facts: Mapping[str, Any]) -> None:
        """Writes down what a stage did, and with which versions."""
        versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
        made_by = {"sleevetrainer": __version__, "python": platform.python_version(), **versions}
        write_json(self.folder / f"{stage}.json", {**facts, "made_by": made_by})
