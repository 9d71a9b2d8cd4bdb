"""Stage `cross`: networks that were fitted to most covers say what they think of the rest.

Each cover of the training split is read by a network that was shown neither it nor its look-alikes. So the
recipe is judged by all of the split and not by a small part of it; temperature and thresholds are fitted to
logits of which none was learned, of covers as they are and as a camera sees them; covers whose label nobody
believes come to light; and `fit` learns from a second opinion beside that of `teach`.

Source: Northcutt et al., "Confident Learning", JAIR 2021; Furlanello et al., "Born-Again Neural Networks",
ICML 2018.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from .augment import SEEN, Disturbance
from .curves import drawn_curves
from .errors import TrainerError
from .lesson import learned
from .maps import disturbed_maps, plain_maps, read_maps
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
        The figures at the recipe's reading size, those at each of `SIZES` as `sizes`, and the accuracy on
        covers as a camera sees them, `seen_accuracy`.
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

    def said_of(maps: np.ndarray, told: str) -> np.ndarray:
        logits = np.zeros(material.labels.shape, np.float32)
        for network, asked in tqdm(networks, desc=f"reading {told}", unit="network"):
            logits[asked] = read_maps(network, maps, asked, recipe.kept_blocks)
        return logits

    size, kept = recipe.reading_size, recipe.kept_blocks
    logits = {
        side: said_of(plain_maps(run, paths, side, kept), f"at {side} px") for side in sorted({*SIZES, size})
    }
    seen = said_of(disturbed_maps(run, paths, size, kept, SEEN, 1)[0], "as a camera sees them")
    results = {side: figures(material.truth, said, run.genres, sources) for side, said in logits.items()}
    write_arrays(run.folder / "cross.npz", paths=np.array(paths), logits=logits[size], seen=seen)
    result = results[size] | {"seen_accuracy": float(np.mean(seen.argmax(1) == material.truth))}
    short = {
        str(side): {key: one[key] for key in ("accuracy", "balanced_accuracy", "top3")}
        for side, one in results.items()
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


@dataclass(frozen=True)
class Crossed:
    """What networks say of training covers that they were not shown: logits, `n x genres`."""

    flat: np.ndarray
    """Of the covers as they are."""
    seen: np.ndarray
    """Of the covers as a camera sees them."""


def crossed(run: Run) -> Crossed:
    """What `cross` has written, in the order of the training split.

    Raises:
        TrainerError: That stage is missing, or belongs to another split or an earlier trainer.
    """
    with np.load(run.owed("cross.npz", "cross")) as kept:
        if "seen" not in kept or kept["paths"].tolist() != run.table("train")["image_path"].tolist():
            raise TrainerError(
                f"cross.npz belongs to another split or trainer; type again: sleevetrainer cross {run.folder}"
            )
        return Crossed(kept["logits"], kept["seen"])
