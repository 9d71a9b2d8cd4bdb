"""What the rule is fitted to: embeddings of covers, flat, as a camera sees them, and scanned anew."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from ..onnx_file import session
from ..preprocess import normalised, opened, scaled
from ..run import Run, write_arrays
from ..scenes import view

VIEW = 320
"""The side of a view in pixels: a sleeve in the middle of a webcam's picture."""

RESCANNED = 5
"""Of as many covers, one is scanned anew."""

READ = ("flat", "view", "told", "rescanned", "again")
"""What the network is asked for, and what is kept of it."""

SMALL_GENRE = "fewer than"
"""How `prepare` says of a cover that its genre was left out."""


@dataclass(frozen=True)
class Material:
    """Embeddings of `n` covers, and what is known of these."""

    paths: list[str]
    """Below the covers' folder."""
    groups: np.ndarray
    """Covers that look alike have one number, `n`; those of small genres have one each."""
    unseen: np.ndarray
    """Whether the network was not trained on it, `n`."""
    flat: np.ndarray
    """Embeddings of the flat covers, `n x length`."""
    view: np.ndarray
    """Embeddings of a view of each, `n x length`."""
    told: np.ndarray
    """The logits of that view, `n x genres`."""
    rescanned: np.ndarray
    """The places of covers that were scanned anew, `m`."""
    again: np.ndarray
    """Their embeddings in that scan, `m x length`."""


def material(run: Run, network: bytes, sha256: str, size: int) -> Material:
    """Reads all covers of a run, and those of genres too small for it; kept in the run, `stock.npz`.

    Args:
        run: A run that `prepare` has made.
        network: The network's bytes.
        sha256: Their SHA-256: what was read by another network is read again.
        size: The side of its input.
    """
    tables = {part: run.table(part) for part in ("train", "test")}
    paths = [path for table in tables.values() for path in table["image_path"]]
    groups = [group for table in tables.values() for group in table["group"]]
    unseen = [part == "test" for part, table in tables.items() for _ in range(len(table))]
    small = _small(run)
    paths += small
    groups += range(max(groups) + 1, max(groups) + 1 + len(small))
    unseen += [True] * len(small)
    about = {
        "paths": paths,
        "groups": np.array(groups),
        "unseen": np.array(unseen),
    }
    kept = run.folder / "stock.npz"
    if kept.exists():
        with np.load(kept) as arrays:
            same = str(arrays["network"]) == sha256 and arrays["paths"].tolist() == paths
            if same and all(name in arrays for name in READ):
                read = {name: arrays[name] for name in READ}
                return Material(**about, **read)
    read = _read(run.covers, paths, network, size, run.seed)
    write_arrays(kept, network=np.array(sha256), paths=np.array(paths), **read)
    return Material(**about, **read)


def _small(run: Run) -> list[str]:
    """The covers of genres that were too small to be learned: to the network they are as a shop's own."""
    table = pd.read_csv(run.folder / "left_out.csv", keep_default_na=False)
    return table["image_path"][table["reason"].str.contains(SMALL_GENRE)].tolist()


def _read(folder: Path, paths: list[str], network: bytes, size: int, seed: int) -> dict[str, np.ndarray]:
    reader = session(network)
    random = np.random.default_rng(seed)

    def read(picture: Image.Image) -> tuple[np.ndarray, np.ndarray]:
        logits, embedding = reader(normalised(scaled(picture, size))[None])[:2]
        return logits[0], embedding[0]

    flat, seen, told, places, again = [], [], [], [], []
    for place, path in enumerate(tqdm(paths, desc="covers", unit="cover")):
        cover = opened(folder / path)
        flat.append(read(cover)[1])
        logits, embedding = read(Image.fromarray(view(np.asarray(cover), random, VIEW)))
        seen.append(embedding)
        told.append(logits)
        if place % RESCANNED == 0:
            places.append(place)
            again.append(read(rescanned(cover, random))[1])
    arrays = {"flat": flat, "view": seen, "told": told, "again": again}
    read_arrays = {name: np.stack(rows).astype(np.float32) for name, rows in arrays.items()}
    return {**read_arrays, "rescanned": np.array(places)}


def rescanned(cover: Image.Image, random: np.random.Generator) -> Image.Image:
    """The same cover from another source: cut a little differently, of another size, compressed anew."""
    left, top, right, bottom = random.uniform(0, 0.04, 4) * min(cover.size)
    side = int(random.integers(120, 400))
    cut = cover.crop((int(left), int(top), int(cover.width - right), int(cover.height - bottom)))
    jpeg = io.BytesIO()
    cut.resize((side, side), Image.Resampling.BICUBIC).save(
        jpeg, "JPEG", quality=int(random.integers(50, 95))
    )
    with Image.open(jpeg) as picture:
        return picture.convert("RGB")
