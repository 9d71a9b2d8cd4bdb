"""Several processes that fit one network together, as PyTorch's launchers start them.

    torchrun --nproc_per_node 2 -m sleevetrainer fit RUN

Each process goes through the same steps, draws the same covers, and reads the whole of each batch; of that,
it takes its share. Reading kept maps costs a fiftieth of learning from them, and in return no process can
draw something else than one process alone would. Gradients are the mean over the shares, which are of one
size, and thus those of the whole batch: what is learned does not depend on how many processes learn it, but
for the rounding of sums. Only the first process writes.

Source: Goyal et al., "Accurate, Large Minibatch SGD", 2017, sections 2.3 and 3, on what must not depend on
the number of processes.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
from fastai.distributed import DistributedTrainer
from fastai.learner import Learner
from fastai.torch_core import distrib_barrier, num_distrib, rank_distrib
from torch import distributed
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from .errors import TrainerError

PATIENCE = timedelta(days=1)
"""How long a process waits for another one: the first may have maps of all covers to make."""

Made = TypeVar("Made")


def is_first() -> bool:
    """Whether this process is the one that writes; a process alone is."""
    return rank_distrib() == 0


@contextmanager
def joined() -> Iterator[None]:
    """Joins the processes that a launcher has started, until it ends; a process alone stays alone."""
    if num_distrib() < 2:
        yield
        return
    distributed.init_process_group("gloo", timeout=PATIENCE)
    try:
        yield
    finally:
        distributed.destroy_process_group()


def in_turn(make: Callable[[], Made]) -> Made:
    """What `make` gives: the first process goes first, and the others find the files that it has left."""
    if not is_first():
        distrib_barrier()
    made = make()
    if is_first():
        distrib_barrier()
    return made


def by_first(make: Callable[[], Made]) -> Made:
    """What `make` gives in the first process; the others are told."""
    if num_distrib() < 2:
        return make()
    told = [make() if is_first() else None]
    distributed.broadcast_object_list(told)
    return told[0]


@contextmanager
def alone() -> Iterator[None]:
    """Lets each process take itself for the only one.

    fastai's learning-rate finder needs it: it keeps the weights in the first process only, and would give
    them back in that one only.
    """
    told = {name: os.environ.pop(name) for name in ("RANK", "WORLD_SIZE") if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(told)


@contextmanager
def shared(learner: Learner) -> Iterator[None]:
    """Has the processes fit a learner together; it is fastai's `distrib_ctx`, but for who reads what.

    Raises:
        TrainerError: The batch cannot be shared.
    """
    count, batch = num_distrib(), learner.dls.train.bs
    if count < 2:
        yield
        return
    if batch % count:
        raise TrainerError(
            f"a batch of {batch} covers cannot be shared by {count} processes; "
            f"name one that can: --batch {max(1, batch // count) * count}"
        )
    trainer = Together()
    learner.add_cb(trainer)
    try:
        yield
    finally:
        learner.remove_cb(trainer)


class Together(DistributedTrainer):
    """Takes this process's share of each batch, and has the gradients averaged over all processes."""

    def __init__(self) -> None:
        """On CPUs; batch norm keeps ImageNet's statistics, so there is nothing of it to share."""
        super().__init__(sync_bn=False, cpu=True)
        self.chance = Chance(rank_distrib(), num_distrib())

    def _wrap_dl(self, dl: Any) -> Any:
        """Leaves a loader as it is. fastai's own would give each process covers, and chance, of its own."""
        return dl

    def before_batch(self) -> None:
        """Takes the share, when all that mixes covers of a batch is done."""
        if self.training:
            self.learn.xb, self.learn.yb = (
                tuple(part.chunk(self.chance.count)[self.chance.place] for part in whole)
                for whole in (self.xb, self.yb)
            )
            self.chance.__enter__()

    def after_pred(self) -> None:
        """Ends what `before_batch` has begun."""
        if self.training:
            self.chance.__exit__(None, None, None)

    def after_loss(self) -> None:
        """Has the loss of the whole batch written down; gradients come from the share's own."""
        self.learn.loss = self.learn.to_detach(self.learn.loss)


class Chance(TorchFunctionMode):
    """Draws for the whole batch what a network draws for its covers, and uses the part for this share.

    So each cover loses the same features and branches as it would in one process.
    """

    def __init__(self, place: int, count: int) -> None:
        """Takes which of how many shares this is."""
        super().__init__()
        self.place, self.count = place, count

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        """Changes `torch.rand([covers, ...])` and `dropout`, and lets all else be."""
        kwargs = kwargs or {}
        if function is torch.rand:
            (covers, *rest), *others = args
            return self._part(function([covers * self.count, *rest], *others, **kwargs))
        if function is functional.dropout:
            return self._dropped(*args, **kwargs)
        return function(*args, **kwargs)

    def _dropped(self, x: torch.Tensor, p: float, training: bool, inplace: bool) -> torch.Tensor:
        covers, *rest = x.shape
        kept = functional.dropout(x.new_ones((covers * self.count, *rest)), p, training)
        return x * self._part(kept)

    def _part(self, drawn: torch.Tensor) -> torch.Tensor:
        return drawn.chunk(self.count)[self.place]
