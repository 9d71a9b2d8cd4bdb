"""The corner network fitted to lessons.

AdamW at a rate that rises, stays and falls; what is kept is a moving average of the weights.
"""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, smooth_l1_loss
from tqdm import tqdm

from ..run import write_beside
from .lessons import Lessons
from .network import CELL, CornerNet
from .views import batches, plain

WARMING = 300
"""Steps in which the rate rises."""

COOLING = 0.4
"""The part of the steps, at the end, in which it falls."""


@dataclass(frozen=True)
class Recipe:
    """How the network is fitted."""

    epochs: int = 9
    batch: int = 24
    rate: float = 3e-3
    decay: float = 0.02
    asked: int = 1000
    """Lessons that are set aside to measure on."""
    seed: int = 1

    def set_aside(self, count: int) -> int:
        """How many of so many lessons are measured on."""
        return min(self.asked, count // 5)


def fit(
    lessons: Lessons, recipe: Recipe, state_path: Path, made_from: str, say: Callable[[str], None]
) -> CornerNet:
    """Fits a network; a fit of the very same that was stopped goes on at its last whole epoch.

    Args:
        lessons: What to learn from; the last of them are measured on.
        recipe: How.
        state_path: Where the state is kept after each epoch.
        made_from: What the lessons are, in words: a state of others is not gone on from.
        say: Takes a line an epoch.
    """
    torch.manual_seed(recipe.seed)
    count = len(lessons.pictures)
    asked = recipe.set_aside(count)
    steps = (count - asked) // recipe.batch * recipe.epochs
    network = CornerNet().to(memory_format=torch.channels_last)
    average = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / WARMING, (steps - step) / (COOLING * steps))
    )
    made_from = f"{made_from} {asdict(recipe)}"
    done = 0
    if state_path.exists():
        state = torch.load(state_path, weights_only=True)
        if state["made_from"] == made_from:
            network.load_state_dict(state["network"])
            average.load_state_dict(state["average"])
            optimiser.load_state_dict(state["optimiser"])
            schedule.load_state_dict(state["schedule"])
            done = state["done"]
    for epoch in range(done, recipe.epochs):
        random = np.random.default_rng([recipe.seed, epoch])
        network.train()
        losses = []
        drawn = batches(lessons, np.arange(count - asked), recipe.batch, random)
        for batch in tqdm(ahead(drawn), f"epoch {epoch + 1}", (count - asked) // recipe.batch, leave=False):
            parts = loss(network, *map(torch.from_numpy, batch))
            optimiser.zero_grad()
            sum(parts).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            blend(average, network, schedule.last_epoch)
            losses.append([float(part.detach()) for part in parts])
        state = {
            "made_from": made_from, "done": epoch + 1, "network": network.state_dict(),
            "average": average.state_dict(), "optimiser": optimiser.state_dict(),
            "schedule": schedule.state_dict(),
        }  # fmt: skip
        write_beside(state_path, lambda beside, state=state: torch.save(state, beside))
        told = measured(average, lessons, np.arange(count - asked, count))
        parts = ", ".join(f"{part:.3f}" for part in np.mean(losses, 0))
        say(
            f"epoch {epoch + 1}: losses {parts}; "
            + ", ".join(f"{key} {value:.4f}" for key, value in told.items())
        )
    return average.eval()


def ahead(batches_: Any) -> Any:
    """The same batches, each made while the one before is learned from."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches_, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches_, None)
            yield batch


def blend(average: nn.Module, network: nn.Module, step: int) -> None:
    """Moves the average towards the network, by less the longer it goes on."""
    part = max(0.002, 10 / (step + 10))
    with torch.no_grad():
        ours, theirs = average.state_dict(), network.state_dict()
        for name, value in ours.items():
            if value.is_floating_point():
                value.lerp_(theirs[name], part)
            else:
                value.copy_(theirs[name])


def shown(frames: Tensor) -> Tensor:
    """Frames, `n x 96 x 128 x 3` uint8, as the network takes them."""
    return ((frames.float() - 127) / 128).permute(0, 3, 1, 2)


def loss(network: nn.Module, frames: Tensor, maps: Tensor, near: Tensor, there: Tensor) -> tuple[Tensor, ...]:
    """The losses of sleeve, corners, offsets and presence.

    The corners' is the quality focal loss (Li et al., "Generalized Focal Loss", 2020): nearly all cells are
    far from any corner, and soon right.
    """
    found, present = network(shown(frames))
    corners = maps[:, 1]
    off = (found[:, 1].sigmoid() - corners).abs().detach()
    hills = off**2 * binary_cross_entropy_with_logits(found[:, 1], corners, reduction="none")
    offsets = smooth_l1_loss(found[:, 2:], maps[:, 2:], beta=0.25, reduction="none") * near[:, None]
    return (
        2 * binary_cross_entropy_with_logits(found[:, 0], maps[:, 0]),
        0.3 * hills.sum() / len(frames),
        offsets.sum() / near.sum().clamp(min=1),
        0.5 * binary_cross_entropy_with_logits(present, there),
    )


def measured(network: nn.Module, lessons: Lessons, numbers: np.ndarray) -> dict[str, float]:
    """How far the strongest corners lie from the true ones, in sides, and whether presence is told."""
    network.eval()
    distances, right = [], []
    for number in numbers:
        view = plain(lessons, number)
        with torch.inference_mode():
            found, present = network(shown(torch.from_numpy(view.frame[None])))
        right.append((float(present) > 0) == (view.corners is not None))
        if view.corners is not None:
            at = strongest(found[0].numpy(), 4)
            away = np.hypot(*(view.corners[:, None] - at[None]).transpose(2, 0, 1)).min(1)
            side = np.hypot(*(view.corners - np.roll(view.corners, 1, 0)).T).mean()
            distances.append(away.mean() / side)
    distances = np.array(distances or [np.nan])
    return {
        "under 2 %": float((distances < 0.02).mean()),
        "under 5 %": float((distances < 0.05).mean()),
        "median": float(np.median(distances)),
        "presence": float(np.mean(right)),
    }


def strongest(maps: np.ndarray, most: int) -> np.ndarray:
    """The strongest corners, `most x 2` in the input's pixels."""
    heat = maps[1]
    padded = np.pad(heat, 1, constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).max((2, 3))
    y, x = np.nonzero(heat >= around)
    order = np.argsort(-heat[y, x])[:most]
    y, x = y[order], x[order]
    at = np.stack([x + maps[2, y, x], y + maps[3, y, x]], 1)
    return (at + 0.5) * CELL - 0.5
