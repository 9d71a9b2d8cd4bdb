"""When a record is known: how embeddings are compared, and how near is near enough."""

from dataclasses import dataclass

import numpy as np

FALSE = 0.005
"""Of sleeves that are not in stock, the part that may be taken for a record."""

TOLD = 17
"""As many of the nearest are looked at as by the device."""

CLEARNESS = (0.5, 0.75, 1.0, 1.5, 2.0)
"""What it may weigh that the nearest is nearer than the second."""

SHRINKAGE = 0.5
"""How much of the mean variance is added to that of each direction: few views are not believed wholly."""


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
        """Directions count by how much more covers differ in them than views of one do; `n x length` each.

        Source: Fukunaga, "Introduction to Statistical Pattern Recognition", 1990, chapter 10 (linear
        discriminant analysis); each axis is scaled by the root of the part of its variance that lies between
        covers.
        """
        differences = view - flat
        within = differences.T @ differences / (2 * len(differences))
        within += SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within))
        variances, axes = np.linalg.eigh(within)
        whitening = (axes / np.sqrt(variances)) @ axes.T
        mean = flat.mean(0)
        total, axes = np.linalg.eigh(np.cov(((flat - mean) @ whitening).T))
        between = np.maximum(total - 1, 0)
        directions = whitening @ (axes * np.sqrt(between / (1 + between)))
        return cls(mean.astype(np.float32), directions.T.astype(np.float32))

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


def answers(
    stock: np.ndarray, queries: np.ndarray, own: np.ndarray, same: float, barred: np.ndarray
) -> Answers:
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
    """What makes the nearest known: that it is near, and clearly nearer than the second."""

    near: float
    clearness: float
    usual: float

    def score(self, found: Answers) -> np.ndarray:
        """How much speaks for the nearest, `n`; as `Rule::score` of the device."""
        return found.nearest + self.clearness * (found.nearest - np.maximum(found.second, self.usual))

    def known(self, found: Answers) -> np.ndarray:
        """Whether it is said to be known, `n`."""
        return self.score(found) >= self.near

    @classmethod
    def fitted(cls, inside: Answers, outside: Answers) -> "Levels":
        """The levels by which most sleeves in stock are known, and at most `FALSE` of the others.

        Args:
            inside: Of views whose covers are in stock.
            outside: Of views whose covers are not.
        """
        usual = round(float(np.median(outside.nearest)), 4)
        found = []
        for clearness in CLEARNESS:
            scores = np.sort(cls(0, clearness, usual).score(outside))[::-1]
            levels = cls(round(float(scores[int(FALSE * len(scores))]) + 1e-4, 4), clearness, usual)
            found.append((float(np.mean(levels.known(inside) & inside.right)), levels))
        return max(found, key=lambda pair: pair[0])[1]


def fitted_same(flat: np.ndarray, again: np.ndarray) -> float:
    """The cosine from which two enrolled covers are of one picture: nineteen in twenty scans of one reach it.

    Args:
        flat: Enrolled covers, `m x length`, of unit length.
        again: Another scan of each.
    """
    return float(np.quantile(np.sum(flat * again, axis=1), 0.05))
