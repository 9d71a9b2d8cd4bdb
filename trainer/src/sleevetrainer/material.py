"""What all fits of a run share: the training split's covers as maps, and their labels."""

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from .augment import Disturbance
from .covers import genre_places
from .features import style_features
from .lesson import Lesson, Part
from .linear import Linear
from .maps import disturbed_maps, plain_maps
from .recipe import Recipe
from .run import Run


@dataclass(frozen=True)
class Material:
    """The training split of a run, `n` covers, ready to be learned."""

    run: Run
    recipe: Recipe
    table: pd.DataFrame
    truth: np.ndarray
    """The genres' places, `n`."""
    disturbed: list[np.ndarray]
    """Maps of disturbed covers, a variant each; see `maps`."""
    plain: np.ndarray
    """Maps of covers as they are."""
    made_by: str
    """A fingerprint of the split, the recipe and the disturbance."""

    @classmethod
    def of(cls, run: Run, recipe: Recipe, disturbance: Disturbance) -> "Material":
        """The training split's; maps that are not there yet are made.

        Args:
            run: A run that `prepare` has made.
            recipe: Says at which sizes, behind which block, and in how many variants.
            disturbance: What covers go through.
        """
        table = run.table("train")
        paths = table["image_path"].tolist()
        values = json.dumps([asdict(recipe), asdict(disturbance)]).encode()
        return cls(
            run,
            recipe,
            table,
            genre_places(table["label"], run.genres),
            disturbed_maps(run, paths, recipe.size, recipe.kept_blocks, disturbance, recipe.variants),
            plain_maps(run, paths, recipe.reading_size, recipe.kept_blocks),
            hashlib.sha256(values + (run.folder / "train.csv").read_bytes()).hexdigest(),
        )

    @property
    def labels(self) -> np.ndarray:
        """The labels as certainties, `n x genres`."""
        return np.eye(len(self.run.genres))[self.truth]

    def lesson(
        self, known: np.ndarray, opinions: np.ndarray | None, asked: np.ndarray | None = None
    ) -> Lesson:
        """A network's task.

        Args:
            known: The places of the covers that it is fitted to.
            opinions: What teachers say, `n x genres`; `None` for labels alone.
            asked: The places of those that it is measured on.
        """
        recipe, genres = self.recipe, len(self.run.genres)
        targets = (1 - recipe.smoothing) * self.labels + recipe.smoothing / genres
        if opinions is not None:
            targets = (1 - recipe.trust) * targets + recipe.trust * opinions
        truth = self.truth[known]
        weights = np.bincount(truth, minlength=genres)[truth].astype(float) ** -recipe.balance
        features = style_features(self.run, self.table["image_path"].tolist(), "lite0")
        shared = hashlib.sha256(self.made_by.encode() + known.tobytes() + targets[known].tobytes())
        return Lesson(
            Part(self.disturbed, known, targets),
            None if asked is None else Part([self.plain], asked, self.labels),
            Linear.fitted(features[known], truth, genres),
            weights / weights.sum(),
            shared.hexdigest(),
        )
