"""Step `fit`: how sure a matched name is, and the classifier of words, for a bundle's folder `words/`.

What is said of covers that neither was fitted to is kept in the run for `fuse` and `evaluate`: three folds,
by artist and by look. Covers of the test split are never fitted to.
"""

import datetime
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from tqdm import tqdm

from ..errors import TrainerError
from ..names import SIXTEEN
from ..run import Run, sha256, write_arrays, write_beside, write_text
from . import classifier, confidence
from .covers import words_read
from .evidence import evidence_of, has_words, shares_of
from .fold import folded, squashed
from .known import FOLDER, Cover, covers_of
from .ngrams import texts_of, vectors
from .sources import NOTICE, written

FOLDS = 3

NETWORKS = ("detector.onnx", "recogniser.onnx", "letters.txt")

TABLES = ("artists.tsv.gz", "albums.tsv.gz", "labels.tsv.gz")

WEIGHTS = "classifier.i8"

LIST = "words.toml"

MIN_ARTIST = 0.5
"""How surely a name must be matched to be told as the artist."""

MIN_ALBUM = 0.9
"""How surely, to be told with its album."""

MIN_PART = 6
"""Letters of a name that may stand for a longer one: `Coltrane` for `John Coltrane`."""


def fit(run: Run, bundle: Path, albums: int | None = None) -> dict[str, Any]:
    """Fits confidence and classifier, and writes a bundle's folder `words/` and `RUN/words/fit.npz`.

    Args:
        run: A run whose words are read and matched.
        bundle: The bundle's folder.
        albums: How many albums of the tables the classifier learns from, drawn at random; all by default.

    Raises:
        TrainerError: A step is missing.
    """
    material = Material.of(run)
    drawn, album_genres = album_vectors(run, albums)
    folds = folds_of(material, run.seed)
    count, genres = len(material.covers), len(SIXTEEN)
    log_ratios, names = np.zeros((count, genres)), np.zeros((count, genres))
    told: dict[int, tuple[str, str, float]] = {}
    # The last turn is of what ships: it says something of the test split.
    for fold in tqdm(range(FOLDS + 1), desc="fitting", unit="fold"):
        asked = np.flatnonzero(material.is_test if fold == FOLDS else folds == fold)
        known = np.flatnonzero(~material.is_test if fold == FOLDS else ~material.is_test & (folds != fold))
        weights = confidence.fitted(*material.matches(known))
        of_words = material.classifier(known, drawn, album_genres, run.seed)
        log_ratios[asked] = of_words(material.vectors[asked]) + np.log(genres)
        for place in asked:
            said = evidence_of(material.found[place], weights, genres)
            names[place], told[place] = said.genres, (said.artist, said.title, said.confidence)
    for values in (log_ratios, names):
        values[~material.has_words] = 0
    artists, titles, sure = (
        list(column) for column in zip(*(told[place] for place in range(count)), strict=True)
    )
    list_hash = write_words(run, bundle / FOLDER, weights, of_words)
    write_arrays(
        run.folder / FOLDER / "fit.npz",
        words=np.array(list_hash),
        paths=np.array([cover.path for cover in material.covers]),
        classifier=log_ratios,
        names=names,
        has_words=material.has_words,
        artists=np.array(artists),
        titles=np.array(titles),
        confidence=np.array(sure),
    )
    figures = said_of(material, artists, np.array(sure)) | {
        "covers": int((~material.is_test).sum()),
        "albums": len(album_genres),
        "confidence": dict(zip(confidence.FEATURES, weights.round(4).tolist(), strict=True)),
        "words": list_hash,
    }
    run.note("words-fit", figures)
    return figures


