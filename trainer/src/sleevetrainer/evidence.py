"""Where on covers a network finds a genre, and what lies there.

The head is linear and pools by means, so what each place of a cover says for a genre can be told exactly.
Here that is averaged: over all covers of a genre, and over the places where a face or bare skin is. A reader
of music that reads faces would be one of people.
"""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade
from tqdm import tqdm

from .onnx_file import session
from .preprocess import normalised, opened, scaled
from .run import Run, write_beside

SIDE = 448
"""Pixels of a cover in which faces are looked for."""

SMALLEST_FACE = 40
"""Pixels of a face's side, of `SIDE`."""

SKIN = (0, 133, 77), (255, 173, 127)
"""Bare skin in Y, Cr, Cb. Wood, sand and red letters lie within it, too.

Source: Chai and Ngan, "Face Segmentation Using Skin-Color Map in Videophone Applications", IEEE Transactions
on Circuits and Systems for Video Technology, 1999."""

RESAMPLES = 400


@dataclass(frozen=True)
class Beneath:
    """What speaks for the genre that is said at places of one kind, against all others, in logits a place."""

    covers: int
    """On how many covers there are such places."""
    area: float
    """The part of their area, 0 to 1."""
    here: float
    """The mean evidence there, for the genre that is said less the mean over all genres."""
    elsewhere: float
    """The mean evidence on the rest of the same covers."""
    low: float
    """Of `here - elsewhere`, the lower end of its interval: 95 %, bootstrap over covers."""
    high: float
    """The upper end."""


def evidence(run: Run, model: bytes, size: int) -> dict[str, Any]:
    """Averages the evidence of the test split's covers; writes `evidence.png`.

    Args:
        run: A run that `prepare` has made.
        model: A network of the run's genres as it is shipped.
        size: The side of its input in pixels.

    Returns:
        `faces`, `skin`: see `Beneath`; `genres`: of the covers said to be of each, how many they are, on
        which part of them there is a `face`, which part of their area is `skin`, and `lean`, by how much more
        the places with skin speak for it than the rest (between `low` and `high`).
    """
    reader, genres = session(model), run.genres
    maps, said, faces, skin = [], [], [], []
    for path in tqdm(run.table("test")["image_path"], desc="evidence", unit="cover"):
        picture = opened(run.covers / path)
        logits, _, places = reader(normalised(scaled(picture, size))[None])
        genre = int(logits[0].argmax())
        said.append(genre)
        maps.append(places[0, genre] - places[0].mean(0))
        pixels = scaled(picture, SIDE)
        faces.append(_coarse(face_mask(pixels), maps[-1].shape[0]))
        skin.append(_coarse(skin_mask(pixels), maps[-1].shape[0]))
    maps, said, faces, skin = np.array(maps), np.array(said), np.array(faces), np.array(skin)
    means = np.array(
        [
            maps[said == place].mean(0) if (said == place).any() else 0 * maps[0]
            for place in range(len(genres))
        ]
    )
    drawn_evidence(means, genres, run.folder / "evidence.png")
    return {
        "faces": asdict(beneath(maps, faces, run.seed)),
        "skin": asdict(beneath(maps, skin, run.seed)),
        "genres": {
            genre: _of_genre(maps[said == place], faces[said == place], skin[said == place], run.seed)
            for place, genre in enumerate(genres)
            if (said == place).any()
        },
    }


def beneath(maps: np.ndarray, masks: np.ndarray, seed: int) -> Beneath:
    """What speaks for the genre that is said where masks are, against where they are not, on the same covers.

    Args:
        maps: `n x m x m`: evidence for the genre that is said of each cover, less the mean over genres.
        masks: `n x m x m`: the part of each place that is of the kind, 0 to 1.
        seed: Of the bootstrap.
    """
    some = masks.sum((1, 2)) > 0
    maps, masks = maps[some], masks[some]
    if not len(maps):
        return Beneath(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    inside, outside = (maps * masks).sum((1, 2)), (maps * (1 - masks)).sum((1, 2))
    area, rest = masks.sum((1, 2)), (1 - masks).sum((1, 2))

    def lean(places: np.ndarray) -> float:
        return float(
            inside[places].sum() / area[places].sum() - outside[places].sum() / max(1e-9, rest[places].sum())
        )

    random = np.random.default_rng(seed)
    drawn = [lean(random.integers(0, len(maps), len(maps))) for _ in range(RESAMPLES)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    here, elsewhere = inside.sum() / area.sum(), outside.sum() / max(1e-9, rest.sum())
    return Beneath(len(maps), float(masks.mean()), float(here), float(elsewhere), float(low), float(high))


def face_mask(pixels: np.ndarray) -> np.ndarray:
    """Where faces are seen from the front, `h x w`, 0 or 1, of a picture `h x w x 3`.

    Source: Liao et al., "Learning Multi-scale Block Local Binary Patterns for Face Recognition", ICB 2007;
    scikit-image's detector with the cascade that comes with it.
    """
    faces = _cascade().detect_multi_scale(
        pixels, scale_factor=1.2, step_ratio=1, min_size=(SMALLEST_FACE,) * 2, max_size=(SIDE, SIDE)
    )
    mask = np.zeros(pixels.shape[:2], np.float32)
    for face in faces:
        mask[face["r"] : face["r"] + face["height"], face["c"] : face["c"] + face["width"]] = 1
    return mask


@cache
def _cascade() -> Cascade:
    return Cascade(lbp_frontal_face_cascade_filename())


def skin_mask(pixels: np.ndarray) -> np.ndarray:
    """Where colours are those of skin, `h x w`, 0 or 1, of a picture `h x w x 3`."""
    return (cv2.inRange(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb), *SKIN) > 0).astype(np.float32)


def drawn_evidence(means: np.ndarray, genres: list[str], picture: Path) -> None:
    """The mean evidence for each genre on the covers that are said to be of it, as one picture."""
    across = 4
    down = -(-len(genres) // across)
    figure, sides = plt.subplots(
        down, across, figsize=(2.4 * across, 2.7 * down), squeeze=False, layout="constrained"
    )
    strongest = float(np.abs(means).max()) or 1.0
    for axes in sides.flat:
        axes.axis("off")
    for axes, genre, mean in zip(sides.flat, genres, means, strict=False):
        shown = axes.imshow(mean, cmap="PuOr_r", vmin=-strongest, vmax=strongest, interpolation="bicubic")
        axes.set_title(genre, fontsize=10)
    figure.colorbar(shown, ax=sides, shrink=0.7, label="for it (orange), against it (violet), in logits")
    write_beside(picture, lambda path: figure.savefig(path, dpi=110))
    plt.close(figure)


def _of_genre(maps: np.ndarray, faces: np.ndarray, skin: np.ndarray, seed: int) -> dict[str, float]:
    of_skin = beneath(maps, skin, seed)
    return {
        "covers": len(maps),
        "face": float(np.mean(faces.sum((1, 2)) > 0)),
        "skin": float(skin.mean()),
        "lean": of_skin.here - of_skin.elsewhere,
        "low": of_skin.low,
        "high": of_skin.high,
    }


def _coarse(mask: np.ndarray, side: int) -> np.ndarray:
    return cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA)
