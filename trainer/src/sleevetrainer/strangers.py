"""Stage `strangers`: pictures that are no sleeves, and what parts sleeves from them.

Somebody will hold up a face, a screen or a cat, and whoever is asked for a genre gives one. So the network
has one more output, a linear one on the statistics that its head reads: does this look like a sleeve at all?
It is fitted on the covers of the run and on photographs and screenshots of this machine; nothing is fetched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from .augment import SEEN
from .errors import TrainerError
from .fit import fitted, fitted_by
from .network import Features
from .onnx_file import reader
from .pixels import decoded, rescaled
from .preprocess import normalised, opened, scaled
from .rejector import FOLDS, LOST, Rejector, crossed_scores, refusals, untrained_scores
from .run import Run, write_arrays
from .scenes import render

FOLDERS = ("/usr/share/backgrounds", "/usr/share/wallpapers", "/usr/share/doc/opencv-doc")
"""Where Debian's packages put photographs (`scripts/setup strangers` installs some)."""

SUFFIXES = {".jpg", ".jpeg", ".png"}

SMALLEST = 20_000
"""Bytes of a picture file; what is smaller is an icon."""

LARGEST = 1000
"""Pixels of a picture's longer side; larger ones are scaled down, so that its parts show things."""

ROOMS = 300
"""Rendered rooms without a sleeve among the strangers."""


def strangers(run: Run, folders: Sequence[Path], count_of_rooms: int = ROOMS) -> dict[str, Any]:
    """Fits the rejector of the fitted network and writes it, `strangers.npz`.

    All figures are of covers and pictures that it was not fitted to, in three folds.

    Args:
        run: A run whose `fit` is done.
        folders: Where pictures that are no sleeves lie, at any depth.
        count_of_rooms: How many rendered rooms without a sleeve are added.

    Returns:
        How many `pictures` and `rooms` there are, and by `score`, of those that would do, how many `covers`,
        covers as a camera sees them (`views`), and strangers are refused where so many covers may be lost.

    Raises:
        TrainerError: A stage is missing, or there are fewer pictures than folds.
    """
    network, size = fitted(run), fitted_by(run).reading_size
    read, table = reader(Features(network), size), run.table("train")
    random = np.random.default_rng(run.seed)
    pictures = list(tqdm(found(folders), desc="looking for pictures", unit="picture"))
    if len(pictures) < FOLDS:
        raise TrainerError(
            f"{len(pictures)} pictures that are no sleeves are too few; install some with "
            "scripts/setup strangers, or name a folder with photographs"
        )
    rooms = [render(None, random).picture for _ in tqdm(range(count_of_rooms), desc="rooms", unit="room")]

    kept = [rescaled(one, size) for one in decoded(run, table["image_path"].tolist())]
    covers = _features(read, kept, "covers")
    views = _features(read, (SEEN(one, size, random) for one in kept), "covers, seen", len(kept))
    squares = [square for one in pictures for square in (one, _part(one, random))]
    squares = [np.asarray(scaled(Image.fromarray(one), size)) for one in [*squares, *rooms]]
    others = _features(read, squares, "strangers")
    seen = _features(read, (SEEN(one, size, random) for one in squares), "strangers, seen", len(squares))

    of_cover = table["group"].factorize()[0]
    of_other = np.concatenate(
        [np.repeat(np.arange(len(pictures)), 2), len(pictures) + np.arange(count_of_rooms)]
    )
    known = np.concatenate([covers, views]), np.concatenate([others, seen])
    groups = np.tile(of_cover, 2), np.tile(of_other, 2)
    trained = crossed_scores(*known, *groups)
    scores = {"trained": trained} | untrained_scores(
        *known, network.head.weight.detach().numpy(), network.head.bias.detach().numpy()
    )
    count = len(covers)
    result = {
        "pictures": len(pictures),
        "rooms": count_of_rooms,
        "lost": LOST,
        "score": {
            name: refusals(of_covers[:count], of_covers[count:], of_others)
            for name, (of_covers, of_others) in scores.items()
        },
        "disturbance": asdict(SEEN),
    }
    least = float(np.quantile(trained[0][:count], LOST))
    rejector = Rejector.fitted(*known, least)
    write_arrays(
        run.folder / "strangers.npz",
        weights=rejector.weights,
        bias=np.array(rejector.bias),
        least=np.array(least),
    )
    run.note("strangers", result)
    return result


def rejector_of(run: Run) -> Rejector | None:
    """What `strangers` has written, or `None` where that stage was left out."""
    path = run.folder / "strangers.npz"
    if not path.exists():
        return None
    with np.load(path) as kept:
        return Rejector(kept["weights"], float(kept["bias"]), float(kept["least"]))


def found(folders: Sequence[Path]) -> Iterator[np.ndarray]:
    """Pictures below folders, `h x w x 3` uint8, in the order of their names; each once.

    Files that are no pictures, or are as small as icons, are passed over.
    """
    known = set()
    for path in sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES
    ):
        if not path.is_file() or path.stat().st_size < SMALLEST:
            continue
        try:
            picture = opened(path)
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
            continue
        # A wallpaper comes in a dozen sizes: whether it grows brighter, from each of 9 x 8 fields to the
        # next.
        fields = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX)).astype(int)
        key = (fields[:, 1:] > fields[:, :-1]).tobytes()
        if key in known:
            continue
        known.add(key)
        picture.thumbnail((LARGEST, LARGEST))
        yield np.asarray(picture)


def _part(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A square part of a picture, 40 to 100 % of its shorter side."""
    rows, columns = picture.shape[:2]
    side = int(min(rows, columns) * random.uniform(0.4, 1.0))
    top, left = random.integers(rows - side + 1), random.integers(columns - side + 1)
    return picture[top : top + side, left : left + side]


def _features(read: Any, pictures: Any, told: str, count: int | None = None) -> np.ndarray:
    """The network's features, `n x 1408`, of squares `n x size x size x 3` uint8."""
    bar = tqdm(pictures, desc=f"reading {told}", unit="picture", total=count or len(pictures))
    return np.concatenate([read(normalised(one)[None]) for one in bar])
