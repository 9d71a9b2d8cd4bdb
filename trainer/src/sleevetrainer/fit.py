"""Stage `fit`: the network is fine-tuned, first its head alone, then all but its first blocks.

One-cycle schedules (Smith, "Super-Convergence", 2018) over both phases, discriminative learning rates
(Howard and Ruder, "ULMFiT", 2018), mixup (Zhang et al., 2018), targets between the label and what the
teacher says, and an exponential average of the weights, which is what is measured, kept and exported.

The first blocks stay as ImageNet left them: four thousand covers teach them nothing about edges and textures
but how each source sharpens and compresses, and without them an epoch takes half the time.
"""

import hashlib
import json
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
import torch
from fastai.callback.core import Callback, CancelFitException
from fastai.callback.mixup import MixUp
from fastai.callback.schedule import SuggestionMethod
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.metrics import AccumMetric
from matplotlib import pyplot as plt
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from torch import nn
from torch.utils.data import Dataset
from tqdm import tqdm

from .augment import Disturbance
from .errors import TrainerError
from .features import style_features
from .network import CoverNet, groups
from .preprocess import normalised, opened, scaled
from .run import Run, write_beside, write_rows
from .teacher import Linear, taught

SOURCE_SIZE = 224
"""The side, in pixels, at which decoded covers are kept in memory."""

COLUMNS = ("phase", "epoch", "train_loss", "valid_loss", "accuracy", "balanced_accuracy", "top3", "seconds")


@dataclass(frozen=True)
class Recipe:
    """How the network is fitted; each value can be overridden on the command line."""

    size: int = 192
    """The side of the training crops, in pixels: covers are read at a larger one afterwards."""
    frozen_epochs: int = 1
    epochs: int = 12
    batch: int = 64
    kept_blocks: int = 5
    """How many of the sixteen blocks stay as ImageNet left them."""
    head_rate: float = 1e-3
    """The highest learning rate while the body is frozen; 0 takes what the finder suggests."""
    rate: float = 1e-3
    """The highest learning rate of the head while the network learns."""
    gentler: float = 4.0
    """By how much lower the rate of the first blocks that learn is than the head's."""
    weight_decay: float = 0.05
    mixup: float = 0.4
    smoothing: float = 0.1
    trust: float = 0.5
    """How much of a cover's target is the teacher's opinion; the rest is its label. 0: without a teacher."""
    averaging: float = 0.99
    """The decay of the exponential average of the weights, a step."""
    balance: float = 0.5
    """Genres are drawn in proportion to `count ** (1 - balance)`: 0 as they come, 1 all alike."""
    patience: int = 5
    """Epochs without a better validation loss after which the fit ends."""


class Covers(Dataset):
    """Covers with their targets: disturbed for training, scaled for validation."""

    def __init__(
        self, pixels: np.ndarray, targets: np.ndarray, size: int, disturbance: Disturbance | None, seed: int
    ) -> None:
        """Takes decoded covers, `n x h x h x 3` uint8, and their targets, `n x genres` from 0 to 1."""
        self.pixels, self.targets, self.size = pixels, targets.astype(np.float32), size
        self.disturbance = disturbance
        self.random = np.random.default_rng(seed)

    def __len__(self) -> int:
        """How many covers."""
        return len(self.targets)

    def __getitem__(self, place: int) -> tuple[torch.Tensor, torch.Tensor]:
        """One cover, `3 x size x size` float32, and its target, `genres` float32."""
        pixels = self.pixels[place]
        if self.disturbance:
            pixels = self.disturbance(pixels, self.size, self.random)
        elif len(pixels) != self.size:
            from PIL import Image

            pixels = scaled(Image.fromarray(pixels), self.size)
        return torch.from_numpy(normalised(pixels)), torch.from_numpy(self.targets[place])


