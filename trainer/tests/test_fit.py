"""`cross` and `fit` go on after a kill as if nothing had happened, and ship the mean of the seeds."""

import json
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
from conftest import CROSS, FIT, command

from sleevetrainer import lesson
from sleevetrainer.augment import Disturbance
from sleevetrainer.cross import crossed
from sleevetrainer.fit import fitted
from sleevetrainer.maps import plain_maps, read_maps
from sleevetrainer.network import CoverNet, predicted
from sleevetrainer.preprocess import normalised, opened, scaled
from sleevetrainer.run import Run, write_rows


def copied(whole: Path, to: Path) -> Path:
    """The run as `teach` left it."""
    to.mkdir()
    for name in ("prepare.json", "train.csv", "test.csv", "genres.json", "teacher.npz"):
        shutil.copy(whole / name, to)
    return to


def test_what_was_killed_ends_as_what_was_not(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = copied(whole[0], tmp_path / "run")
    program = Path(sys.executable).with_name("sleevetrainer")
    cross = [str(part) for part in (program, "cross", run, *CROSS)]
    process = subprocess.Popen(cross, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while not (run / "cross-2" / "epochs.csv").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (run / "cross.npz").exists()
    assert len(pd.read_csv(run / "cross-2" / "epochs.csv")) > 0, "an epoch was written down before the kill"

    done = command("cross", run, *CROSS)
    assert done.returncode == 0, done.stderr
    for fold in ("cross-1", "cross-2", "cross-3"):
        ours, theirs = (pd.read_csv(folder / fold / "epochs.csv") for folder in (run, whole[0]))
        assert ours[["phase", "epoch"]].equals(theirs[["phase", "epoch"]])
        np.testing.assert_allclose(ours["train_loss"], theirs["train_loss"], atol=0.02)
        np.testing.assert_allclose(ours["valid_loss"], theirs["valid_loss"], atol=0.05)
        assert not (run / fold / "state.pth").exists()
    ours, theirs = (crossed(Run(folder)).flat for folder in (run, whole[0]))
    np.testing.assert_allclose(ours, theirs, atol=0.3)


def test_what_was_stopped_in_the_middle_of_a_phase_ends_with_the_same_weights(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [tmp_path / "whole", tmp_path / "stopped"]
    for run in runs:
        run.mkdir()
        for name in ("prepare.json", "train.csv", "test.csv", "genres.json", "features-lite0.npz"):
            shutil.copy(prepared / name, run)
    size = ("--size", 32, "--reading-size", 32, "--batch", 16, "--variants", 1)
    fit = ("--trust", 0, *size, "--epochs", 3, "--seeds", 1)
    assert command("fit", runs[0], *fit).returncode == 0

    def stop(path: Path, columns: tuple[str, ...], rows: list) -> None:
        write_rows(path, columns, rows)
        if len(rows) == 3:
            raise InterruptedError("killed")

    monkeypatch.setattr(lesson, "write_rows", stop)
    with pytest.raises(InterruptedError):
        command("fit", runs[1], *fit)
    monkeypatch.undo()
    assert not (runs[1] / "seed-1" / "network.pth").exists()
    done = command("fit", runs[1], *fit)
    assert done.returncode == 0, done.stderr
    epochs = [pd.read_csv(run / "seed-1" / "epochs.csv") for run in runs]
    assert epochs[0][["phase", "epoch"]].equals(epochs[1][["phase", "epoch"]])
    np.testing.assert_allclose(epochs[0]["train_loss"], epochs[1]["train_loss"], atol=1e-6)
    weights = [torch.load(run / "best.pth", weights_only=True) for run in runs]
    assert all(torch.allclose(weights[1][name], value, atol=1e-6) for name, value in weights[0].items())


def test_a_fit_that_is_done_stays_as_it_is(whole: tuple[Path, Path]) -> None:
    epochs, weights = whole[0] / "seed-1" / "epochs.csv", whole[0] / "best.pth"
    before = epochs.read_bytes(), torch.load(weights, weights_only=True)
    assert command("fit", whole[0], *FIT).returncode == 0
    assert epochs.read_bytes() == before[0]
    after = torch.load(weights, weights_only=True)
    assert all(torch.equal(after[name], value) for name, value in before[1].items())


def test_the_first_blocks_and_all_statistics_stay_as_imagenet_left_them(whole: tuple[Path, Path]) -> None:
    fitted = torch.load(whole[0] / "best.pth", weights_only=True)
    before = CoverNet(genres=4).state_dict()
    kept = ("body._conv_stem", "body._bn0", *(f"body._blocks.{block}." for block in range(5)))
    assert all(torch.allclose(fitted[name], before[name]) for name in before if name.startswith(kept))
    assert all(torch.allclose(fitted[name], before[name]) for name in before if "running" in name)
    assert not torch.allclose(
        fitted["body._blocks.9._project_conv.weight"], before["body._blocks.9._project_conv.weight"]
    )


def test_where_nothing_is_measured_the_loss_and_the_time_are_told(whole: tuple[Path, Path]) -> None:
    epochs = pd.read_csv(whole[0] / "seed-1" / "epochs.csv")
    assert epochs["train_loss"].between(0, 5).all()
    assert epochs["valid_loss"].isna().all()
    assert json.loads((whole[0] / "fit.json").read_text())["seconds"][0] == round(epochs["seconds"].sum())


def test_what_ships_is_the_mean_of_the_seeds(whole: tuple[Path, Path]) -> None:
    one, two = (
        torch.load(whole[0] / f"seed-{number}" / "network.pth", weights_only=True)["weights"]
        for number in (1, 2)
    )
    both = torch.load(whole[0] / "best.pth", weights_only=True)
    assert not torch.equal(one["head.weight"], two["head.weight"]), "seeds differ"
    assert all(torch.allclose(both[name].float(), (one[name] + two[name]) / 2, atol=1e-5) for name in both)


def test_the_rest_of_the_network_goes_on_from_kept_maps(whole: tuple[Path, Path]) -> None:
    run = Run(whole[0])
    paths = run.table("train")["image_path"].tolist()
    network = fitted(run)
    said = read_maps(network, plain_maps(run, paths, 64, 5), np.arange(8), 5)
    covers = np.stack([scaled(opened(run.covers / path), 64) for path in paths[:8]])
    whole_way = predicted(network, torch.from_numpy(normalised(covers))).numpy()
    # Kept maps have half precision, and covers were scaled to 224 pixels in between.
    assert np.abs(said - whole_way).mean() < 0.1 * whole_way.std() + 0.05


@pytest.mark.parametrize("stage", ["teach", "cross"])
def test_a_missing_opinion_is_asked_for(whole: tuple[Path, Path], tmp_path: Path, stage: str) -> None:
    run = copied(whole[0], tmp_path / "run")
    shutil.copy(whole[0] / "cross.npz", run)
    (run / {"teach": "teacher.npz", "cross": "cross.npz"}[stage]).unlink()
    done = command("fit", run, *FIT)
    assert done.returncode == 2
    assert f"sleevetrainer {stage} {run}" in done.stderr


def test_without_trust_no_teacher_is_needed(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = copied(whole[0], tmp_path / "run")
    (run / "teacher.npz").unlink()
    short = ("--size", 32, "--reading-size", 32, "--batch", 16, "--epochs", 1, "--variants", 1, "--seeds", 1)
    alone = command("fit", run, "--trust", 0, *short)
    assert alone.returncode == 0, alone.stderr


def test_another_recipe_does_not_go_on_from_this_one(whole: tuple[Path, Path]) -> None:
    done = command("fit", whole[0], *FIT, "--epochs", 3)
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
