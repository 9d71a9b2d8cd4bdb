"""How much of what a network can it can elsewhere, by hand."""

from pathlib import Path
from unittest import mock

import pytest

from sleevetrainer.evaluate import elsewhere
from sleevetrainer.run import Run


def test_what_is_kept_elsewhere_is_of_the_genres_that_are_there() -> None:
    def genre(covers: int, recall: float) -> dict[str, float]:
        return {"covers": covers, "recall": recall}

    there = {"genres": [genre(300, 0.6), genre(100, 0.2), genre(5, 1.0)]}
    at_home = {"genres": [genre(100, 0.8), genre(100, 0.4), genre(100, 0.1)]}
    with mock.patch("sleevetrainer.evaluate.measured", return_value=there):
        result = elsewhere(Run(Path("run")), {}, b"", at_home)["held_out"]
    assert result["there"] == pytest.approx(0.4)
    assert result["at_home"] == pytest.approx(0.6)
    assert result["kept"] == pytest.approx(2 / 3)
    assert result["there_accuracy"] == pytest.approx(0.5)
    assert result["kept_accuracy"] == pytest.approx(0.5 / 0.6)
