"""When a record is known: how embeddings are compared, and how near is near enough."""

from dataclasses import dataclass

import numpy as np

FALSE = 0.003
"""Of sleeves that are not in stock, the part that may be taken for a record, where the rule is fitted. The promise is
0.005: what it was not fitted to does a little worse."""

TOLD = 17
"""As many of the nearest are looked at as by the device."""

APART = np.linspace(0.0, 0.3, 31)
"""The differences to the second that are tried."""

SHRINKAGE = 0.1
"""How much of the mean variance is added to that of each direction: what few views tell is not believed wholly."""


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of unit length."""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


@dataclass(frozen=True)
class Metric:
    """How embeddings are compared: by the cosine of `(embedding - mean) @ directions.T`."""

    mean: np.ndarray
    """`length`."""
    directions: np.ndarray
    """`length x length`."""

    @classmethod
    def fitted(cls, flat: np.ndarray, view: np.ndarray) -> "Metric":
        """Directions in which views differ from their covers count less, `n x length` each.

        Source: Hatch, Kajarekar and Stolcke, "Within-Class Covariance Normalization for SVM-Based Speaker
        Recognition", Interspeech 2006.
        """
        differences = view - flat
        variances, axes = np.linalg.eigh(differences.T @ differences / len(differences))
        scales = 1 / np.sqrt(np.maximum(variances, 0) + SHRINKAGE * variances.mean())
        return cls(flat.mean(0), ((axes * scales) @ axes.T).astype(np.float32))

    def __call__(self, embeddings: np.ndarray) -> np.ndarray:
        """What embeddings `n x length` are turned into, of unit length."""
        return unit((embeddings - self.mean) @ self.directions.T)


@dataclass(frozen=True)
class Answers:
    """What a search finds for `n` queries, by the device's own steps."""

    nearest: np.ndarray
    """The cosine of the nearest, `n`."""
    second: np.ndarray
    """The cosine of the nearest with another cover than that, `n`."""
    right: np.ndarray
    """Whether the query's own cover is the nearest, or shares its cover, `n`."""


def answers(stock: np.ndarray, queries: np.ndarray, own: np.ndarray, same: float, barred: np.ndarray) -> Answers:
    """Looks queries up.

    Args:
        stock: What is enrolled, `m x length`, of unit length.
        queries: `n x length`.
        own: The place of each query's own cover in the stock, `n`.
        same: The cosine from which enrolled covers share a picture.
        barred: Whom a query must not find, `n x m`: they are not in stock.
    """
    nearest, second, right = np.empty(len(queries)), np.empty(len(queries)), np.empty(len(queries), bool)
    cosines = queries @ stock.T
    cosines[barred] = -2
    for place, row in enumerate(cosines):
        first = np.argpartition(-row, TOLD)[:TOLD]
        first = first[np.argsort(-row[first], kind="stable")]
        shares = stock[first] @ stock[first[0]] >= same
        nearest[place] = row[first[0]]
        second[place] = row[first[~shares]].max(initial=-1)
        right[place] = own[place] in first[shares | (first == first[0])]
    return Answers(nearest, second, right)


@dataclass(frozen=True)
class Levels:
    """What makes the nearest known."""

    near: float
    apart: float

    def known(self, found: Answers) -> np.ndarray:
        """Whether it is said to be known, `n`."""
        return (found.nearest >= self.near) & (found.nearest - found.second >= self.apart)

    @classmethod
    def fitted(cls, inside: Answers, outside: Answers, false: float = FALSE) -> "Levels":
        """The levels by which most sleeves in stock are known, and at most `false` of the others.

        Args:
            inside: Of views whose covers are in stock.
            outside: Of views whose covers are not.
        """
        best = (-1.0, cls(1.0, 1.0))
        for apart in APART:
            clear = np.sort(np.where(outside.nearest - outside.second >= apart, outside.nearest, -1))[::-1]
            near = float(np.nextafter(max(clear[int(false * len(clear))], 0), 2, dtype=np.float32))
            levels = cls(near, float(apart))
            known = float(np.mean(levels.known(inside) & inside.right))
            best = max(best, (known, levels), key=lambda pair: pair[0])
        return best[1]


def fitted_same(flat: np.ndarray, again: np.ndarray, every: int) -> float:
    """The cosine from which two scans are of one picture: nearly all scans of one reach it.

    Args:
        flat: Enrolled covers, `n x length`, of unit length.
        again: Another scan of every `every`-th of them.
    """
    return float(np.quantile(np.sum(flat[::every] * again, axis=1), 0.05))
