"""The stock's rule: what is near and clearly nearer is known, and no more strangers than were promised."""

import numpy as np
import pytest

from sleevetrainer.stock.rule import FALSE, Answers, Levels, Metric, answers, fitted_same, unit

COVERS, LENGTH = 600, 24


def shop(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Covers, and views that differ from them along four axes of 24 only."""
    random = np.random.default_rng(seed)
    flat = unit(random.normal(0, 1, (COVERS, LENGTH)))
    noise = random.normal(0, 1, (COVERS, LENGTH)) * np.where(np.arange(LENGTH) < 4, 0.5, 0.02)
    return flat.astype(np.float32), unit(flat + noise).astype(np.float32)


def looked_up(enrolled: np.ndarray, queries: np.ndarray) -> tuple[Answers, Answers]:
    """What queries find with their own covers in stock, and without."""
    own = np.arange(len(queries))
    nobody = np.zeros((len(queries), len(enrolled)), bool)
    return (
        answers(enrolled, queries, own, 0.99, nobody),
        answers(enrolled, queries, own, 0.99, np.eye(len(queries), dtype=bool)),
    )


def test_directions_in_which_views_differ_count_less() -> None:
    flat, view = shop()
    metric = Metric.fitted(flat, view)
    other_flat, other_view = shop(1)
    plain, _ = looked_up(other_flat, other_view)
    fitted, _ = looked_up(metric(other_flat), metric(other_view))
    assert fitted.right.mean() > plain.right.mean() + 0.05
    assert np.allclose(np.linalg.norm(metric(flat), axis=1), 1, atol=1e-5)


def test_no_more_strangers_are_known_than_promised() -> None:
    flat, view = shop()
    metric = Metric.fitted(flat, view)
    inside, outside = looked_up(metric(flat), metric(view))
    levels = Levels.fitted(inside, outside)
    assert levels.known(outside).mean() <= FALSE
    assert (levels.known(inside) & inside.right).mean() > 0.8
    alone = Answers(np.array([0.5]), np.array([-1.0]), np.array([True]))
    assert not levels.known(alone)[0], "that nothing else is in stock does not make it near"


def test_records_that_share_a_cover_are_no_second() -> None:
    stock = unit(np.array([[1.0, 0.0, 0.0], [1.0, 0.01, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    stock = np.concatenate([stock, -unit(np.random.default_rng(0).uniform(0, 1, (20, 3)))])
    found = answers(stock, unit(np.array([[1.0, 0.1, 0.0]])), np.array([0]), 0.99, np.zeros((1, 24), bool))
    assert found.right[0], "whichever of the two is the nearest"
    assert found.second[0] == pytest.approx(0.0995, abs=1e-3)


def test_most_scans_of_a_picture_are_taken_for_one() -> None:
    random = np.random.default_rng(0)
    flat = unit(random.normal(0, 1, (400, LENGTH)))
    again = unit(flat + random.normal(0, 0.03, flat.shape))
    same = fitted_same(flat, again)
    assert np.mean(np.sum(flat * again, axis=1) >= same) == pytest.approx(0.95, abs=0.01)
