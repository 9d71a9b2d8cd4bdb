"""Stage `fit`: networks learn from labels and from two teachers; the mean of their weights is what ships.

The teachers are linear heads on frozen features (`teach`) and networks of the same kind (`cross`); neither
was shown the covers of which they give an opinion. Labels are noisy and genres overlap: that a cover is
called rock and looks like metal is worth knowing (Hinton et al., "Distilling the Knowledge in a Neural
Network", 2015).

The first blocks stay as ImageNet left them: four thousand covers teach them nothing about edges and textures
but how each source sharpens and compresses.
"""

import json
from dataclasses import asdict
from functools import partial

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax
from torch import nn

from .augment import Disturbance
from .average import averaged
from .cross import crossed
from .curves import drawn_curves
from .lesson import Lesson, learned
from .material import Material
from .network import CoverNet
from .processes import in_turn, is_first, joined
from .recipe import Recipe
from .run import Run, write_beside
from .teacher import taught


@joined()
def fit(run: Run, recipe: Recipe | None = None, disturbance: Disturbance | None = None) -> None:
    """Fits the networks and writes `best.pth`, `seed-N/`, `losses.png`, `lr-finder.png`, `fit.json`.

    What was stopped goes on where its last whole epoch ended. Where a launcher has started several processes,
    they fit each network together.

    Args:
        run: A run whose `teach` and `cross` are done.
        recipe: How.
        disturbance: What covers go through.

    Raises:
        TrainerError: A stage is missing, or what is there belongs to another recipe.
    """
    recipe, disturbance = recipe or Recipe(), disturbance or Disturbance()
    # What is missing is said before the long work.
    said = both_opinions(run) if recipe.trust > 0 else None

    def prepared() -> Lesson:
        material = Material.of(run, recipe, disturbance)
        return material.lesson(np.arange(len(material.truth)), said)

    lesson = in_turn(prepared)
    folders = [run.folder / f"seed-{number + 1}" for number in range(recipe.seeds)]
    weights = [
        learned(folder, lesson, recipe, run.seed + number, None if number else run.folder / "lr-finder.png")
        for number, folder in enumerate(folders)
    ]
    if not is_first():
        return
    write_beside(run.folder / "best.pth", partial(torch.save, averaged(weights)))
    drawn_curves(folders, run.folder / "losses.png", "The networks whose mean ships")
    first = torch.load(folders[0] / "network.pth", weights_only=True)
    run.note(
        "fit",
        {
            "recipe": asdict(recipe),
            "disturbance": asdict(disturbance),
            "fingerprint": lesson.made_by,
            "rate": first["rate"],
            "rate_suggested": first["suggested"],
            "seconds": [round(pd.read_csv(folder / "epochs.csv")["seconds"].sum()) for folder in folders],
        },
    )


def both_opinions(run: Run) -> np.ndarray:
    """The mean of what both teachers say, `n x genres`, of the training split."""
    return (taught(run, run.table("train")["image_path"].tolist()) + softmax(crossed(run).flat, axis=1)) / 2


def fitted_by(run: Run) -> Recipe:
    """The recipe of the network that `fit` has made.

    Raises:
        TrainerError: `fit` is missing.
    """
    note = json.loads(run.owed("fit.json", "fit").read_text(encoding="utf-8"))
    return Recipe(**note["recipe"])


def fitted(run: Run) -> nn.Module:
    """The network that `fit` has made, in evaluation mode.

    Raises:
        TrainerError: `fit` is missing.
    """
    network = CoverNet(len(run.genres))
    network.load_state_dict(torch.load(run.owed("best.pth", "fit"), weights_only=True))
    return network.eval().to(memory_format=torch.channels_last)
