"""Frozen ImageNet features of covers, made once and kept in the run folder."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from tqdm import tqdm

from .body import FEATURES, SIZES, imagenet_body
from .network import statistics, style_maps
from .onnx_file import reader
from .preprocess import normalised, opened, scaled
from .run import Run, write_arrays

BATCH = 16


def imagenet_features(run_folder: Path, folder: Path, paths: Sequence[str]) -> np.ndarray:
    """Pooled features, `n x 1280`, of EfficientNet-Lite0 as ImageNet left it.

    Args:
        run_folder: Where they are kept.
        folder: The covers' folder.
        paths: The covers, below it.
    """
    return frozen_features(run_folder, folder, paths, "lite0")[:, :FEATURES]


def frozen_features(run_folder: Path, folder: Path, paths: Sequence[str], body: str) -> np.ndarray:
    """Features of covers, each the mean over the cover and its mirror image.

    What is kept already is not made again; it is keyed by path and size of file.

    Args:
        run_folder: Where they are kept, as `features-BODY.npz`.
        folder: The covers' folder.
        paths: The covers, below it.
        body: One of `SIZES`.

    Returns:
        `n x (1280 + styles)`, float32: the pooled last maps, then the statistics that `network` tells of.
    """
    kept_in = run_folder / f"features-{body}.npz"
    keys = [hashlib.sha256(f"{path}:{(folder / path).stat().st_size}".encode()).hexdigest() for path in paths]
    known = _kept(kept_in)
    missing = [place for place, key in enumerate(keys) if key not in known]
    for start in tqdm(
        range(0, len(missing), BATCH), desc=f"features {body}", unit="batch", disable=not missing
    ):
        part = missing[start : start + BATCH]
        pixels = np.stack([scaled(opened(folder / paths[place]), SIZES[body]) for place in part])
        covers = normalised(pixels)
        features = (_reader(body)(covers) + _reader(body)(np.ascontiguousarray(covers[..., ::-1]))) / 2
        known.update(zip((keys[place] for place in part), features, strict=True))
    if missing:
        write_arrays(kept_in, keys=np.array(list(known)), features=np.stack(list(known.values())))
    return np.stack([known[key] for key in keys]) if keys else np.zeros((0, FEATURES), np.float32)


def style_features(run: Run, paths: Sequence[str], body: str) -> np.ndarray:
    """Of `frozen_features`, the statistics that tell of style, `n x styles`."""
    return frozen_features(run.folder, run.covers, paths, body)[:, FEATURES:]


class Frozen(nn.Module):
    """A body that gives what `frozen_features` returns."""

    def __init__(self, body: EfficientNet) -> None:
        """Takes a body in evaluation mode."""
        super().__init__()
        self.body = body

    def forward(self, covers: Tensor) -> Tensor:
        """Features, `n x (1280 + styles)`."""
        maps = style_maps(self.body, covers)
        top = self.body._swish(self.body._bn1(self.body._conv_head(maps[-1])))
        return torch.cat([top.mean((2, 3)), statistics(maps)], 1)


@cache
def _reader(body: str) -> Callable[[np.ndarray], np.ndarray]:
    return reader(Frozen(imagenet_body(body)), SIZES[body])


def _kept(path: Path) -> dict[str, np.ndarray]:
    if not path.exists():
        return {}
    with np.load(path) as kept:
        return dict(zip(kept["keys"].tolist(), kept["features"], strict=True))
