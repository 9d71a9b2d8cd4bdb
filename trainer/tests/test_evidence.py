"""What lies beneath the evidence is told apart from what lies beside it."""

import numpy as np
import pytest
import skimage
from PIL import Image

from sleevetrainer.evidence import SIDE, beneath, face_mask, skin_mask
from sleevetrainer.preprocess import scaled


def maps(lean: float) -> tuple[np.ndarray, np.ndarray]:
    """Evidence of two hundred covers that is higher by `lean` in a corner, and where that corner is."""
    random = np.random.default_rng(0)
    masks = np.zeros((200, 7, 7))
    masks[:150, :3, :3] = 1
    return random.normal(0.2, 0.3, (200, 7, 7)) + lean * masks, masks


def test_who_looks_at_faces_is_found_out() -> None:
    for lean in (0.0, 0.3, -0.3):
        found = beneath(*maps(lean), seed=0)
        assert found.covers == 150, "covers without such a place do not count"
        assert found.area == pytest.approx(9 / 49)
        assert found.here - found.elsewhere == pytest.approx(lean, abs=0.05)
        assert found.low < found.here - found.elsewhere < found.high
        assert (found.low > 0, found.high < 0) == (lean > 0, lean < 0)


def test_where_there_is_nothing_nothing_is_told() -> None:
    assert beneath(np.ones((5, 7, 7)), np.zeros((5, 7, 7)), seed=0).covers == 0


def test_a_face_and_its_skin_are_seen_and_a_coffee_has_none() -> None:
    pictures = skimage.data.astronaut(), skimage.data.coffee()
    astronaut, coffee = (scaled(Image.fromarray(one), SIDE) for one in pictures)
    faces = face_mask(astronaut)
    rows, columns = np.nonzero(faces)
    assert 50 < rows.mean() < 200
    assert 150 < columns.mean() < 300
    assert skin_mask(astronaut)[faces > 0].mean() > 0.5
    assert not face_mask(coffee).any()
