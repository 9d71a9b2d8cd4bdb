"""Votes of the stock: a genre that only the shop has is told, and what knows nothing moves nothing."""

import numpy as np
from scipy.special import log_softmax

from sleevetrainer.stock.rule import unit
from sleevetrainer.stock.votes import FEWEST, Ballot, Votes, handfuls

KNOWN, OWN, EACH, LENGTH = 4, 2, 40, 16


def shop(tells: float, seed: int = 0, looks: float = 1) -> tuple[Ballot, np.ndarray]:
    """Covers that look like their genres, six; the network knows four, the better the more it `tells`."""
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(KNOWN + OWN), EACH)
    covers = unit(looks * np.eye(LENGTH)[truth] + random.normal(0, 0.3, (len(truth), LENGTH)))
    logits = random.normal(0, 1, (len(truth), KNOWN))
    seen = truth < KNOWN
    logits[seen, truth[seen]] += tells
    cosines = covers @ covers.T
    np.fill_diagonal(cosines, -np.inf)
    return Ballot(log_softmax(logits, axis=1), cosines, truth, KNOWN + OWN), truth


def fitted(ballot: Ballot, truth: np.ndarray) -> Votes:
    drawn = handfuls(ballot, np.random.default_rng(0))
    return Votes.fitted([one for ballots in drawn.values() for one in ballots], truth)


def test_a_genre_that_only_the_shop_has_is_told_from_five_examples() -> None:
    votes = fitted(*shop(1))
    ballot, truth = shop(1, seed=1)
    five = ballot.handful(5, np.random.default_rng(1))
    said, own = votes(five).argmax(1), truth >= KNOWN
    assert (said == truth)[own].mean() > 0.5
    assert (said == truth)[~own].mean() > (ballot.told.argmax(1) == truth)[~own].mean(), "neighbours agree"


def test_looks_that_tell_nothing_move_nothing() -> None:
    votes = fitted(*shop(1, looks=0))
    ballot, truth = shop(1, seed=1, looks=0)
    known = truth < KNOWN
    moved, alone = votes(ballot)[known, :KNOWN].argmax(1), ballot.told[known].argmax(1)
    assert np.mean(moved == alone) > 0.9


def test_whatever_is_voted_probabilities_sum_to_one() -> None:
    ballot, truth = shop(0.5, seed=3)
    votes = fitted(ballot, truth)
    assert np.allclose(np.exp(votes(ballot)).sum(1), 1)
    few = ballot.handful(FEWEST - 1, np.random.default_rng(0))
    assert np.isneginf(votes(few)[:, KNOWN:]).all(), "two are no genre yet"
