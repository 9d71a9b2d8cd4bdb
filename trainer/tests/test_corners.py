"""The corner network: what it is shown is true, a stopped fit goes on, what is exported was fitted."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from conftest import command
from hypothesis import given, settings
from hypothesis import strategies as st

from sleevetrainer.corners.fit import Recipe, fit, strongest
from sleevetrainer.corners.lessons import KEPT, SHARD, Lessons, Plan, lesson
from sleevetrainer.corners.network import CELL, SIZE
from sleevetrainer.corners.views import View, disturbed, plain, truth
from sleevetrainer.run import write_arrays

few = settings(max_examples=15, deadline=None)


@pytest.fixture(scope="module")
def lessons(covers: Path, tmp_path_factory: pytest.TempPathFactory) -> Lessons:
    """A few lessons, made in this process."""
    paths = [f"tiles/{number:03}.png" for number in range(5)]
    made = [lesson(covers, paths, Plan(seed=3), number) for number in range(24)]
    pictures = np.zeros((len(made), KEPT[1], KEPT[0], 3), np.uint8)
    corners = np.full((len(made), 4, 2), np.nan, np.float32)
    for number, (picture, at) in enumerate(made):
        pictures[number, : picture.shape[0], : picture.shape[1]] = picture
        if at is not None:
            corners[number] = at
    shard = tmp_path_factory.mktemp("lessons") / "lessons.npz"
    sizes = np.array([picture.shape[1::-1] for picture, _ in made])
    write_arrays(shard, pictures=pictures, sizes=sizes, corners=corners)
    return Lessons([shard])


def test_a_lesson_follows_from_its_number_alone(covers):
    one, other = (lesson(covers, ["waves/001.png"], Plan(), 5) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert (one[1] is None) == (other[1] is None)


def test_lessons_show_sleeves_and_none(lessons):
    empty = np.isnan(lessons.corners).any((1, 2))
    assert 0 < empty.sum() < len(empty)


@given(st.integers(0, 23), st.integers(0, 2**32))
@few
def test_a_disturbed_view_lies_within_the_input_and_so_do_its_corners(lessons, number, seed):
    view = disturbed(lessons, number, np.random.default_rng(seed))
    assert view.frame.shape == (SIZE[1], SIZE[0], 3)
    if view.corners is not None:
        assert (view.corners > -2).all()
        assert (view.corners < np.array(SIZE) + 1).all()


@given(st.floats(-3.0, 3.0), st.floats(20.0, 60.0), st.floats(44.0, 80.0), st.floats(40.0, 52.0))
@few
def test_the_maps_of_the_truth_give_the_corners_back(turn, side, x, y):
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * side
    turned = square @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + (x, y)
    maps, near = truth(View(np.zeros((SIZE[1], SIZE[0], 3), np.uint8), turned))
    found = strongest(maps, 4)
    assert np.hypot(*(turned[:, None] - found[None]).transpose(2, 0, 1)).min(1).max() < 1e-3
    assert maps[0].sum() * CELL**2 == pytest.approx(side**2, rel=0.05)
    assert near.sum() >= 4


def test_a_stopped_fit_goes_on_and_ends_alike(lessons, tmp_path):
    recipe = Recipe(epochs=2, batch=4, asked=4)
    said: list[str] = []
    whole = fit(lessons, recipe, tmp_path / "whole.pth", "test", said.append)
    assert len(said) == 2

    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(lessons, recipe, tmp_path / "stopped.pth", "test", stop)
    resumed = fit(lessons, recipe, tmp_path / "stopped.pth", "test", said.append)
    assert len(said) == 3
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_the_stage_leaves_a_network_that_runs(prepared, tmp_path):
    out = tmp_path / "corners.onnx"
    done = command("corners", prepared, "--out", out, "--count", 40, "--epochs", 1)
    assert done.returncode == 0, done.stderr
    assert "MB" in done.stdout
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    maps, there = session.run(["maps", "there"], {"frame": np.zeros((1, 3, SIZE[1], SIZE[0]), np.float32)})
    assert maps.shape == (1, 4, SIZE[1] // CELL, SIZE[0] // CELL)
    assert there.shape == (1, 1)
    assert SHARD >= 40  # one file of lessons


def test_plain_views_keep_the_whole_frame(lessons):
    for number in range(len(lessons.pictures)):
        assert (plain(lessons, number).corners is None) == np.isnan(lessons.corners[number]).any()
