"""Maps that the kept blocks make of disturbed covers: made once, drawn from by every epoch, fold and seed.

The network's first blocks stay as ImageNet left them, so what they make of a disturbed cover never changes.
Making it is more than half of an epoch's work; kept in half precision, a fit is left with the other half.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from tqdm import tqdm

from .augment import Disturbance
from .body import imagenet_body
from .network import CoverNet, first_blocks
from .onnx_file import reader
from .pixels import decoded, rescaled
from .preprocess import normalised
from .run import Run, write_beside

BATCH = 16


def disturbed_maps(
    run: Run, paths: list[str], size: int, kept: int, disturbance: Disturbance, variants: int
) -> list[np.ndarray]:
    """Maps of covers, each disturbed anew in each variant; what is made already is not made again.

    Args:
        run: The run, in whose folder they are kept: 46 kB a cover and variant at 192 pixels and five blocks.
        paths: The covers, below the covers' folder.
        size: The side of the disturbed covers in pixels.
        kept: How many blocks are kept.
        disturbance: What covers go through.
        variants: How often.

    Returns:
        `variants` arrays `n x m x m x c`, float16, read from disk as they are asked for.
    """
    pixels = decoded(run, paths)

    def variant(number: int) -> np.ndarray:
        random = np.random.default_rng([run.seed, number])
        covers = (disturbance(one, size, random) for one in pixels)
        name = json.dumps(["disturbed", number, run.seed, asdict(disturbance)])
        return _kept(run, paths, size, kept, name, covers, f"disturbing {number + 1}/{variants}")

    return [variant(number) for number in range(variants)]


def plain_maps(run: Run, paths: list[str], size: int, kept: int) -> np.ndarray:
    """Maps of covers as they are, `n x m x m x c` float16; see `disturbed_maps`."""
    covers = (rescaled(one, size) for one in decoded(run, paths))
    return _kept(run, paths, size, kept, "plain", covers, f"maps at {size} px")


def as_maps(kept: np.ndarray) -> Tensor:
    """Kept maps as the network takes them: `... x c x m x m` float32 of `... x m x m x c` float16."""
    return torch.from_numpy(np.moveaxis(kept.astype(np.float32), -1, -3))


def read_maps(
    network: CoverNet, kept: np.ndarray, places: np.ndarray, after: int, batch: int = 64
) -> np.ndarray:
    """The logits, `len(places) x genres`, that a network gives in evaluation mode.

    Args:
        network: The network.
        kept: Maps of covers, `n x m x m x c`.
        places: Which of the `n`.
        after: Behind how many blocks the maps were taken.
        batch: How many are read at a time.
    """
    network.eval().to(memory_format=torch.channels_last)
    with torch.inference_mode():
        parts = [
            network(as_maps(kept[some]).contiguous(memory_format=torch.channels_last), after)
            for some in np.split(places, range(batch, len(places), batch))
        ]
    return torch.cat(parts).numpy()


def _kept(
    run: Run, paths: list[str], size: int, kept: int, name: str, covers: Iterator[np.ndarray], told: str
) -> np.ndarray:
    key = hashlib.sha256(json.dumps([paths, size, kept, name]).encode()).hexdigest()[:16]
    file = run.folder / f"maps-{key}.npy"
    if not file.exists():
        read = reader(First(imagenet_body("lite0"), kept), size)

        def write(beside: Path) -> None:
            maps, batch = None, []
            for place, cover in enumerate(tqdm(covers, desc=told, unit="cover", total=len(paths))):
                batch.append(normalised(cover))
                if len(batch) == BATCH or place == len(paths) - 1:
                    made = read(np.stack(batch))
                    if maps is None:
                        maps = np.lib.format.open_memmap(
                            beside, mode="w+", dtype=np.float16, shape=(len(paths), *made.shape[1:])
                        )
                    maps[place + 1 - len(batch) : place + 1] = made
                    batch = []
            maps.flush()

        write_beside(file, write)
    return np.load(file, mmap_mode="r")


class First(nn.Module):
    """The kept blocks, and their maps with the channels last."""

    def __init__(self, body: EfficientNet, kept: int) -> None:
        """Takes a body, and how many blocks are kept."""
        super().__init__()
        self.body, self.kept = body, kept

    def forward(self, covers: Tensor) -> Tensor:
        """Maps, `n x m x m x c`, of covers `n x 3 x s x s`."""
        return first_blocks(self.body, covers, self.kept).permute(0, 2, 3, 1)