class Average(Callback):
    """Keeps an exponential average of the weights, and has them measured in place of the last ones.

    Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
    """

    order = 90

    def __init__(self, decay: float) -> None:
        """Takes the decay a step."""
        self.decay, self.averaged, self.steps = decay, None, 0

    def before_fit(self) -> None:
        """Starts from the weights as they are, unless a state was given back."""
        if self.averaged is None:
            self.averaged = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def after_batch(self) -> None:
        """Moves the average; faster in the first steps, when the weights are still far away."""
        if not self.training:
            return
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in self.model.state_dict().items():
            if value.dtype.is_floating_point:
                self.averaged[name].lerp_(value, 1 - decay)
            else:
                self.averaged[name].copy_(value)

    def before_validate(self) -> None:
        """Puts the average in the place of the weights."""
        self.last = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(self.averaged)

    def after_validate(self) -> None:
        """Puts the weights back."""
        self.model.load_state_dict(self.last)


class Keeper(Callback):
    """Writes every epoch down, keeps the best average, the state to resume from, and ends in time."""

    order = 95

    def __init__(self, run: Run, phase: str, average: Average, state: dict[str, Any], patience: int) -> None:
        """Takes what the phase before has left in `state`: rows, the best loss, epochs since."""
        self.run, self.phase, self.average, self.state, self.patience = run, phase, average, state, patience

    def before_epoch(self) -> None:
        """Starts the clock."""
        self.started = time.monotonic()

    def after_epoch(self) -> None:
        """Keeps all that is needed to go on from here after a kill."""
        figures = [float(value) for value in self.learn.final_record]
        state = self.state
        state["rows"].append([self.phase, self.epoch, *figures, round(time.monotonic() - self.started, 1)])
        write_rows(self.run.folder / "epochs.csv", COLUMNS, state["rows"])
        loss = figures[1]
        state["since"] += 1
        if loss < state["best"]:
            state["best"], state["since"] = loss, 0
            write_beside(self.run.folder / "best.pth", partial(torch.save, self.average.averaged))
        state |= {
            "phase": self.phase,
            "done": self.epoch + 1,
            "model": self.model.state_dict(),
            "optimiser": self.opt.state_dict(),
            "averaged": self.average.averaged,
            "steps": self.average.steps,
            "random": self.dls.train.dataset.random.bit_generator.state,
            "torch_random": torch.get_rng_state(),
        }
        write_beside(self.run.folder / "fit-state.pth", partial(torch.save, state))
        if self.phase == "all" and state["since"] > self.patience:
            raise CancelFitException


def fit(run: Run, recipe: Recipe | None = None, disturbance: Disturbance | None = None) -> None:
    """Fits the network and writes `best.pth`, `epochs.csv`, `losses.png`, `lr-finder.png`, `fit.json`.

    A fit that was stopped goes on where its last whole epoch ended.

    Args:
        run: A run folder that `prepare` has made.
        recipe: How.
        disturbance: What covers go through.

    Raises:
        TrainerError: The state to resume from belongs to another recipe.
    """
    recipe, disturbance = recipe or Recipe(), disturbance or Disturbance()
    torch.manual_seed(run.seed)
    torch.set_num_threads(torch.get_num_threads())
    genres = run.genres
    learn, valid = run.table("learn"), run.table("valid")
    made_by = fingerprint(run, recipe, disturbance)
    state = resumed(run, made_by)

    pixels = {name: decoded(run, table["image_path"]) for name, table in (("learn", learn), ("valid", valid))}
    labels = {
        name: np.array([genres.index(label) for label in table["label"]])
        for name, table in (("learn", learn), ("valid", valid))
    }
    sure = {name: np.eye(len(genres))[places] for name, places in labels.items()}
    targets = (1 - recipe.smoothing) * sure["learn"] + recipe.smoothing / len(genres)
    if recipe.trust > 0:
        targets = (1 - recipe.trust) * targets + recipe.trust * taught(run, learn["image_path"].tolist())
    training = Covers(pixels["learn"], targets, recipe.size, disturbance, run.seed)
    holding = Covers(pixels["valid"], sure["valid"], recipe.size, None, run.seed)
    if "random" in state:
        training.random.bit_generator.state = state["random"]
    learner = learner_of(training, holding, labels["learn"], recipe, run)
    average = Average(recipe.averaging)

    rate = recipe.head_rate
    if not state["rows"]:
        begin_with_linear_head(learner.model, run, learn["image_path"].tolist(), labels["learn"])
        # Features that were not kept yet took some of chance.
        torch.manual_seed(run.seed)
        suggested = found_rate(learner, run)
        rate = rate or suggested
        state["rate"], state["suggested"] = rate, suggested
    rate = state["rate"]

    phases = [
        ("head", recipe.frozen_epochs, learner.freeze, rate),
        (
            "all",
            recipe.epochs,
            partial(learner.freeze_to, 1),
            slice(recipe.rate / recipe.gentler, recipe.rate),
        ),
    ]
    for phase, epochs, prepare, rates in phases:
        start = 0
        if state.get("phase") == "all" and phase == "head":
            continue
        prepare()
        if state.get("phase") == phase:
            start = state["done"]
            learner.create_opt()
            learner.opt.load_state_dict(state["optimiser"])
        if "model" in state and average.averaged is None:
            learner.model.load_state_dict(state["model"])
            average.averaged, average.steps = state["averaged"], state["steps"]
            torch.set_rng_state(state["torch_random"])
        if start < epochs and state["since"] <= recipe.patience:
            keeper = Keeper(run, phase, average, state, recipe.patience)
            learner.fit_one_cycle(
                epochs, rates, wd=recipe.weight_decay, cbs=[average, keeper], start_epoch=start, pct_start=0.2
            )
    drawn_losses(run, state["rows"])
    run.note(
        "fit",
        {
            "recipe": asdict(recipe),
            "disturbance": asdict(disturbance),
            "fingerprint": made_by,
            "rate": state["rate"],
            "rate_suggested": state["suggested"],
            "epochs": len(state["rows"]),
            "best_valid_loss": state["best"],
            "seconds": round(sum(row[-1] for row in state["rows"])),
        },
    )


