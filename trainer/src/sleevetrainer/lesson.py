"""One network fitted to one part of the covers: first its head alone, then all but its first blocks.

One-cycle schedules (Smith, "Super-Convergence", 2018) over both phases, discriminative learning rates
(Howard and Ruder, "ULMFiT", 2018), mixup of the kept blocks' maps (Zhang et al., "mixup", ICLR 2018; Verma
et al., "Manifold Mixup", ICML 2019), and an exponential average of the weights, which is what is kept.

How long it takes is set beforehand: a network that is stopped where it did best on some covers tells nothing
by those covers any more.
"""

import ctypes
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
import torch
from fastai.callback.core import Callback, CancelValidException
from fastai.callback.mixup import MixUp
from fastai.callback.progress import ProgressCallback
from fastai.callback.schedule import SuggestionMethod
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.metrics import AccumMetric
from fastai.torch_core import get_model
from matplotlib import pyplot as plt
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from torch import Tensor, nn
from torch.utils.data import Dataset

from .average import Average, Weights
from .errors import TrainerError
from .linear import Linear
from .maps import as_maps
from .network import CoverNet, groups
from .processes import alone, by_first, is_first, shared
from .recipe import Recipe
from .run import write_beside, write_rows

COLUMNS = ("phase", "epoch", "train_loss", "valid_loss", "accuracy", "balanced_accuracy", "top3", "seconds")


@dataclass(frozen=True)
class Part:
    """Covers as one network meets them: what the kept blocks make of them, and what to say of each."""

    maps: Sequence[np.ndarray]
    """A variant each, `n x m x m x c`."""
    places: np.ndarray
    """Which of the `n` belong to the part."""
    targets: np.ndarray
    """`n x genres`, from 0 to 1."""


@dataclass(frozen=True)
class Lesson:
    """What one network is fitted to."""

    known: Part
    asked: Part | None
    """What it is measured on after each epoch, if anything."""
    head: Linear
    """What its head begins with."""
    weights: np.ndarray
    """How often each cover of the known part is drawn, `len(known.places)`; they sum to 1."""
    made_by: str
    """A fingerprint: a state that was made by another lesson is not gone on from."""


class Drawn(Dataset):
    """Covers of a part, each time in a variant that is drawn anew."""

    def __init__(self, part: Part, seed: int) -> None:
        """Takes the part, and the seed of what is drawn."""
        self.part = part
        self.random = np.random.default_rng(seed)

    def __len__(self) -> int:
        """How many covers."""
        return len(self.part.places)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        """A cover's maps, `c x m x m` float32, and its target, `genres` float32."""
        place = self.part.places[number]
        variant = self.part.maps[self.random.integers(len(self.part.maps))]
        return as_maps(variant[place]), torch.from_numpy(self.part.targets[place].astype(np.float32))


class Rest(nn.Module):
    """What follows the kept blocks."""

    def __init__(self, network: CoverNet, kept: int) -> None:
        """Takes the network and how many of its blocks are kept."""
        super().__init__()
        self.network, self.kept = network, kept

    def forward(self, maps: Tensor) -> Tensor:
        """Logits, `n x genres`, of maps `n x c x m x m`."""
        return self.network(maps.contiguous(memory_format=torch.channels_last), self.kept)


class Unmeasured(Callback):
    """Leaves the measuring out, where there are no covers to measure on."""

    order = 91

    def before_validate(self) -> None:
        """Ends it before it begins; what comes before it and after it still happens."""
        raise CancelValidException


