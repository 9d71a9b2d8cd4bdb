"""What matched names say of genres, as `src/words/weigh.rs` has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .confidence import TRUST, confidences

MIN_LETTERS = 4
"""Letters on a cover from which its words tell anything."""

MAX_COUNTED = 3
"""Names that count, at most."""

RUN = 4
"""Two names that were read of this many letters in a row are in one another's place."""


@dataclass(frozen=True)
class NameEvidence:
    """What the names on one cover say."""

    genres: np.ndarray
    """Log-likelihood ratios, `genres`."""
    artist: str = ""
    """The surest name that is no record label; empty where there is none."""
    title: str = ""
    """A title of this artist that stands on the cover as well."""
    confidence: float = 0.0


def has_words(texts: Sequence[str]) -> bool:
    """Whether a cover's folded texts have enough letters to tell anything."""
    return sum(len(text.replace(" ", "")) for text in texts) >= MIN_LETTERS


def shares_of(match: dict[str, Any], genres: int) -> np.ndarray:
    """The share of each genre of a matched name; what tables say of others is spread evenly."""
    shares = np.array(match["shares"][:genres], float)
    return shares + max(0.0, 1 - shares.sum()) / genres


def evidence_of(matches: Sequence[dict[str, Any]], weights: np.ndarray, genres: int) -> NameEvidence:
    """Weighs the names on one cover.

    Args:
        matches: As the example `word_matches` writes them.
        weights: Of the confidence.
        genres: How many genres there are: the first of the tables'.
    """
    sure = confidences(weights, [match["features"] for match in matches])
    total = np.zeros(genres)
    counted: list[int] = []
    for place in np.argsort(-sure, kind="stable").tolist():
        if any(_overlap(matches[place], matches[other]) for other in counted):
            continue
        counted.append(place)
        said = TRUST * shares_of(matches[place], genres) * genres + 1 - TRUST
        total += np.log(sure[place] * said + 1 - sure[place])
        if len(counted) == MAX_COUNTED:
            break
    best = next((place for place in counted if not matches[place]["is_label"]), None)
    if best is None:
        return NameEvidence(total)
    match = matches[best]
    return NameEvidence(total, match["name"], match["title"] or "", float(sure[best]))


def _overlap(a: dict[str, Any], b: dict[str, Any]) -> bool:
    same_line = {tuple(line) for line in a["lines"]} & {tuple(line) for line in b["lines"]}
    return bool(same_line and _runs(a["read"]) & _runs(b["read"]))


def _runs(text: str) -> set[str]:
    length = min(RUN, max(len(text), 1))
    return {text[start : start + length] for start in range(len(text) - length + 1)}
