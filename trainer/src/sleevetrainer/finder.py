"""Stage `finder`: what an outline must look like to be a sleeve's.

The device considers some hundred outlines a frame, at a glance and then more closely, and tells clues of each
(`src/sleeve/clues.rs`). Here a small network learns from rendered scenes, whose corners are known, which of a
scene's outlines is the sleeve's, or that none is; it does not matter which of the two lots they are.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

from .errors import TrainerError
from .run import write_text

WIDTH = 96
"""Units of both hidden layers."""

EPOCHS = 40

BATCH = 64

RATE = 3e-3

FARTHEST = 4.0
"""Standard deviations from the mean beyond which a clue says no more; the device's `FARTHEST`."""

CLOSE = 0.04
"""The largest corner error, in sides, of an outline that still is the sleeve's."""

SHARP = 0.006
"""How the share of an outline falls with its corners' error, in sides."""

JUDGED_BY = 0.15
"""The part of the covers whose scenes judge the network and teach nothing; also of scenes without one."""


@dataclass(frozen=True)
class Scenes:
    """The outlines of `n` scenes, at most `m` each."""

    clues: Tensor
    """`n x m x clues`; zero where there is no outline."""
    there: Tensor
    """Whether there is an outline, `n x m`."""
    errors: Tensor
    """Of the corners, in sides, `n x m`; large where there is no sleeve."""
    overlaps: Tensor
    """Intersections over union, `n x m`."""
    cover: Tensor
    """Which cover the scene shows, `n`; -1 where it has no sleeve."""

    @property
    def sleeve(self) -> Tensor:
        """Whether the scene has a sleeve, `n`."""
        return self.cover >= 0

    def __getitem__(self, places: Tensor) -> "Scenes":
        """Some of the scenes."""
        return Scenes(*(getattr(self, name)[places] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        """How many scenes there are."""
        return len(self.cover)

    @classmethod
    def read(cls, table: Path) -> "Scenes":
        """Reads what `cargo run --release --example clues -- SCENES --closer` has written.

        Raises:
            TrainerError: The table is no such table.
        """
        try:
            rows = pd.read_csv(table)
        except (OSError, ValueError) as error:
            raise TrainerError(
                f"{table} holds no clues ({error}); "
                "write them by: cargo run --release --example clues -- SCENES --closer"
            ) from error
        names = [name for name in rows.columns if name.startswith("clue")]
        if not names or not {"scene", "cover", "error", "overlap"} <= set(rows.columns):
            raise TrainerError(f"{table} has other columns than the example `clues` writes")
        scene = rows["scene"].factorize()[0]
        place = rows.groupby("scene").cumcount().to_numpy()
        shape = (scene.max() + 1, place.max() + 1)
        considered = rows["error"].notna().to_numpy()

        def spread(values: np.ndarray, otherwise: float) -> Tensor:
            array = np.full(shape + values.shape[1:], otherwise, np.float32)
            array[scene[considered], place[considered]] = values[considered]
            return torch.from_numpy(array)

        cover = np.zeros(shape[0], int)
        cover[scene] = rows["cover"].factorize()[0]
        return cls(
            spread(rows[names].to_numpy(np.float32), 0.0),
            spread(np.ones(len(rows), np.float32), 0.0) > 0,
            spread(rows["error"].to_numpy(np.float32), 9.0),
            spread(rows["overlap"].to_numpy(np.float32), 0.0),
            torch.from_numpy(cover),
        )


class Assessor(nn.Module):
    """Scores outlines by their clues, `... x clues`."""

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        """Takes the clues' means and standard deviations."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.layers = nn.ModuleList(
            nn.Linear(before, behind) for before, behind in ((len(mean), WIDTH), (WIDTH, WIDTH), (WIDTH, 1))
        )

    def forward(self, clues: Tensor) -> Tensor:
        """The logarithm of how much likelier an outline is the sleeve's than there is none, `...`."""
        values = ((clues - self.mean) / self.std).clamp(-FARTHEST, FARTHEST)
        for layer in self.layers[:-1]:
            values = layer(values).relu()
        return self.layers[-1](values).squeeze(-1)

    def chances(self, scenes: Scenes) -> Tensor:
        """The logarithms of the probabilities that there is no sleeve, and of each outline, `n x (1 + m)`."""
        scores = self(scenes.clues).masked_fill(~scenes.there, -1e9)
        return torch.cat([torch.zeros(len(scores), 1), scores], 1).log_softmax(1)


def finder(table: Path, out: Path, seed: int = 0) -> dict[str, Any]:
    """Fits the device's assessor to a table of clues and writes it as JSON.

    Args:
        table: What the example `clues` has written of scenes.
        out: The file, as `src/sleeve/assessor-closer.json`.
        seed: Of every random choice.

    Returns:
        The figures on scenes that it was not fitted to; see `figures`.
    """
    scenes = Scenes.read(table)
    torch.manual_seed(seed)
    judges = judging(scenes)
    assessor = fitted(scenes[~judges])
    result = figures(assessor, scenes[judges])
    write_text(out, json.dumps(described(assessor), separators=(",", ":")) + "\n")
    return result


def judging(scenes: Scenes) -> Tensor:
    """Which scenes judge, `n`: no cover is in these and in others; chance is PyTorch's own.

    A network that knows a cover's printed frame by heart would find it in its other scenes.
    """
    chance = torch.rand(2, len(scenes)) < JUDGED_BY
    return torch.where(scenes.cover < 0, chance[0], chance[1, scenes.cover.clamp(min=0)])


def fitted(scenes: Scenes) -> Assessor:
    """An assessor that was fitted to scenes; chance is PyTorch's own."""
    shares, proposed = targets(scenes)
    scenes, shares = scenes[proposed], shares[proposed]
    seen = scenes.clues[scenes.there]
    assessor = Assessor(seen.mean(0), seen.std(0) + 1e-4)
    steps = max(1, len(scenes) // BATCH)
    optimiser = torch.optim.AdamW(assessor.parameters(), RATE, weight_decay=1e-2)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * steps)
    for _ in tqdm(range(EPOCHS), unit="epoch", desc="fitting"):
        for some in torch.randperm(len(scenes))[: steps * BATCH].split(BATCH):
            loss = -(shares[some] * assessor.chances(scenes[some])).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
    return assessor


def targets(scenes: Scenes) -> tuple[Tensor, Tensor]:
    """What is to be learned: the share of "no sleeve" and of each outline, `n x (1 + m)`.

    Also which scenes tell something, `n`: those in which the sleeve is among the outlines, or there is none.
    """
    shares = torch.exp(-scenes.errors / SHARP) * (scenes.errors < CLOSE) * scenes.there
    total = shares.sum(1)
    none = total == 0
    shares = shares / total.clamp(min=1e-12)[:, None]
    return torch.cat([none.float()[:, None], shares], 1), ~(scenes.sleeve & none)


def figures(assessor: Assessor, scenes: Scenes, least: float = 0.5) -> dict[str, float]:
    """How well sleeves are found: `close` and `same` of scenes with one, `none` of those without.

    They are counted as `sleevesight evaluate --scenes` does. `could` is what would be close if the best
    of all outlines were taken each time.
    """
    with torch.no_grad():
        chances = assessor.chances(scenes).exp()
    found = 1 - chances[:, 0] >= least
    best = chances[:, 1:].argmax(1, keepdim=True)
    error, overlap = (of.gather(1, best)[:, 0] for of in (scenes.errors, scenes.overlaps))
    sleeve = scenes.sleeve

    def part(holds: Tensor, among: Tensor) -> float:
        return round(float(holds[among].float().mean()), 4) if among.any() else float("nan")

    return {
        "scenes": len(scenes),
        "close": part(found & (error < 0.02), sleeve),
        "same": part(found & (overlap >= 0.9), sleeve),
        "could": part(scenes.errors.amin(1) < 0.02, sleeve),
        "none": part(~found, ~sleeve),
    }


def described(assessor: Assessor) -> dict[str, Any]:
    """The assessor as the device reads it, five digits each."""

    def digits(values: Tensor) -> Any:
        return json.loads(json.dumps(values.tolist()), parse_float=lambda value: float(f"{float(value):.5g}"))

    return {
        "mean": digits(assessor.mean),
        "std": digits(assessor.std),
        "layers": [
            {"weights": digits(layer.weight.detach()), "biases": digits(layer.bias.detach())}
            for layer in assessor.layers
        ],
    }
