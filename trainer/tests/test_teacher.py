"""The teacher judges covers that it was not shown, and is right more often than chance."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sleevetrainer.linear import Linear
from sleevetrainer.run import Run
from sleevetrainer.teacher import folds, taught


def test_every_training_cover_gets_probabilities(whole: tuple[Path, Path]) -> None:
    run = Run(whole[0])
    said = taught(run, run.table("train")["image_path"].tolist())
    np.testing.assert_allclose(said.sum(1), 1, atol=1e-4)
    assert json.loads((whole[0] / "teach.json").read_text())["accuracy"] > 0.4


@given(st.integers(0, 5), st.integers(12, 60))
def test_a_cover_is_asked_for_once_and_never_beside_a_look_alike(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    truth, groups = np.arange(count) % 3, random.integers(0, count // 2, count)
    asked_for = np.zeros(count, int)
    for known, asked in folds(truth, groups, seed):
        asked_for[asked] += 1
        assert not set(groups[known]) & set(groups[asked])
    assert (asked_for == 1).all()


def test_linear_heads_find_what_can_be_parted() -> None:
    random = np.random.default_rng(0)
    truth = np.arange(900) % 3
    features = (np.eye(3)[truth] * 4 + random.normal(0, 1, (900, 3))).astype(np.float32)
    said = Linear.fitted(1000 * features[:600], truth[:600], 3).said(1000 * features[600:])
    assert (said.argmax(1) == truth[600:]).mean() > 0.95
    assert pd.Series(said.sum(1)).between(0.999, 1.001).all()