def learner_of(training: Covers, holding: Covers, labels: np.ndarray, recipe: Recipe, run: Run) -> Learner:
    """A fastai learner: both parts' loaders, the network, its groups, loss and metrics."""
    genres = len(run.genres)
    weights = (np.bincount(labels, minlength=genres)[labels] ** -recipe.balance).astype(np.float64)
    weights /= weights.sum()

    def drawn() -> list[int]:
        return training.random.choice(len(training), len(training), p=weights).tolist()

    batch = min(recipe.batch, len(training))
    loaders = DataLoaders(
        DataLoader(training, bs=batch, get_idxs=drawn, drop_last=True, num_workers=0),
        DataLoader(holding, bs=128, num_workers=0),
        device=torch.device("cpu"),
    )
    return Learner(
        loaders,
        CoverNet(genres).to(memory_format=torch.channels_last),
        loss_func=nn.CrossEntropyLoss(),
        metrics=[
            AccumMetric(figure, flatten=False, to_np=True) for figure in (right, right_by_genre, among_three)
        ],
        splitter=partial(groups, kept=recipe.kept_blocks),
        cbs=[MixUp(recipe.mixup)] if recipe.mixup > 0 else None,
        train_bn=False,
        path=run.folder,
    )


def right(logits: np.ndarray, targets: np.ndarray) -> float:
    """Accuracy, 0 to 1."""
    return accuracy_score(targets.argmax(1), logits.argmax(1))


def right_by_genre(logits: np.ndarray, targets: np.ndarray) -> float:
    """Balanced accuracy, 0 to 1."""
    return balanced_accuracy_score(targets.argmax(1), logits.argmax(1))


def among_three(logits: np.ndarray, targets: np.ndarray) -> float:
    """Top-3 accuracy, 0 to 1."""
    return float((np.argsort(-logits, axis=1)[:, :3] == targets.argmax(1)[:, None]).any(1).mean())


def begin_with_linear_head(network: CoverNet, run: Run, paths: list[str], labels: np.ndarray) -> None:
    """Gives the head the weights of a logistic regression on the frozen features.

    A head that is right already does not drag the body away from what it knows, and what is learned
    holds better on covers from elsewhere.

    Source: Kumar et al., "Fine-Tuning can Distort Pretrained Features and Underperform
    Out-of-Distribution", ICLR 2022.
    """
    head = Linear.fitted(style_features(run, paths, "lite0"), labels, len(run.genres))
    with torch.no_grad():
        network.centre.copy_(head.centre)
        network.spread.copy_(head.spread)
        network.head.weight.copy_(head.weights.T)
        network.head.bias.copy_(head.biases)