class Keeper(Callback):
    """Writes every epoch down, and the state to resume from."""

    order = 95

    def __init__(self, folder: Path, phase: str, average: Average, state: dict[str, Any], start: int) -> None:
        """Takes what was done before, in `state`, and the epoch that this phase goes on with."""
        self.folder, self.phase, self.average, self.state = folder, phase, average, state
        self.start = start

    def before_fit(self) -> None:
        """Goes on with the training loss, which is smoothed over the epochs of a phase."""
        if self.start and "smoothed" in self.state:
            self.recorder.smooth_loss.count, self.recorder.smooth_loss.val = self.state["smoothed"]

    def before_epoch(self) -> None:
        """Starts the clock."""
        self.started = time.monotonic()

    def after_epoch(self) -> None:
        """Keeps all that is needed to go on from here after a kill."""
        if self.epoch < self.start:
            # fastai runs through the epochs that it skips, and begins none of them.
            return
        figures = [float("nan") if value is None else float(value) for value in self.learn.final_record]
        # Where nothing is measured, there is but the training loss.
        figures += [float("nan")] * (len(COLUMNS) - 3 - len(figures))
        state = self.state
        state["rows"].append([self.phase, self.epoch, *figures, round(time.monotonic() - self.started, 1)])
        state |= {
            "phase": self.phase,
            "done": self.epoch + 1,
            "model": get_model(self.model).state_dict(),
            "optimiser": self.opt.state_dict(),
            "averaged": self.average.weights,
            "steps": self.average.steps,
            "smoothed": (self.recorder.smooth_loss.count, self.recorder.smooth_loss.val),
            "random": self.dls.train.dataset.random.bit_generator.state,
            "torch_random": torch.get_rng_state(),
        }
        if is_first():
            write_beside(self.folder / "state.pth", partial(torch.save, state))
            write_rows(self.folder / "epochs.csv", COLUMNS, state["rows"])


def learned(folder: Path, lesson: Lesson, recipe: Recipe, seed: int, finder: Path | None = None) -> Weights:
    """Fits a network and writes `network.pth`, `epochs.csv` and, until it is done, `state.pth` into a folder.

    What was stopped goes on where its last whole epoch ended; what is done is only read. Several processes
    fit it together, where a launcher has started them (see `processes`).

    Args:
        folder: Where to.
        lesson: What it is fitted to.
        recipe: How.
        seed: Of what is drawn and left out.
        finder: Where the plot of the learning-rate finder goes, if that is wanted.

    Returns:
        The network's averaged weights.

    Raises:
        TrainerError: The folder belongs to another lesson.
    """
    kept_in = folder / "network.pth"
    if kept_in.exists():
        done = torch.load(kept_in, weights_only=True)
        _belongs(done["made_by"], lesson, folder)
        return done["weights"]
    folder.mkdir(parents=True, exist_ok=True)
    _hold_memory()
    torch.manual_seed(seed)
    state = _resumed(folder, lesson)
    learner = _learner(folder, lesson, recipe, seed)
    average = Average(recipe.averaging)
    if "rate" not in state:
        state["rate"] = recipe.head_rate
        if finder or not recipe.head_rate:
            found = _found_rate(learner, finder or folder / "lr-finder.png")
            state["rate"], state["suggested"] = recipe.head_rate or found, found
            torch.manual_seed(seed)
            learner.dls.train.dataset.random = np.random.default_rng(seed)
    if "random" in state:
        learner.dls.train.dataset.random.bit_generator.state = state["random"]

    phases = [
        ("head", recipe.frozen_epochs, learner.freeze, state["rate"]),
        (
            "all",
            recipe.epochs,
            partial(learner.freeze_to, 1),
            slice(recipe.rate / recipe.gentler, recipe.rate),
        ),
    ]
    for phase, epochs, prepare, rates in phases:
        if state.get("phase") == "all" and phase == "head":
            continue
        prepare()
        start = state["done"] if state.get("phase") == phase else 0
        if start:
            learner.create_opt()
            learner.opt.load_state_dict(state["optimiser"])
        if "model" in state and average.weights is None:
            learner.model.load_state_dict(state["model"])
            average.weights, average.steps = state["averaged"], state["steps"]
            torch.set_rng_state(state["torch_random"])
        if start < epochs:
            keeper = Keeper(folder, phase, average, state, start)
            with shared(learner):
                learner.fit_one_cycle(
                    epochs,
                    rates,
                    wd=recipe.weight_decay,
                    cbs=[average, keeper],
                    start_epoch=start,
                    pct_start=0.2,
                )
    weights = {name.removeprefix("network."): value for name, value in average.weights.items()}
    done = {
        "made_by": lesson.made_by,
        "weights": weights,
        "rate": state["rate"],
        "suggested": state.get("suggested"),
    }
    if is_first():
        write_beside(kept_in, partial(torch.save, done))
        (folder / "state.pth").unlink(missing_ok=True)
    return weights


