"""What is no sleeve is told from what is one, by pictures that nothing was fitted to."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import command, told_by_bundle
from PIL import Image

from sleevetrainer.fit import fitted
from sleevetrainer.onnx_file import SLEEVE
from sleevetrainer.rejector import LOST, crossed_scores, refusals
from sleevetrainer.run import Run
from sleevetrainer.strangers import found, rejector_of


def clouds(apart: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features of covers and of others, `apart` from one another along one axis of twelve."""
    random = np.random.default_rng(seed)
    covers, others = random.normal(0, 1, (400, 12)), random.normal(0, 1, (300, 12))
    others[:, 3] -= apart
    return covers, others


def test_what_lies_apart_is_refused_and_what_does_not_is_not() -> None:
    for apart, low, high in ((8.0, 0.95, 1.0), (0.0, 0.0, 0.1)):
        covers, others = clouds(apart)
        said, of_others = crossed_scores(covers, others, np.arange(400), np.arange(300))
        refused = refusals(said, said, of_others)
        assert refused["covers"] == pytest.approx(LOST, abs=0.01)
        assert low <= refused["strangers"] <= high


def test_groups_stay_on_one_side() -> None:
    """Copies of one picture would be known again, were they on both sides."""
    random = np.random.default_rng(1)
    covers = random.normal(0, 1, (60, 200))
    others = np.repeat(random.normal(0, 1, (20, 200)), 3, axis=0)
    said, of_others = crossed_scores(covers, others, np.arange(60), np.repeat(np.arange(20), 3))
    assert abs(np.mean(of_others) - np.mean(said)) < 1.5


def test_a_picture_is_taken_once_and_icons_are_passed_over(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    fields = Image.fromarray(random.integers(0, 256, (8, 9, 3), dtype=np.uint8))
    for side in (400, 600):
        size = (2 * side, side)
        fields.resize(size, Image.Resampling.NEAREST).save(tmp_path / f"{side}.png", compress_level=0)
    Image.new("RGB", (16, 16)).save(tmp_path / "icon.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8" * 20_000)
    pictures = list(found([tmp_path]))
    assert len(pictures) == 1
    assert pictures[0].shape == (400, 800, 3)


def test_the_bundle_tells_what_the_rejector_tells(whole: tuple[Path, Path]) -> None:
    run, bundle = Run.opened(whole[0]), whole[1]
    note = json.loads((whole[0] / "strangers.json").read_text())
    assert set(note["score"]) == {"trained", "probability", "energy", "residual"}
    rejector = rejector_of(run)
    description = tomllib.loads((bundle / "bundle.toml").read_text())
    assert description["sleeve"]["least"] == pytest.approx(rejector.least, abs=1e-4)
    assert "refused" in (bundle / "MODEL_CARD.md").read_text()

    cover, told = told_by_bundle(bundle, SLEEVE)
    with torch.inference_mode():
        features = fitted(run).features(torch.from_numpy(cover)).numpy()
    assert told[0, 0] == pytest.approx(float(rejector(features)[0]), abs=0.5)


def test_a_run_without_photographs_says_what_to_do(whole: tuple[Path, Path], tmp_path: Path) -> None:
    done = command("strangers", whole[0], tmp_path)
    assert done.returncode == 2
    assert "scripts/setup strangers" in done.stderr
    assert rejector_of(Run(tmp_path)) is None
