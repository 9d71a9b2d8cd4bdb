"""Stage `cross`: networks that were fitted to most covers say what they think of the rest.

Each cover of the training split is read by a network that was shown neither it nor its look-alikes. So the
recipe is judged by all of the split and not by a small part of it; temperature and thresholds are fitted to
logits of which none was learned; covers whose label nobody believes come to light; and `fit` learns from a
second opinion beside that of `teach`.

Source: Northcutt et al., "Confident Learning", JAIR 2021; Furlanello et al., "Born-Again Neural Networks",
ICML 2018.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from tqdm import tqdm

from .augment import Disturbance
from .curves import drawn_curves
from .errors import TrainerError
from .lesson import learned
from .maps import plain_maps, read_maps
from .material import Material
from .metrics import figures
from .network import CoverNet
from .recipe import Recipe
from .run import Run, write_arrays
from .teacher import folds, opinions

FOLDS = 3

SIZES = (160, 192, 224, 256)
"""The inputs, in pixels, at which the networks are tried: accuracy against cost."""


def cross(run: Run, recipe: Recipe | None = None, disturbance: Disturbance | None = None) -> dict[str, Any]:
    """Writes `cross.npz`: what is said of each training cover by a network that does not know it.

    Also `cross-N/`, a network each, `cross.json` and `losses-cross.png`. What was stopped goes on.

    Args:
        run: A run that `prepare` has made.
        recipe: How networks are fitted.
        disturbance: What covers go through.

    Returns:
        The figures at the recipe's reading size, and those at each of `SIZES`, as `sizes`.
    """
    recipe, disturbance = recipe or Recipe(), disturbance or Disturbance()
    material = Material.of(run, recipe, disturbance)
    groups = material.table["group"].to_numpy()
    parts = folds(material.truth, groups, run.seed, FOLDS)
    networks, folders = [], []
    for number, (known, asked) in enumerate(parts):
        folder = run.folder / f"cross-{number + 1}"
        said = None
        if recipe.trust > 0:
            # Teachers that have not seen what is asked, or it would be told by their opinion of the rest.
            said = np.zeros(material.labels.shape)
            said[known] = opinions(run, material.table.iloc[known])
        weights = learned(folder, material.lesson(known, said, asked), recipe, run.seed + number)
        network = CoverNet(len(run.genres))
        network.load_state_dict(weights)
        networks.append((network, asked))
        folders.append(folder)
    drawn_curves(folders, run.folder / "losses-cross.png", "Networks that were fitted to most covers")

    paths, sources = material.table["image_path"].tolist(), material.table["source"].tolist()
    results, logits = {}, {}
    for size in sorted({*SIZES, recipe.reading_size}):
        maps = plain_maps(run, paths, size, recipe.kept_blocks)
        logits[size] = np.zeros(material.labels.shape, np.float32)
        for network, asked in tqdm(networks, desc=f"reading at {size} px", unit="network"):
            logits[size][asked] = read_maps(network, maps, asked, recipe.kept_blocks)
        results[size] = figures(material.truth, logits[size], run.genres, sources)

    write_arrays(run.folder / "cross.npz", paths=np.array(paths), logits=logits[recipe.reading_size])
    result = results[recipe.reading_size]
    short = {
        str(size): {key: one[key] for key in ("accuracy", "balanced_accuracy", "top3")}
        for size, one in results.items()
    }
    run.note(
        "cross",
        {
            "recipe": asdict(recipe),
            "disturbance": asdict(disturbance),
            "folds": len(folders),
            **result,
            "sizes": short,
        },
    )
    return {**result, "sizes": short}


def crossed(run: Run) -> np.ndarray:
    """What `cross` has written: logits, `n x genres`, in the order of the training split.

    Raises:
        TrainerError: That stage is missing, or belongs to another split.
    """
    with np.load(run.owed("cross.npz", "cross")) as kept:
        if kept["paths"].tolist() != run.table("train")["image_path"].tolist():
            raise TrainerError(
                f"cross.npz belongs to another split; type again: sleevetrainer cross {run.folder}"
            )
        return kept["logits"]
