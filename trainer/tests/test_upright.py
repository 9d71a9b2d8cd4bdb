"""Which way up a cover lies is told, and upright covers are left as they are."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import told_by_bundle

from sleevetrainer.fit import fitted
from sleevetrainer.network import moments
from sleevetrainer.onnx_file import TURNED
from sleevetrainer.orientation import (
    QUARTERS,
    WRONGLY,
    Orientation,
    fitted_least,
    left_turned,
    quarters,
    told_by,
)
from sleevetrainer.run import Run
from sleevetrainer.upright import orientation_of


def said_of(sure: float, covers: int = 2000, seed: int = 0) -> np.ndarray:
    """Logits, `n x 4 x 4`, of covers in each turn: noise, and `sure` more for the turn in which it lies."""
    said = np.random.default_rng(seed).normal(0, 1, (covers, QUARTERS, QUARTERS))
    return said + sure * np.eye(QUARTERS)


def test_hardly_an_upright_cover_is_turned_however_little_is_known() -> None:
    for sure in (0.0, 1.0, 3.0, 12.0):
        said = said_of(sure)
        assert told_by(said, fitted_least(said))["wrongly"] <= WRONGLY


def test_what_is_told_for_sure_is_turned_upright_and_what_is_not_is_left() -> None:
    sure, unsure = said_of(12.0), said_of(0.0)
    assert np.mean(left_turned(sure, fitted_least(sure)) == 0) > 0.99
    left = left_turned(unsure, fitted_least(unsure))
    assert np.mean(left == np.arange(QUARTERS)) > 0.97


def test_a_turn_counts_only_where_the_turned_cover_is_said_to_be_upright() -> None:
    said = np.zeros((1, QUARTERS, QUARTERS))
    said[0, 1] = [0, 5, 0, 0]
    said[0, 0], said[0, 2] = [0, 0, 2, 0], [1, 0, 0, 0]
    assert left_turned(said, 1.0)[0].tolist() == [2, 1, 2, 3]
    said[0, 0] = [2, 0, 0, 0]
    assert left_turned(said, 1.0)[0].tolist() == [0, 0, 2, 3]


def test_no_turn_is_taken_that_is_not_likelier_by_enough() -> None:
    said = np.array([[0.0, 1.0, 0.5, -1.0], [3.0, 1.0, 0.5, -1.0], [0.0, 0.0, 0.0, 0.5]])
    assert quarters(said, 0.6).tolist() == [1, 0, 0]
    assert quarters(said, 0.4).tolist() == [1, 0, 3]


def test_moments_tell_where_a_map_is_strong() -> None:
    maps = torch.zeros(1, 2, 3, 3)
    maps[0, 0, 0, 2] = 9.0
    maps[0, 1] = 1.0
    assert moments([maps])[0].tolist() == [1.0, 1.0, 1.0, 0.0, -1.0, 0.0]


def test_what_is_fitted_tells_turns_apart() -> None:
    random = np.random.default_rng(0)
    truth = np.tile(np.arange(QUARTERS), 100)
    known = random.normal(5, 2, (400, 12)).astype(np.float32)
    known[np.arange(400), truth] += 9
    said = Orientation.fitted(known, truth, 0.0)(known)
    assert np.mean(said.argmax(1) == truth) > 0.95


def test_the_bundle_tells_what_the_orientation_tells(whole: tuple[Path, Path]) -> None:
    run, bundle = Run.opened(whole[0]), whole[1]
    note = json.loads((whole[0] / "upright.json").read_text())
    orientation = orientation_of(run)
    description = tomllib.loads((bundle / "bundle.toml").read_text())
    assert description["turned"]["least"] == pytest.approx(orientation.least, abs=1e-4)
    assert note["wrongly"] <= WRONGLY
    assert "Which way up" in (bundle / "MODEL_CARD.md").read_text()

    cover, told = told_by_bundle(bundle, TURNED)
    with torch.inference_mode():
        maps = fitted(run).maps(torch.from_numpy(cover))
    assert told[0] == pytest.approx(orientation(moments(maps).numpy())[0], abs=0.5)