def _learner(folder: Path, lesson: Lesson, recipe: Recipe, seed: int) -> Learner:
    """A fastai learner: both parts' loaders, the network, its groups, loss and metrics."""
    known = Drawn(lesson.known, seed)

    def drawn() -> list[int]:
        return known.random.choice(len(known), len(known), p=lesson.weights).tolist()

    batch = min(recipe.batch, len(known))
    loader = DataLoader(known, bs=batch, get_idxs=drawn, drop_last=True, num_workers=0)
    asked = lesson.asked and DataLoader(Drawn(lesson.asked, seed), bs=recipe.batch, num_workers=0)
    callbacks = [MixUp(recipe.mixup)] if recipe.mixup > 0 else []
    network = CoverNet(lesson.known.targets.shape[1])
    network.begin_with(lesson.head)
    metrics = [
        AccumMetric(figure, flatten=False, to_np=True) for figure in (right, right_by_genre, among_three)
    ]
    learner = Learner(
        DataLoaders(loader, asked or loader, device=torch.device("cpu")),
        Rest(network, recipe.kept_blocks).to(memory_format=torch.channels_last),
        loss_func=nn.CrossEntropyLoss(),
        metrics=metrics,
        splitter=lambda rest: groups(rest.network, recipe.kept_blocks),
        cbs=callbacks if lesson.asked else [*callbacks, Unmeasured()],
        train_bn=False,
        path=folder,
    )
    if not is_first():
        learner.remove_cb(ProgressCallback)
    return learner


def right(logits: np.ndarray, targets: np.ndarray) -> float:
    """Accuracy, 0 to 1."""
    return accuracy_score(targets.argmax(1), logits.argmax(1))


def right_by_genre(logits: np.ndarray, targets: np.ndarray) -> float:
    """Balanced accuracy, 0 to 1."""
    return balanced_accuracy_score(targets.argmax(1), logits.argmax(1))


def among_three(logits: np.ndarray, targets: np.ndarray) -> float:
    """Top-3 accuracy, 0 to 1."""
    return float((np.argsort(-logits, axis=1)[:, :3] == targets.argmax(1)[:, None]).any(1).mean())


def _found_rate(learner: Learner, picture: Path) -> float:
    """The learning-rate finder on the frozen network, and its plot."""
    learner.freeze()
    with alone():
        found = learner.lr_find(num_it=60, suggest_funcs=(SuggestionMethod.Valley,), show_plot=True)
    figure = plt.gcf()
    figure.suptitle("Learning-rate finder, body frozen")
    if is_first():
        write_beside(picture, lambda path: figure.savefig(path, dpi=120))
    plt.close(figure)
    return by_first(lambda: float(found.valley))


def _resumed(folder: Path, lesson: Lesson) -> dict[str, Any]:
    """The state that an earlier fit has left, or a new one."""
    path = folder / "state.pth"
    if not path.exists():
        return {"made_by": lesson.made_by, "rows": []}
    # Written by this program; it holds the state of a random generator beside tensors.
    state = torch.load(path, weights_only=False)
    _belongs(state["made_by"], lesson, folder)
    return state


def _belongs(made_by: str, lesson: Lesson, folder: Path) -> None:
    if made_by != lesson.made_by:
        raise TrainerError(
            f"{folder} belongs to another recipe or split; delete it to begin anew, or name another run"
        )


def _hold_memory() -> None:
    """Has the allocator keep what is freed: giving it back and taking it again costs half of a step.

    Source: mallopt(3), M_TRIM_THRESHOLD (-1) and M_MMAP_THRESHOLD (-3).
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(-1, 2**31 - 1)
        libc.mallopt(-3, 2**30)
