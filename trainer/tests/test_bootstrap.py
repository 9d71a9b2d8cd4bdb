"""Intervals hold what they should, and the same draws give the same ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sleevetrainer.metrics import figures
from sleevetrainer.report.bootstrap import FIGURES, Interval, drawn, measured, recalls

GENRES = ["a", "b", "c", "d", "e"]


def answers(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are right more often than by chance, and the genres' places."""
    random = np.random.default_rng(seed)
    truth = random.permutation(np.arange(count) % len(GENRES))
    return random.normal(0, 1, (count, len(GENRES))) + np.eye(len(GENRES))[truth], truth


def intervals(count: int, seed: int, of: int = 0) -> dict[str, Interval]:
    scores, truth = answers(count, of)
    rows = measured(drawn(count, seed, 400), scores, truth)
    return {name: Interval.of(values) for name, values in rows.items()}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_figures_are_those_of_the_metrics_and_lie_in_their_intervals(seed: int) -> None:
    scores, truth = answers(200, seed)
    expected = figures(truth, scores, GENRES)
    found = intervals(200, seed, of=seed)
    assert set(found) == set(FIGURES)
    for name, interval in found.items():
        assert interval.value == pytest.approx(expected[name])
        assert interval.value in interval
        assert 0 <= interval.low < interval.high <= 1


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_more_covers_give_narrower_intervals(seed: int) -> None:
    few, many = intervals(100, seed), intervals(1600, seed)
    for name in FIGURES:
        assert many[name].high - many[name].low < 0.5 * (few[name].high - few[name].low)


def test_the_seed_decides() -> None:
    assert intervals(120, 1) == intervals(120, 1)
    assert intervals(120, 1) != intervals(120, 2)


def test_accuracy_is_within_its_interval_about_as_often_as_promised() -> None:
    random = np.random.default_rng(0)
    held = []
    for seed in range(200):
        right = random.random(150) < 0.45
        scores = np.eye(2)[right.astype(int)]
        rows = measured(drawn(150, seed, 300), scores, np.ones(150, int))["accuracy"]
        held.append(0.45 in Interval.of(rows))
    assert 0.88 < np.mean(held) < 0.99


def test_what_differs_a_little_but_always_is_told_apart_by_pairs_alone() -> None:
    scores, truth = answers(400, 3)
    better = scores.copy()
    wrong = np.flatnonzero(scores.argmax(1) != truth)[:15]
    better[wrong, truth[wrong]] = 9
    counts = drawn(400, 0, 400)
    one, other = (measured(counts, each, truth)["accuracy"] for each in (scores, better))
    assert Interval.of(one).high > Interval.of(other).low
    assert Interval.of(other - one).low > 0


def test_a_genre_that_a_draw_misses_does_not_spoil_the_interval() -> None:
    truth = np.array([0, 1, 1, 1, 1, 1, 1, 1])
    counts = drawn(8, 0, 200)
    scores = np.eye(2)[truth]
    assert np.isnan(recalls(counts, scores, truth)).any()
    assert Interval.of(measured(counts, scores, truth)["balanced_accuracy"]) == Interval(1, 1, 1)
