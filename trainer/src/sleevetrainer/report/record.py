"""What the stages of a run have left for the report."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .. import names
from ..bundle import taught
from ..covers import genre_places
from ..errors import TrainerError
from ..run import Run
from .bootstrap import drawn

STAGES = ("prepare", "baseline", "cross", "doubt", "fit", "cluster", "export", "evaluate")

ANSWERED = ("baseline", "evaluate")
"""Stages that are of use here only with the arrays that they keep."""

Arrays = dict[str, np.ndarray]


class MissingError(TrainerError):
    """A part of the report whose stage was not run."""

    def __init__(self, stage: str, run: Run) -> None:
        """Says which command makes it."""
        super().__init__(f"type: sleevetrainer {stage} {run.folder}")


@dataclass(frozen=True)
class Model:
    """A model whose answers to the test split's covers are known."""

    id: str
    title: str
    short: str
    """The title where there is little room."""
    called: str
    """The title as a sentence calls it."""
    color: str
    scores: np.ndarray
    """`n x genres`; higher is likelier."""

    @property
    def name(self) -> str:
        """How a sentence begins that tells of it."""
        return self.called[0].upper() + self.called[1:]


@dataclass(frozen=True)
class Record:
    """A run, as far as it has come."""

    run: Run
    notes: dict[str, dict[str, Any]]
    """What each stage that was run has written down."""

    @classmethod
    def of(cls, run: Run) -> "Record":
        """Reads a run's notes.

        Raises:
            TrainerError: The bundle that was evaluated tells other genres than the run.
        """
        notes = {
            stage: json.loads(path.read_text(encoding="utf-8"))
            for stage in STAGES
            if (path := run.folder / f"{stage}.json").exists()
            and (stage not in ANSWERED or (run.folder / f"{stage}.npz").exists())
        }
        bundle = notes["evaluate"]["bundle"] if "evaluate" in notes else None
        if bundle and [genre["id"] for genre in taught(bundle)] != run.genres:
            raise TrainerError(
                f"{bundle['name']} tells other genres than the run; evaluate a bundle that came of it"
            )
        return cls(run, notes)

    def note(self, stage: str) -> dict[str, Any]:
        """What a stage has written down.

        Raises:
            MissingError: It was not run.
        """
        if stage not in self.notes:
            raise MissingError(stage, self.run)
        return self.notes[stage]

    @property
    def genres(self) -> list[str]:
        """The genres' ids, in the order of the logits."""
        return self.run.genres

    @property
    def titles(self) -> list[str]:
        """The genres' names to show."""
        return [names.english(genre, self.run.called) for genre in self.genres]

    @property
    def colors(self) -> list[str]:
        """The genres' colours."""
        return [names.color(genre) for genre in self.genres]

    @property
    def bundle(self) -> dict[str, Any]:
        """The description of the bundle that was evaluated.

        Raises:
            MissingError: None was.
        """
        return self.note("evaluate")["bundle"]

    @cached_property
    def baseline(self) -> Arrays:
        """What `baseline` says of each cover of the test split.

        Raises:
            MissingError: That stage was not run.
        """
        return self._arrays("baseline")

    @cached_property
    def evaluated(self) -> Arrays:
        """What `evaluate` has kept of each cover.

        Raises:
            MissingError: That stage was not run.
        """
        return self._arrays("evaluate")

    @cached_property
    def truth(self) -> np.ndarray:
        """The genres' places of the test split's covers, `n`."""
        return genre_places(self.test["label"], self.genres)

    @cached_property
    def test(self) -> pd.DataFrame:
        """The test split."""
        return self.run.table("test")

    @cached_property
    def counts(self) -> np.ndarray:
        """The draws of the test split's covers that all intervals are made of."""
        return drawn(len(self.test), self.run.seed)

    @cached_property
    def models(self) -> list[Model]:
        """The models whose answers are known, from the simplest to the one that is quantised most.

        Raises:
            MissingError: There are none.
        """
        found = [
            Model(*named, scores)
            for *named, scores_of in MODELS
            if (scores := self._scores(scores_of)) is not None
        ]
        if not found:
            raise MissingError("baseline", self.run)
        return found

    def model(self, key: str) -> Model | None:
        """One of `models`, where it is there."""
        return next((model for model in self.models if model.id == key), None)

    def picture(self, name: str) -> Path | None:
        """A picture that a stage has drawn, where it is there."""
        path = self.run.folder / name
        return path if path.exists() else None

    def _scores(self, scores_of: Callable[["Record"], np.ndarray]) -> np.ndarray | None:
        try:
            return scores_of(self)
        except (MissingError, KeyError):
            return None

    def _arrays(self, stage: str) -> Arrays:
        self.note(stage)
        path = self.run.folder / f"{stage}.npz"
        with np.load(path) as kept:
            arrays = dict(kept)
        paths = arrays["paths" if "paths" in arrays else "test_paths"]
        if paths.tolist() != self.test["image_path"].tolist():
            raise TrainerError(
                f"{path} belongs to another split; type again: sleevetrainer {stage} {self.run.folder}"
            )
        return arrays


MODELS = (
    (
        "knn",
        "k-nearest neighbours",
        "neighbours",
        "the baseline of k-nearest neighbours",
        "#b3a798",
        lambda record: record.baseline["knn"],
    ),
    (
        "linear",
        "linear head",
        "linear head",
        "the linear head",
        "#8a7a66",
        lambda record: record.baseline["linear"],
    ),
    (
        "fp32",
        "fine-tuned, fp32",
        "fp32",
        "the fine-tuned network in fp32",
        "#7fb9a4",
        lambda record: record.evaluated["test_fp32"],
    ),
    (
        "network",
        "fine-tuned, int8 (ships)",
        "int8",
        "the fine-tuned network in int8",
        "#0b6e4f",
        lambda record: record.evaluated["test_logits"],
    ),
)
"""The models that are compared: what they are called, their colours, and their scores on the test split."""
