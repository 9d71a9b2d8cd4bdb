"""Words are folded and hashed as the device does it; the same goldens are read by its tests."""

import json
from pathlib import Path

import numpy as np
import pytest

from sleevetrainer.words.fold import folded, squashed
from sleevetrainer.words.ngrams import places, texts_of, vectors

GOLDENS = Path(__file__).parents[2] / "tests/words"


def test_texts_are_folded_as_the_device_folds_them():
    pairs = json.loads((GOLDENS / "fold.json").read_text(encoding="utf-8"))
    assert len(pairs) > 20
    assert [folded(text) for text, _ in pairs] == [wanted for _, wanted in pairs]


def test_squashed_texts_have_no_spaces():
    assert squashed(" The  Miles-Davis ") == "themilesdavis"


@pytest.mark.parametrize(
    "golden",
    json.loads((GOLDENS / "classifier.json").read_text(encoding="utf-8")),
    ids=lambda one: one["texts"][0],
)
def test_n_grams_take_the_places_of_the_device(golden):
    found = sorted(places(golden["texts"]).items())
    assert len(found) == golden["count"]
    assert [list(pair) for pair in found[: len(golden["places"])]] == golden["places"]


def test_vectors_have_unit_length_and_none_where_nothing_is_said():
    rows = vectors([["miles davis"], []])
    assert np.linalg.norm(rows.toarray(), axis=1) == pytest.approx([1, 0])


def test_lines_that_were_read_unsurely_or_twice_do_not_count():
    line = {"text": "MILES", "confidence": 0.9}
    passes = [[line, {"text": "noise", "confidence": 0.5}], [line, {"text": "x", "confidence": 0.9}]]
    assert texts_of(passes) == ["miles"]
