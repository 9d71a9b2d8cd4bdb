"""Hashed n-grams of a cover's words, as `src/words/classifier.rs` makes them."""

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
import scipy.sparse

from .fold import folded

BITS = 14
"""Each of the two kinds of n-grams has 2 to this many places."""

IN_WORDS = range(2, 6)
"""Lengths of n-grams within words, the space before and behind a word counted."""

ACROSS = range(3, 7)
"""Lengths of n-grams across the words of a line, without spaces."""

MIN_CONFIDENCE = 0.6
"""Lines that were read less surely are not looked at."""

MIN_LETTERS = 2
"""Letters of a line, at least."""


def texts_of(passes: Iterable[Sequence[dict]]) -> list[str]:
    """The folded texts of a cover's lines over all passes, each once."""
    texts = {
        folded(line["text"]) for lines in passes for line in lines if line["confidence"] >= MIN_CONFIDENCE
    }
    return sorted(text for text in texts if len(text.replace(" ", "")) >= MIN_LETTERS)


def places(texts: Iterable[str]) -> dict[int, int]:
    """The places of a text's n-grams among `2 * 2**BITS`, and the sign of each: 1 or -1.

    An n-gram counts once. Its place is the low bits of its CRC-32, its sign the bit above; of n-grams with
    one place the signs are added up.
    """
    grams: tuple[set[str], set[str]] = (set(), set())
    for text in texts:
        for word in text.split():
            padded = f" {word} "
            for length in IN_WORDS:
                grams[0].update(padded[start : start + length] for start in range(len(padded) - length + 1))
        joined = text.replace(" ", "")
        for length in ACROSS:
            grams[1].update(joined[start : start + length] for start in range(len(joined) - length + 1))
    found: dict[int, int] = {}
    for kind, own in enumerate(grams):
        for gram in own:
            code = zlib.crc32(gram.encode())
            place = (kind << BITS) | (code & ((1 << BITS) - 1))
            found[place] = found.get(place, 0) + (1 if code >> BITS & 1 else -1)
    return found


def vectors(covers: Iterable[Iterable[str]]) -> scipy.sparse.csr_matrix:
    """The n-grams of each cover as a vector of unit length: `covers x 2 * 2**BITS`, float32."""
    values, columns, ends = [], [], [0]
    for texts in covers:
        found = places(texts)
        row = np.fromiter(found.values(), np.float32, len(found))
        values.append(row / max(float(np.linalg.norm(row)), 1e-12))
        columns.append(np.fromiter(found.keys(), np.int32, len(found)))
        ends.append(ends[-1] + len(found))
    empty = [np.zeros(0, np.float32)]
    return scipy.sparse.csr_matrix(
        (np.concatenate(values or empty), np.concatenate(columns or empty).astype(np.int32), ends),
        shape=(len(ends) - 1, 2 << BITS),
    )