def found_rate(learner: Learner, run: Run) -> float:
    """The learning-rate finder on the frozen network; its plot goes into the run folder."""
    learner.freeze()
    found = learner.lr_find(num_it=60, suggest_funcs=(SuggestionMethod.Valley,), show_plot=True)
    figure = plt.gcf()
    figure.suptitle("Learning-rate finder, body frozen")
    write_beside(run.folder / "lr-finder.png", lambda path: figure.savefig(path, dpi=120))
    plt.close(figure)
    return float(found.valley)


def decoded(run: Run, paths: list[str]) -> np.ndarray:
    """Covers as they are prepared at 224 pixels, `n x 224 x 224 x 3` uint8, decoded once for all fits."""
    key = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:16]
    cache = run.folder / f"pixels-{key}.npy"
    if not cache.exists():
        covers = run.covers

        def write(beside: Path) -> None:
            shape = (len(paths), SOURCE_SIZE, SOURCE_SIZE, 3)
            kept = np.lib.format.open_memmap(beside, mode="w+", dtype=np.uint8, shape=shape)
            for place, path in enumerate(tqdm(paths, desc="decoding", unit="cover")):
                kept[place] = scaled(opened(covers / path), SOURCE_SIZE)
            kept.flush()

        write_beside(cache, write)
    return np.load(cache, mmap_mode="r")


def fingerprint(run: Run, recipe: Recipe, disturbance: Disturbance) -> str:
    """What a state must agree with to be resumed: the recipe, and the split."""
    split = (run.folder / "train.csv").read_bytes()
    values = json.dumps([asdict(recipe), asdict(disturbance)]).encode()
    return hashlib.sha256(values + split).hexdigest()


def resumed(run: Run, made_by: str) -> dict[str, Any]:
    """The state that an earlier fit has left, or a new one.

    Raises:
        TrainerError: It belongs to another recipe or another split.
    """
    path = run.folder / "fit-state.pth"
    if not path.exists():
        return {"made_by": made_by, "rows": [], "best": float("inf"), "since": 0}
    # Written by this program; it holds the state of a random generator beside tensors.
    state = torch.load(path, weights_only=False)
    if state["made_by"] != made_by:
        raise TrainerError(
            f"{path} belongs to another recipe or split; delete it to begin anew, or name another run folder"
        )
    return state


def drawn_losses(run: Run, rows: list[list[Any]]) -> None:
    """Learning curves as a picture: `losses.png`."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    epochs = range(1, len(rows) + 1)
    for name, place in (("training (mixup, soft targets)", 2), ("validation", 3)):
        left.plot(epochs, [row[place] for row in rows], marker="o", label=name)
    for name, place in (("accuracy", 4), ("balanced accuracy", 5), ("top-3 accuracy", 6)):
        right.plot(epochs, [row[place] for row in rows], marker="o", label=name)
    frozen = sum(row[0] == "head" for row in rows)
    for axes, title in ((left, "Loss"), (right, "Validation part")):
        axes.axvspan(0.5, frozen + 0.5, color="0.92", label="body frozen")
        axes.set(title=title, xlabel="epoch")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    write_beside(run.folder / "losses.png", lambda path: figure.savefig(path, dpi=120))
    plt.close(figure)


def fitted(run: Run) -> nn.Module:
    """The best network that `fit` has kept, in evaluation mode.

    Raises:
        TrainerError: `fit` is missing.
    """
    path = run.owed("best.pth", "fit")
    network = CoverNet(len(run.genres))
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval().to(memory_format=torch.channels_last)


def quick(recipe: Recipe, **changes: Any) -> Recipe:
    """A recipe with some values changed; `None` leaves a value as it is."""
    return replace(recipe, **{name: value for name, value in changes.items() if value is not None})
