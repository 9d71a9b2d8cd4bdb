"""What is fitted: how sure a name is, the classifier, and how picture and words count together."""

import numpy as np
import pytest

from sleevetrainer.names import SIXTEEN
from sleevetrainer.words import classifier, confidence, fusion
from sleevetrainer.words.evidence import evidence_of
from sleevetrainer.words.fit import is_same
from sleevetrainer.words.fuse import outside_weights
from sleevetrainer.words.ngrams import vectors

GENRES = len(SIXTEEN)


def planted(count, seed=0):
    """Matches of which those are right whose second feature is high."""
    random = np.random.default_rng(seed)
    features = np.zeros((count, len(confidence.FEATURES)))
    features[:, 0] = 1
    features[:, 1:4] = random.normal(size=(count, 3))
    right = random.random(count) < 1 / (1 + np.exp(-3 * features[:, 1]))
    named = random.integers(0, GENRES, count)
    genres = np.where(right, named, random.integers(0, GENRES, count))
    return features, np.eye(GENRES)[named], genres, right


def test_confidence_learns_from_known_artists_what_speaks_for_a_name():
    features, shares, genres, right = planted(4000)
    weights = confidence.fitted(features, shares, genres, right.astype(float))
    assert weights[1] == pytest.approx(3, abs=0.4)
    assert np.abs(weights[2:4]).max() < 0.3
    sure = confidence.confidences(weights, features)
    assert sure.mean() == pytest.approx(right.mean(), abs=0.02)


def test_confidence_learns_from_genres_where_no_artist_is_known():
    features, shares, genres, right = planted(6000)
    weights = confidence.fitted(features, shares, genres, np.full(len(right), -1.0))
    sure = confidence.confidences(weights, features)
    assert weights[1] > 1.5
    assert sure[right].mean() > sure[~right].mean() + 0.3


def test_the_classifier_tells_what_it_was_shown_and_albums_help():
    sonata, riddim = ["piano sonata"], ["riddim dub"]
    covers = vectors([sonata] * 5)
    albums = vectors([riddim] * 30)
    one = classifier.fitted(covers, np.zeros(5, int), albums, np.full(30, 9), GENRES)
    assert one(vectors([sonata, riddim])).argmax(1).tolist() == [0, 9]
    assert one.weights.dtype == np.int8
    assert np.exp(one(covers)).sum(1) == pytest.approx(1)


def synthetic(seed=0, count=3000):
    """A picture that is right for half of the covers, and words that are right for most."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, GENRES, count)

    def evidence(strength):
        scores = random.normal(size=(count, GENRES))
        scores[np.arange(count), truth] += strength
        return scores

    picture = np.exp(evidence(1.5))
    return picture / picture.sum(1, keepdims=True), evidence(0.5), evidence(2.5), truth


def right(fitted, picture, words, names, truth):
    return (fitted(picture, words, names).argmax(1) == truth).mean()


def test_words_help_and_shuffled_words_do_not():
    picture, words, names, truth = synthetic()
    other = synthetic(1)
    alone = (other[0].argmax(1) == other[3]).mean()
    fitted = fusion.fitted(picture, words, names, truth, np.ones(len(truth)))
    assert right(fitted, *other) > alone + 0.2
    order = np.random.default_rng(2).permutation(len(truth))
    # With words of other covers, it learns to leave them alone.
    shuffled = fusion.fitted(picture, words[order], names[order], truth, np.ones(len(truth)))
    assert abs(shuffled.names) < 0.1
    assert right(shuffled, other[0], other[1][order], other[2][order], other[3]) < alone + 0.02
    # And what has learned from the right ones gains nothing from those of others.
    assert right(fitted, other[0], other[1][order], other[2][order], other[3]) < alone + 0.02


def test_biases_of_untaught_genres_are_fitted_alone():
    picture, words, names, truth = synthetic()
    picture[:, 8:] = 0.004
    fitted = fusion.fitted(picture, words, names, truth, np.ones(len(truth)))
    again = fusion.with_biases(fitted, picture, words, names, truth, range(8, GENRES))
    assert np.array_equal(again.biases[:8], fitted.biases[:8])
    assert (again.picture, again.names) == (fitted.picture, fitted.names)
    assert again.biases[8:].mean() > fitted.biases[8:].mean()


def test_covers_outside_the_split_count_as_their_genre_is_common_in_it():
    outside, inside = np.array([0] * 100 + [1] * 10 + [8]), np.array([0] * 80 + [1] * 160)
    weights = outside_weights(outside, inside)
    assert weights[outside == 0].sum() == pytest.approx(10)
    assert weights[outside == 1].sum() == pytest.approx(20)
    assert weights[-1] == 2


def match(name, read, genre, lines, sure, is_label=False):
    shares = np.zeros(GENRES + 1)
    shares[genre] = 1
    features = np.zeros(len(confidence.FEATURES))
    features[0] = np.log(sure / (1 - sure))
    return {
        "name": name,
        "read": read,
        "features": features.tolist(),
        "shares": shares.tolist(),
        "lines": lines,
        "title": None,
        "is_label": is_label,
    }


def test_names_in_one_anothers_place_count_once_and_a_label_is_no_artist():
    weights = np.eye(1, len(confidence.FEATURES))[0]
    miles = match("Miles Davis", "milesdavis", 4, [[0, 0]], 0.8)
    noise = match("Milesdavid", "milesdavis", 5, [[0, 0]], 0.3)
    label = match("Blue Note", "bluenote", 4, [[0, 1]], 0.9, is_label=True)
    said = evidence_of([noise, miles, label], weights, GENRES)
    assert (said.artist, said.confidence) == ("Miles Davis", pytest.approx(0.8))
    alone = evidence_of([miles], weights, GENRES).genres
    assert alone[4] == pytest.approx(np.log(0.8 * (0.9 * GENRES + 0.1) + 0.2))
    assert said.genres == pytest.approx(alone + evidence_of([label], weights, GENRES).genres)
    assert evidence_of([], weights, GENRES).genres.tolist() == [0] * GENRES


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("The Beatles", "beatles", True),
        ("Coltrane", "John Coltrane", True),
        ("Kino", "Kinogruppe", False),
        ("", "", False),
    ],
)
def test_names_are_the_same_by_their_letters(name, other, same):
    assert is_same(name, other) == same
