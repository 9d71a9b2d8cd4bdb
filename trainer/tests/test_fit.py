"""`fit` resumes after a kill as if nothing had happened, and keeps what is best."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import FIT, command

from sleevetrainer.augment import Disturbance
from sleevetrainer.network import CoverNet


def copied(prepared: Path, to: Path) -> Path:
    """The run as `prepare` left it."""
    to.mkdir()
    for name in ("prepare.json", "train.csv", "test.csv", "genres.json", "teacher.npz"):
        shutil.copy(prepared / name, to)
    return to


def test_a_fit_that_was_killed_ends_as_one_that_was_not(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = copied(whole[0], tmp_path / "run")
    program = Path(sys.executable).with_name("sleevetrainer")
    fit = [str(part) for part in (program, "fit", run, *FIT)]
    process = subprocess.Popen(fit, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while not (run / "fit-state.pth").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed_at = len(pd.read_csv(run / "epochs.csv"))
    assert killed_at > 0, "an epoch was written down before the kill"

    done = command("fit", run, *FIT)
    assert done.returncode == 0, done.stderr
    ours, theirs = pd.read_csv(run / "epochs.csv"), pd.read_csv(whole[0] / "epochs.csv")
    assert ours[["phase", "epoch"]].equals(theirs[["phase", "epoch"]])
    columns = ["train_loss", "valid_loss", "accuracy"]
    np.testing.assert_allclose(ours[columns].iloc[:killed_at], theirs[columns].iloc[:killed_at], atol=2e-2)
    np.testing.assert_allclose(ours["valid_loss"], theirs["valid_loss"], atol=0.15)
    assert (run / "best.pth").exists()


def test_a_fit_that_is_done_stays_as_it_is(whole: tuple[Path, Path]) -> None:
    before = (whole[0] / "epochs.csv").read_bytes()
    assert command("fit", whole[0], *FIT).returncode == 0
    assert (whole[0] / "epochs.csv").read_bytes() == before


def test_the_first_blocks_and_all_statistics_stay_as_imagenet_left_them(whole: tuple[Path, Path]) -> None:
    fitted = torch.load(whole[0] / "fit-state.pth", weights_only=False)["model"]
    before = CoverNet(genres=4).state_dict()
    kept = ("body._conv_stem", "body._bn0", *(f"body._blocks.{block}." for block in range(5)))
    assert all(torch.equal(fitted[name], before[name]) for name in before if name.startswith(kept))
    assert all(torch.equal(fitted[name], before[name]) for name in before if "running" in name)
    assert not torch.equal(
        fitted["body._blocks.9._project_conv.weight"], before["body._blocks.9._project_conv.weight"]
    )


def test_a_fit_without_the_teacher_says_so_or_does_without(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = copied(whole[0], tmp_path / "run")
    (run / "teacher.npz").unlink()
    done = command("fit", run, *FIT)
    assert done.returncode == 2
    assert f"sleevetrainer teach {run}" in done.stderr
    alone = command("fit", run, "--trust", 0, "--size", 32, "--batch", 16, "--epochs", 1)
    assert alone.returncode == 0, alone.stderr


def test_another_recipe_does_not_go_on_from_this_state(whole: tuple[Path, Path]) -> None:
    done = command("fit", whole[0], "--size", 96, "--batch", 16, "--epochs", 2)
    assert done.returncode == 2
    assert "another recipe" in done.stderr


@pytest.mark.parametrize("seed", range(8))
def test_a_disturbed_cover_has_its_size_and_is_another_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (224, 224, 3), dtype=np.uint8)
    disturbed = Disturbance()(pixels, 160, random)
    assert disturbed.shape == (160, 160, 3)
    assert disturbed.dtype == np.uint8
    again = Disturbance()(pixels, 160, np.random.default_rng(seed + 1))
    assert not np.array_equal(disturbed, again)


def test_the_same_seed_disturbs_alike() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    first, second = (Disturbance()(pixels, 160, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, second)