class Material:
    """What is fitted to: covers, their words and the names in these, `n` each."""

    def __init__(self, covers: list[Cover], texts: list[list[str]], found: list[list[dict]]) -> None:
        """Takes covers of the sixteen genres, their folded texts, and the matched names."""
        self.covers, self.found = covers, found
        self.genres = np.array([SIXTEEN.index(cover.genre) for cover in covers])
        self.is_test = np.array([cover.part == "test" for cover in covers])
        self.has_words = np.array([has_words(of_cover) for of_cover in texts])
        self.vectors = vectors(texts)

    @classmethod
    def of(cls, run: Run) -> "Material":
        """The covers of a run that were read and matched.

        Raises:
            TrainerError: A step is missing, or there are no covers.
        """
        covers = covers_of(run)
        read = words_read(run.owed(f"{FOLDER}/read.jsonl", "words read"))
        matches = run.folder / FOLDER / "matches.jsonl"
        if not matches.exists():
            raise TrainerError(f"{matches} is missing; scripts/train-words {run.folder} writes it")
        with matches.open(encoding="utf-8") as file:
            found = {row["path"]: row["matches"] for row in map(json.loads, file)}
        paths = [
            path
            for path, cover in covers.items()
            if path in read and path in found and cover.genre in SIXTEEN
        ]
        if not any(covers[path].part != "test" for path in paths):
            raise TrainerError(
                f"no cover was read to learn from; type: sleevetrainer words read {run.folder}"
            )
        return cls(
            [covers[path] for path in paths],
            [texts_of(read[path].values()) for path in paths],
            [found[path] for path in paths],
        )

    def matches(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Features, shares, genres and rightness of these covers' matches, for `confidence.fitted`."""
        rows = [
            (
                match["features"],
                shares_of(match, len(SIXTEEN)),
                self.genres[place],
                is_right(match["name"], cover),
            )
            for place, cover in ((place, self.covers[place]) for place in places)
            for match in self.found[place]
        ]
        if not rows:
            raise TrainerError(
                "no name was found on any cover; bring tables of artists whose records these are"
            )
        features, shares, genres, right = zip(*rows, strict=True)
        return np.array(features), np.array(shares), np.array(genres), np.array(right)

    def classifier(
        self, places: np.ndarray, albums: scipy.sparse.csr_matrix, album_genres: np.ndarray, seed: int
    ) -> classifier.Classifier:
        """A classifier that is fitted to these covers, where they have words, and to albums."""
        spoken = places[self.has_words[places]]
        return classifier.fitted(
            self.vectors[spoken], self.genres[spoken], albums, album_genres, len(SIXTEEN), seed
        )


def is_same(name: str, other: str) -> bool:
    """Whether two names are one, by their letters; `The` may be missing, and one may be part of the other."""
    a, b = (key.removeprefix("the") for key in (squashed(name), squashed(other)))
    return bool(a and b) and (a == b or (min(len(a), len(b)) >= MIN_PART and (a in b or b in a)))


def is_right(name: str, cover: Cover) -> float:
    """1 where the name is the cover's artist, 0 where it is not, -1 where the artist is not known."""
    return float(is_same(name, cover.artist)) if cover.artist else -1.0


def folds_of(material: Material, seed: int) -> np.ndarray:
    """The fold of each cover, `n`: those of one artist, or that look alike, share one; -1: test split."""
    groups = sorted({cover.group for cover in material.covers})
    order = np.random.default_rng(seed).permutation(len(groups))
    fold = {group: int(place) % FOLDS for group, place in zip(groups, order, strict=True)}
    folds = np.array([fold[cover.group] for cover in material.covers])
    folds[material.is_test] = -1
    return folds


def album_vectors(run: Run, most: int | None) -> tuple[scipy.sparse.csr_matrix, np.ndarray]:
    """The n-grams of the tables' albums, and the genres of their artists."""
    artists = _rows(run.owed(f"{FOLDER}/{TABLES[0]}", "words tables ARTISTS ALBUMS --out"))
    titles, genres = [], []
    for artist, title, _ in _rows(run.folder / FOLDER / TABLES[1]):
        name, shares = artists[int(artist)][:2]
        genre = int(shares.split(":")[0])
        if genre < len(SIXTEEN):
            titles.append((folded(name), folded(title)))
            genres.append(genre)
    if most is not None and most < len(titles):
        drawn = np.random.default_rng(run.seed).permutation(len(titles))[:most]
        titles, genres = [titles[place] for place in drawn], [genres[place] for place in drawn]
    return classifier.album_vectors(titles, run.seed), np.array(genres, int)


def _rows(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\n").split("\t") for line in file if line.strip()]


def write_words(run: Run, folder: Path, weights: np.ndarray, of_words: classifier.Classifier) -> str:
    """Writes a bundle's folder `words/` but for `fusion.toml`. Returns the SHA-256 of its list."""
    own = run.folder / FOLDER
    for name in (*NETWORKS, *TABLES):
        content = own.joinpath(name).read_bytes()
        write_beside(folder / name, lambda beside, content=content: beside.write_bytes(content))
    write_beside(folder / WEIGHTS, lambda beside: beside.write_bytes(of_words.weights.tobytes()))
    note = json.loads(
        run.owed("words-tables.json", "words tables ARTISTS ALBUMS --out").read_text(encoding="utf-8")
    )
    write_text(folder / "SOURCES.md", written(note["sources"], note["left_out"]))
    write_text(folder / "NOTICE", NOTICE)
    files = {name: sha256(folder / name) for name in sorted((*NETWORKS, *TABLES, WEIGHTS))}
    write_text(folder / LIST, described(weights, of_words, files))
    return sha256(folder / LIST)


def described(weights: np.ndarray, of_words: classifier.Classifier, files: dict[str, str]) -> str:
    """The text of `words.toml`."""
    lines = [
        "# What the words on a sleeve are read and weighed by; docs/bundle.md explains each key.",
        "format = 1",
        f'made = "{datetime.date.today().isoformat()}"',
        f"genres = {json.dumps(SIXTEEN)}",
        f"confidence = {digits(weights)}",
        f"artist = {MIN_ARTIST}",
        f"album = {MIN_ALBUM}",
        "",
        "[classifier]",
        f"scales = {digits(of_words.scales)}",
        f"biases = {digits(of_words.biases)}",
        "",
        "[files]",
        *(f'"{name}" = "{digest}"' for name, digest in files.items()),
    ]
    return "\n".join(lines) + "\n"


def digits(values: np.ndarray) -> str:
    """Numbers of five digits as TOML has them."""
    return json.dumps([float(f"{value:.5g}") for value in values])


def said_of(material: Material, artists: list[str], sure: np.ndarray) -> dict[str, float]:
    """Of covers of known artists: how many were `named`, and how many of these `right`."""
    asked = np.array([bool(cover.artist) and cover.part != "test" for cover in material.covers])
    named = asked & (sure >= MIN_ARTIST)
    right = [is_same(artists[place], material.covers[place].artist) for place in np.flatnonzero(named)]
    return {
        "named": float(named.sum() / max(asked.sum(), 1)),
        "right": float(np.mean(right)) if right else 0.0,
    }
