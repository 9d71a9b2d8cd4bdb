"""What is learned does not depend on how many processes learn it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import command
from torch.nn import functional

from sleevetrainer.errors import TrainerError
from sleevetrainer.processes import Chance, shared

SHORT = ("--trust", 0, "--size", 32, "--reading-size", 32, "--variants", 1, "--epochs", 2, "--seeds", 1)
TOLERANCE = 1e-4
"""Sums are rounded in another order, and the optimiser divides by roots of small ones."""


def prepared_again(prepared: Path, to: Path) -> Path:
    to.mkdir()
    for name in ("prepare.json", "train.csv", "test.csv", "genres.json", "features-lite0.npz"):
        shutil.copy(prepared / name, to)
    return to


def launched(count: int, *args: object) -> subprocess.CompletedProcess[str]:
    """Runs `sleevetrainer` in several processes, as PyTorch's launcher starts them."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", count]
    return subprocess.run(
        [str(part) for part in (*launcher, "-m", "sleevetrainer", *args)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_two_processes_learn_what_one_learns(prepared: Path, tmp_path: Path) -> None:
    one, two = (prepared_again(prepared, tmp_path / name) for name in ("one", "two"))
    # On one thread, as each of the two has: with other threads, some processors sum in another order.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        alone = command("fit", one, *SHORT, "--batch", 16)
    finally:
        torch.set_num_threads(threads)
    assert alone.returncode == 0, alone.stderr
    together = launched(2, "fit", two, *SHORT, "--batch", 16)
    assert together.returncode == 0, together.stderr

    epochs = [pd.read_csv(run / "seed-1" / "epochs.csv") for run in (one, two)]
    assert epochs[0][["phase", "epoch"]].equals(epochs[1][["phase", "epoch"]])
    np.testing.assert_allclose(epochs[0]["train_loss"], epochs[1]["train_loss"], atol=TOLERANCE)
    weights = [torch.load(run / "best.pth", weights_only=True) for run in (one, two)]
    assert list(weights[0]) == list(weights[1])
    for name, value in weights[0].items():
        assert torch.allclose(value, weights[1][name], atol=10 * TOLERANCE), name

    files = [{path.name for path in run.rglob("*") if path.is_file()} for run in (one, two)]
    assert files[0] == files[1], "nothing half-written, nothing written twice"
    assert together.stderr.count("disturbing 1/1:   0%") == 1, "the first process makes the maps"
    assert together.stdout.count("train_loss") == 2, "two phases, told by the first process alone"


def test_a_batch_that_cannot_be_shared_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    learner = SimpleNamespace(dls=SimpleNamespace(train=SimpleNamespace(bs=15)))
    with (
        pytest.raises(TrainerError, match=r"15 covers cannot be shared by 2 processes.*--batch 14"),
        shared(learner),
    ):
        pass


def test_what_does_not_run_in_several_processes_says_so(
    prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    done = command("cross", prepared)
    assert done.returncode == 2
    assert "only fit runs in several processes" in done.stderr


@pytest.mark.parametrize("count", [2, 3])
def test_shares_lose_what_the_whole_would_lose(count: int) -> None:
    whole = torch.arange(1.0, 6 * 5 + 1).reshape(6, 5)

    def lost(part: torch.Tensor) -> torch.Tensor:
        branches = torch.floor(0.5 + torch.rand([len(part), 1]))
        return functional.dropout(part, 0.4, training=True) * branches

    torch.manual_seed(1)
    expected, random = lost(whole), torch.get_rng_state()
    shares = []
    for place in range(count):
        torch.manual_seed(1)
        with Chance(place, count):
            shares.append(lost(whole.chunk(count)[place]))
        assert torch.equal(torch.get_rng_state(), random)
    assert torch.equal(torch.cat(shares), expected)
    assert (expected == 0).any()
