"""Stage `upright`: which way up a cover lies, told by the fitted network beside the genre.

Somebody will hold a sleeve sideways, and a cover that lies on its side is read worse. So the network has
one more output, linear in how strong its maps are and where: lettering, faces and horizons have a top. It is
fitted to the covers of the run, each turned by every quarter, as they are and as a camera sees them.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from tqdm import tqdm

from .augment import SEEN
from .covers import genre_places
from .fit import fitted, fitted_by
from .network import Moments
from .onnx_file import reader
from .orientation import QUARTERS, Orientation, fitted_least, told_by
from .pixels import decoded, rescaled
from .preprocess import normalised
from .run import Run, write_arrays
from .teacher import folds


def upright(run: Run) -> dict[str, Any]:
    """Fits what tells which way up covers lie, and writes it, `upright.npz`.

    All figures are of covers that it was not fitted to, in folds.

    Args:
        run: A run whose `fit` is done.

    Returns:
        Of covers that lie turned by each number of quarters: how often the likeliest turn is the right one
        (`told`), how often they are turned upright (`mended`), and how often to another side (`spoiled`), by
        the rule of the device; and of upright covers how often they are turned (`wrongly`).

    Raises:
        TrainerError: A stage is missing.
    """
    network, size = fitted(run), fitted_by(run).reading_size
    read, table = reader(Moments(network), size), run.table("train")
    random = np.random.default_rng(run.seed)
    kept = [rescaled(one, size) for one in decoded(run, table["image_path"].tolist())]
    turns = tqdm(_turned(kept, random), desc="reading turned covers", unit="cover", total=len(kept))
    moments = np.concatenate([read(normalised(one)) for one in turns])
    truth = np.tile(np.arange(QUARTERS), len(kept))

    said = np.zeros((len(kept), QUARTERS, QUARTERS))
    genres = genre_places(table["label"], run.genres)
    for known, asked in folds(genres, table["group"].to_numpy(), run.seed):
        rows = _rows(known)
        one = Orientation.fitted(moments[rows], truth[rows], 0.0)
        said[asked] = one(moments[_rows(asked)]).reshape(-1, QUARTERS, QUARTERS)
    fitted_one = Orientation.fitted(moments, truth, fitted_least(said))
    write_arrays(run.folder / "upright.npz", **asdict(fitted_one))
    result = told_by(said, fitted_one.least)
    run.note("upright", result)
    return result


def orientation_of(run: Run) -> Orientation | None:
    """What `upright` has written, or `None` where that stage was left out."""
    path = run.folder / "upright.npz"
    if not path.exists():
        return None
    with np.load(path) as kept:
        return Orientation(kept["weights"], kept["biases"], float(kept["least"]))


def _turned(covers: list[np.ndarray], random: np.random.Generator) -> Iterator[np.ndarray]:
    """Each cover in all turns, `4 x s x s x 3` uint8, one half of them as a camera sees them."""
    for cover in covers:
        shown = SEEN(cover, len(cover), random) if random.random() < 0.5 else cover
        yield np.stack([np.rot90(shown, -quarter) for quarter in range(QUARTERS)])


def _rows(places: np.ndarray) -> np.ndarray:
    """The rows of covers in all their turns."""
    return (places[:, None] * QUARTERS + np.arange(QUARTERS)).ravel()
