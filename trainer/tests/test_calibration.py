"""Probabilities that are told are what happens, and who asks for more certainty gets it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sleevetrainer.calibration import (
    CAUTIONS,
    Mixing,
    calibration_error,
    fitted_levels,
    fitted_shift,
    fitted_temperature,
    mixed_apart,
    said_and_right,
)

FAMILY_OF = np.array([0, 0, 0, 1, 2])


def honest(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose probabilities are true, and the genres that came of them."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1.5, (count, len(FAMILY_OF)))
    odds = softmax(logits)
    return logits, np.array([random.choice(len(row), p=row) for row in odds])


def softmax(logits: np.ndarray) -> np.ndarray:
    odds = np.exp(logits)
    return odds / odds.sum(1, keepdims=True)


def test_a_temperature_is_found_again() -> None:
    logits, truth = honest(6000)
    assert fitted_temperature((3 * logits, truth)) == pytest.approx(3, rel=0.1)


def test_a_temperature_lies_between_those_of_its_parts() -> None:
    logits, truth = honest(4000)
    both = fitted_temperature((logits, truth), (3 * logits, truth))
    assert 1.1 < both < 2.9


def test_a_mixing_undoes_another() -> None:
    """Logits that tell of one another are told apart again; nothing is learned from the covers themselves."""
    logits, truth = honest(6000)
    confused = logits @ (np.eye(5) + 0.6 * np.roll(np.eye(5), 1, axis=0))
    parts = np.array_split(np.random.default_rng(0).permutation(6000), 5)
    folds = [(np.setdiff1d(np.arange(6000), part), part) for part in parts]
    mixed = mixed_apart(confused, truth, folds)

    def right(logits: np.ndarray) -> float:
        return float(np.mean(logits.argmax(1) == truth))

    assert right(mixed) > right(confused) + 0.02
    assert right(mixed) == pytest.approx(right(logits), abs=0.015)
    of_two = Mixing.fitted(logits[:, :2], (truth > 0).astype(int))(logits[:, :2])
    assert of_two.shape == (6000, 2)


def test_a_rare_genre_is_said_where_that_costs_nothing() -> None:
    random = np.random.default_rng(0)
    truth = random.choice(3, 6000, p=[0.48, 0.48, 0.04])
    # It says the rare genre too seldom, as a network that saw little of it does.
    logits = 1.5 * np.eye(3)[truth] + random.normal(0, 1, (6000, 3)) + 2 * np.log([0.48, 0.48, 0.04])
    shift = fitted_shift(logits, truth)
    assert shift[2] > max(shift[:2])
    assert abs(shift.mean()) < 1e-9

    def recalls(logits: np.ndarray) -> list[float]:
        return [float((logits.argmax(1)[truth == genre] == genre).mean()) for genre in range(3)]

    assert np.mean((logits + shift).argmax(1) == truth) >= np.mean(logits.argmax(1) == truth)
    assert np.mean(recalls(logits + shift)) > np.mean(recalls(logits))


def test_who_is_honest_has_no_calibration_error_and_who_boasts_has() -> None:
    logits, truth = honest(3000)
    for boast, expected in ((1.0, 0.0), (2.0, 0.2)):
        probabilities = softmax(boast * logits)
        error = calibration_error(probabilities.max(1), probabilities.argmax(1) == truth)
        assert error.low <= error.value <= error.high
        assert error.value == pytest.approx(expected, abs=0.05)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_more_caution_says_less_and_is_right_more_often(seed: int) -> None:
    logits, truth = honest(2000, seed)
    probabilities = softmax(logits)
    levels = fitted_levels(probabilities, truth, FAMILY_OF)
    results = [said_and_right(probabilities, truth, levels[caution]["genre"]) for caution in CAUTIONS]
    for (part, _), result in zip(CAUTIONS.values(), results, strict=True):
        assert result["said"] == pytest.approx(part, abs=0.01)
    assert results[0]["right"] < results[1]["right"] < results[2]["right"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_families_that_are_said_are_right_as_often_as_is_asked(seed: int) -> None:
    logits, truth = honest(3000, seed)
    probabilities = softmax(logits)
    likely = probabilities @ np.eye(3)[FAMILY_OF]
    for caution, level in fitted_levels(probabilities, truth, FAMILY_OF).items():
        said = (probabilities.max(1) < level["genre"]) & (likely.argmax(1) == 0)
        said &= likely.max(1) >= level["family"]
        if level["family"] < 1:
            assert (FAMILY_OF[truth[said]] == 0).mean() >= CAUTIONS[caution][1] - 1e-9
