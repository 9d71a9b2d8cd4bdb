"""Covers that look alike kept together, and groups dealt out to the parts of the split."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def grouped(count: int, links: Sequence[tuple[int, int]]) -> np.ndarray:
    """Groups of what is linked, over however many links.

    Args:
        count: How many covers there are.
        links: Pairs of covers that belong together.

    Returns:
        A group's number for each cover, `count`.
    """
    if not links:
        return np.arange(count)
    rows, columns = np.array(links).T
    graph = coo_matrix((np.ones(len(links)), (rows, columns)), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def alike_by_hash(hashes: np.ndarray, most: int) -> list[tuple[int, int]]:
    """Pairs of covers whose perceptual hashes differ in at most `most` bits.

    Args:
        hashes: `n x bits`, bool.
        most: How many bits may differ.
    """
    signs = np.where(hashes, 1, -1).astype(np.float32)
    # The dot product of two signs is the number of bits that agree less that of those that differ.
    return _pairs(signs, hashes.shape[1] - 2 * most)


def alike_by_features(features: np.ndarray, least: float) -> list[tuple[int, int]]:
    """Pairs of covers whose features have a cosine of at least `least`.

    Args:
        features: `n x length`.
        least: The least cosine.
    """
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return _pairs(unit.astype(np.float32), least)


def dealt(labels: Sequence[str], groups: np.ndarray, part: float, random: np.random.Generator) -> np.ndarray:
    """Deals whole groups out until each genre has given about `part` of its covers.

    Args:
        labels: The genre of each cover.
        groups: The group of each cover.
        part: How much of each genre is dealt out, 0 to 1.
        random: Where chance comes from.

    Returns:
        Whether each cover was dealt out, bool.
    """
    labels = np.asarray(labels)
    wanted = {genre: round(part * np.sum(labels == genre)) for genre in sorted(set(labels))}
    taken = np.zeros(len(labels), dtype=bool)
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(int(group), []).append(place)
    for group in random.permutation(sorted(members)):
        places = members[int(group)]
        genres, counts = np.unique(labels[places], return_counts=True)
        # A group goes out whole or not at all, and only where each of its genres still owes that many.
        if all(wanted[genre] >= count for genre, count in zip(genres, counts, strict=True)):
            taken[places] = True
            for genre, count in zip(genres, counts, strict=True):
                wanted[genre] -= count
    return taken


def _pairs(rows: np.ndarray, least: float, block: int = 1024) -> list[tuple[int, int]]:
    """Pairs of rows whose dot product is at least `least`, a block of rows at a time."""
    found = []
    for start in range(0, len(rows), block):
        near = rows[start : start + block] @ rows[start:].T >= least
        for row, column in np.argwhere(np.triu(near, k=1)):
            found.append((start + int(row), start + int(column)))
    return found
