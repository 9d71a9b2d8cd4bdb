"""Scenes are drawn truthfully: their corners are exact, and a seed makes the same again."""

import csv
import json
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import cover as drawn
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sleevetrainer.scenes import Scene, Settings, flattened, render, view, write
from sleevetrainer.scenes.camera import area, picture_corners, posed
from sleevetrainer.scenes.photographs import shipped
from sleevetrainer.scenes.sleeve import put

SMALL = Settings(frame=(480, 270))
CLEAN = Settings.clean(frame=(480, 270), turned=1.0)
seeds = st.integers(0, 2**32)
few = settings(max_examples=15, deadline=None)


def chance(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def marked(side: int = 160) -> np.ndarray:
    """A cover that is like itself in one position only: smooth, with a mark of another colour per corner."""
    y, x = np.mgrid[0:side, 0:side] / side
    pixels = np.stack([128 + 90 * np.sin(9 * x + 4 * y), 128 + 90 * np.cos(8 * y), 60 + 150 * x * y], -1)
    mark = side // 6
    for rows, columns, tone in (
        (slice(0, mark), slice(0, mark), (255, 0, 0)),
        (slice(0, mark), slice(-mark, None), (0, 255, 0)),
        (slice(-mark, None), slice(-mark, None), (0, 0, 255)),
        (slice(-mark, None), slice(0, mark), (255, 255, 0)),
    ):
        pixels[rows, columns] = tone
    return pixels.clip(0, 255).astype(np.uint8)


def centroid(corners: np.ndarray) -> np.ndarray:
    following = np.roll(corners, -1, 0)
    cross = corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]
    return ((corners + following) * cross[:, None]).sum(0) / (6 * area(corners))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The mean difference inside of a rim of three pixels, in levels."""
    return float(np.abs(one[3:-3, 3:-3].astype(float) - other[3:-3, 3:-3]).mean())


@given(seeds)
@few
def test_flattening_by_the_corners_gives_the_cover_back(seed):
    cover = marked()
    scene = render(cover, chance(seed), CLEAN.changed(share=(0.2, 0.75)))
    back = flattened(scene.picture, scene.corners, 160)
    exact = difference(back, cover)
    assert exact < 6
    for turned in range(1, 4):  # its own top left, and no other
        assert difference(flattened(scene.picture, np.roll(scene.corners, turned, 0), 160), cover) > 30
    for step in np.array([(1.5, 0), (-1.5, 0), (0, 1.5), (0, -1.5)]):  # a wrong place is a worse one
        assert difference(flattened(scene.picture, scene.corners + step, 160), cover) > exact


@given(seeds)
@few
def test_a_white_sleeve_covers_what_its_corners_enclose(seed):
    frame = np.zeros((270, 480, 3), np.uint8)
    corners = put(frame, np.full((64, 64, 3), 255, np.uint8), chance(seed), CLEAN)
    light = frame[..., 0] / 255
    assert light.sum() == pytest.approx(area(corners), rel=0.004)
    y, x = np.mgrid[0:270, 0:480]
    middle = np.array([(light * x).sum(), (light * y).sum()]) / light.sum()
    np.testing.assert_allclose(middle, centroid(corners), atol=0.06)


@given(seeds)
@settings(max_examples=100, deadline=None)
def test_corners_go_clockwise_within_the_frame_and_take_their_share(seed):
    corners = posed(chance(seed), SMALL.changed(turned=0.5)).corners
    edges = np.roll(corners, -1, 0) - corners
    following = np.roll(edges, -1, 0)
    assert (edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0] > 0).all()
    assert (corners >= -0.5).all()
    assert (corners <= np.array(SMALL.frame) - 0.5).all()
    assert 0.115 < area(corners) / np.prod(SMALL.frame) < 0.76


@given(seeds)
@few
def test_a_sleeve_that_is_held_upright_begins_at_the_upper_left(seed):
    first, *others = posed(chance(seed), SMALL.changed(turned=0, roll=5, tilt=20)).corners
    assert all(first.sum() < other.sum() for other in others)


def test_a_sleeve_may_be_cut_where_it_is_asked_for():
    cut = SMALL.changed(cut=0.1, share=(0.4, 0.75))
    outside = [np.ptp(posed(chance(seed), cut).corners, axis=0).max() for seed in range(50)]
    assert max(outside) > 270
    corners = np.vstack([posed(chance(seed), cut).corners for seed in range(50)])
    assert (corners < -0.5).any() or (corners > np.array(cut.frame) - 0.5).any()


@pytest.mark.parametrize("with_sleeve", [True, False])
def test_a_seed_makes_the_same_scene(with_sleeve):
    cover = marked() if with_sleeve else None
    for seed in range(6):
        one, same, other = (render(cover, chance(n), SMALL) for n in (seed, seed, seed + 100))
        assert (one.picture == same.picture).all()
        assert (one.picture != other.picture).any()
        if with_sleeve:
            assert (one.corners == same.corners).all()


def test_the_covers_pixels_are_left_alone():
    cover = marked()
    for seed in range(8):
        render(cover, chance(seed), SMALL.changed(stickers=1, shrinkwrap=1, glare=1))
    assert (cover == marked()).all()


def test_scenes_without_a_sleeve_have_no_corners():
    for seed in range(8):
        scene = render(None, chance(seed), SMALL)
        assert scene.corners is None
        assert scene.picture.shape == (270, 480, 3)
        assert scene.picture.dtype == np.uint8


@given(seeds, st.sampled_from([(96, 96), (131, 77), (320, 240), (90, 160)]))
@few
def test_every_frame_can_be_rendered(seed, frame):
    scene = render(marked(40), chance(seed), Settings(frame=frame))
    assert scene.picture.shape == (frame[1], frame[0], 3)


def test_every_disturbance_at_once_leaves_the_sleeve_where_it_is():
    always = SMALL.changed(
        turned=0, share=(0.3, 0.5), stickers=1, shrinkwrap=1, glare=1, hands=1, person=1, things=1,
        motion=1, sharpen=1, low_resolution=1,
    )  # fmt: skip
    cover = marked()
    for seed in range(6):
        scene = render(cover, chance(seed), always)
        back, turned = (
            np.corrcoef(flattened(scene.picture, corners, 160).ravel(), cover.ravel())[0, 1]
            for corners in (scene.corners, np.roll(scene.corners, 2, 0))
        )
        assert back > turned + 0.3


def test_a_picture_flattened_by_its_own_corners_is_itself():
    cover = marked()
    assert (flattened(cover, picture_corners(160, 160), 160) == cover).all()


def test_a_view_shows_the_cover():
    cover = marked()
    clean = view(cover, chance(1), 160, Settings.clean())
    assert clean.shape == (160, 160, 3)
    assert difference(clean, cover) < 6
    seen = view(cover, chance(1), 160)
    assert (seen == view(cover, chance(1), 160)).all()
    assert np.corrcoef(seen.ravel(), cover.ravel())[0, 1] > 0.5


def test_photographs_are_those_of_installed_libraries(monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("no scene needs a network")

    monkeypatch.setattr(socket, "socket", refused)
    assert len(shipped()) > 5
    assert all(Path(sys.prefix) in path.parents for path in shipped())
    for seed in range(4):
        render(None, chance(seed), SMALL.changed(photographs=1, things=1))


class TestWrite:
    @pytest.fixture
    def covers(self, tmp_path: Path) -> Path:
        folder = tmp_path / "covers"
        for genre in ("circles", "tiles"):
            (folder / genre).mkdir(parents=True)
            drawn(genre, 1).save(folder / genre / "one.png")
        return folder

    def write(self, covers: Path, out: Path, count: int, seed: int = 7) -> list[dict[str, str]]:
        paths = ["circles/one.png", "tiles/one.png"]
        table = write(covers, paths, out, count, seed, 0.4, SMALL)
        with table.open(newline="") as file:
            return list(csv.DictReader(file))

    def test_the_table_tells_what_the_pictures_show(self, covers, tmp_path):
        rows = self.write(covers, tmp_path / "out", 10)
        assert [row["image_path"] for row in rows] == [f"{number:05}.jpg" for number in range(10)]
        assert {bool(row["cover"]) for row in rows} == {True, False}
        for row in rows:
            corners = [row[f"{axis}{corner}"] for corner in range(4) for axis in "xy"]
            with Image.open(tmp_path / "out" / row["image_path"]) as picture:
                assert picture.size == SMALL.frame
                assert json.loads(picture.info["comment"])["corners"] == [value for value in corners if value]
            if row["cover"]:
                assert row["label"] == row["cover"].split("/")[0]
                assert 0 < area(np.array(corners, float).reshape(4, 2)) < np.prod(SMALL.frame)
            else:
                assert not any(corners)
                assert not row["label"]

    def test_it_goes_on_where_it_was_broken_off(self, covers, tmp_path, monkeypatch):
        out, whole = tmp_path / "out", tmp_path / "whole"
        made = []

        def breaks(*args: object) -> Scene:
            made.append(args)
            if len(made) == 4:
                raise KeyboardInterrupt
            return render(*args)

        monkeypatch.setattr(sys.modules["sleevetrainer.scenes.write"], "render", breaks)
        with pytest.raises(KeyboardInterrupt):
            self.write(covers, out, 6)
        assert sorted(path.name for path in out.iterdir()) == ["00000.jpg", "00001.jpg", "00002.jpg"]
        made[:] = [()] * 10
        rows = self.write(covers, out, 6)
        assert len(made) == 13  # three were there
        assert rows == self.write(covers, whole, 6)
        names = sorted(path.name for path in out.iterdir())
        assert names == [*(f"{number:05}.jpg" for number in range(6)), "scenes.csv"]
        for name in names:
            assert (out / name).read_bytes() == (whole / name).read_bytes()

    def test_nothing_is_left_of_a_picture_half_written(self, covers, tmp_path, monkeypatch):
        def full(*_: object, **__: object) -> None:
            raise OSError("no space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(Image.Image, "save", full)
            with pytest.raises(OSError, match="no space"):
                self.write(covers, tmp_path / "out", 2)
        assert list((tmp_path / "out").iterdir()) == []

    def test_another_seed_makes_other_scenes(self, covers, tmp_path):
        self.write(covers, tmp_path / "out", 2)
        before = (tmp_path / "out" / "00000.jpg").read_bytes()
        self.write(covers, tmp_path / "out", 2, seed=8)
        assert (tmp_path / "out" / "00000.jpg").read_bytes() != before
