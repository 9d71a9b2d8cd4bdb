"""Step `fuse`: fits how picture and words count together, to covers that neither was fitted to.

The picture's say of the training split is what `cross` has kept, of networks that were not shown the cover.
Without it, covers outside the split alone are fitted to, as the bundle's own network reads them. Covers of
the test split are never fitted to: they tell how often what is said is right.
"""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..answers import answers_of
from ..bundle import picture_probabilities, read, taught
from ..calibration import family_places, fitted_levels, said_and_right
from ..cross import crossed
from ..errors import TrainerError
from ..names import SIXTEEN
from ..onnx_file import session
from ..run import Run, sha256, write_arrays, write_text
from . import fusion
from .fit import LIST, digits
from .known import FOLDER, Cover, covers_of

CAUTIONS = {"low": (0.85, 0.6), "normal": (0.65, 0.65), "high": (0.4, 0.75)}
"""The part of covers that gets a genre, and how often a family should be right where no genre is said."""

OUTSIDE = 0.125
"""The weight of all covers outside the split, of those in it: their labels are less sure."""

UNTAUGHT = 80
"""As many covers of a genre that the network was not taught would be in the split."""

MAX_WEIGHT = 2.0
"""The most that a cover outside the split counts, where one in it counts 1."""

MIN_COVERS = 50
"""Covers to fit to, at least."""

FILE = "fusion.toml"


@dataclass(frozen=True)
class Said:
    """What picture and words say of covers, `n`."""

    covers: list[Cover]
    picture: np.ndarray
    """Probabilities, `n x genres`."""
    classifier: np.ndarray
    """Log-likelihood ratios, `n x genres`."""
    names: np.ndarray
    artists: np.ndarray
    """The surest names, `n`; empty where there is none."""
    confidence: np.ndarray
    """How sure they are, `n`."""
    truth: np.ndarray
    """The genres' places, `n`."""

    @property
    def evidence(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What a fusion is asked with."""
        return self.picture, self.classifier, self.names

    def joined(self, other: "Said") -> "Said":
        """These covers, then the others."""
        arrays = ("picture", "classifier", "names", "artists", "confidence", "truth")
        both = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in arrays}
        return Said(self.covers + other.covers, **both)


def fuse(run: Run, bundle: Path) -> dict[str, Any]:
    """Fits the fusion and writes `fusion.toml` into a bundle's folder `words/`.

    Returns:
        The weights, which covers were fitted to (`fitted_to`), and of the test split the thresholds' figures.

    Raises:
        TrainerError: A step is missing, or there are too few covers.
    """
    description, _ = read(bundle)
    outside = said_of(run, bundle, "more")
    has_cross = (run.folder / "cross.npz").exists()
    if has_cross:
        inside = said_of(run, bundle, "train")
        material = inside.joined(outside)
        weights = np.r_[np.ones(len(inside.covers)), outside_weights(outside.truth, inside.truth)]
        by = inside
    else:
        material, weights, by = outside, np.ones(len(outside.covers)), outside
    if len(material.covers) < MIN_COVERS:
        raise TrainerError(
            f"{len(material.covers)} covers are too few to fit the fusion to; type: "
            f"sleevetrainer cross {run.folder}, or name covers outside the split: "
            f"sleevetrainer words read {run.folder} --more DIR"
        )
    fitted = fusion.fitted(*material.evidence, material.truth, weights)
    ids = {genre["id"] for genre in taught(description)}
    untaught = [place for place, genre in enumerate(SIXTEEN) if genre not in ids]
    fitted = fusion.with_biases(fitted, *material.evidence, material.truth, untaught)
    test = said_of(run, bundle, "test")
    probabilities = fitted(*test.evidence)
    levels = fitted_levels(fitted(*by.evidence), by.truth, families_of(description), CAUTIONS)
    for level in levels.values():
        level["family"] = max(level["family"], level["genre"])
        level |= said_and_right(probabilities, test.truth, level["genre"])
    folder = bundle / FOLDER
    write_text(
        folder / FILE,
        described(fitted, levels, description["network"]["sha256"], sha256(folder / LIST)),
    )
    facts = {
        "fitted_to": {
            "training split, networks that were not shown the cover": len(inside.covers) if has_cross else 0,
            "outside the split, the bundle's network": len(outside.covers),
        },
        "picture": fitted.picture,
        "classifier": fitted.classifier,
        "names": fitted.names,
        "thresholds": levels,
        "test": {"covers": len(test.covers), "accuracy": accuracy(probabilities, test.truth)},
    }
    run.note("words-fuse", facts)
    return facts


def said_of(run: Run, bundle: Path, part: str) -> Said:
    """What picture and words say of the covers of one part; no fit of the words knew the cover.

    Raises:
        TrainerError: A step is missing, or the bundle's words are not those of this run.
    """
    list_hash = sha256(owed(bundle))
    with np.load(run.owed(f"{FOLDER}/fit.npz", "words fit")) as kept:
        if str(kept["words"]) != list_hash:
            raise TrainerError(
                f"{bundle / FOLDER} is of another fit; type: sleevetrainer words fit {run.folder}"
            )
        about = covers_of(run)
        covers = [about[path] for path in kept["paths"].tolist()]
        places = np.array([place for place, cover in enumerate(covers) if cover.part == part], int)
        asked = [covers[place] for place in places]
        return Said(
            asked,
            picture_of(run, bundle, asked, part),
            kept["classifier"][places],
            kept["names"][places],
            kept["artists"][places],
            kept["confidence"][places],
            np.array([SIXTEEN.index(cover.genre) for cover in asked], int),
        )


def owed(bundle: Path) -> Path:
    """A bundle's `words.toml`.

    Raises:
        TrainerError: It has none.
    """
    path = bundle / FOLDER / LIST
    if not path.exists():
        raise TrainerError(f"{path} is missing; type: sleevetrainer words fit RUN --bundle {bundle}")
    return path


def picture_of(run: Run, bundle: Path, covers: list[Cover], part: str) -> np.ndarray:
    """The picture's probabilities of the sixteen genres, `n x 16`, as the device has them.

    Of the training split they are what `cross` has kept; of others, what the bundle's network says, which is
    kept in the run by the network's hash.
    """
    description, network = read(bundle)
    paths = [cover.path for cover in covers]
    if part == "train":
        if [genre["id"] for genre in taught(description)] != run.genres:
            raise TrainerError(f"{bundle} has other genres than {run.folder}; export this run's network")
        kept, logits = run.table("train")["image_path"].tolist(), crossed(run).flat
    else:
        path = run.folder / FOLDER / f"picture-{part}-{description['network']['sha256'][:12]}.npz"
        kept, logits = [], np.zeros((0, len(taught(description))), np.float32)
        if path.exists():
            with np.load(path) as arrays:
                kept, logits = arrays["paths"].tolist(), arrays["logits"]
        known = set(kept)
        if new := [path for path in paths if path not in known]:
            size = description["input"]["size"]
            answers = answers_of(session(network), run, new, size, f"{part}, the picture")
            kept, logits = kept + new, np.concatenate([logits, answers.logits])
            write_arrays(path, paths=np.array(kept), logits=logits)
    place = {path: number for number, path in enumerate(kept)}
    return of_sixteen(description, logits[[place[path] for path in paths]])


def of_sixteen(description: dict[str, Any], logits: np.ndarray) -> np.ndarray:
    """Probabilities of the sixteen genres; one that the bundle has not is impossible."""
    said = picture_probabilities(description, logits)
    columns = {genre["id"]: said[:, place] for place, genre in enumerate(taught(description))}
    columns |= {genre["id"]: genre["prior"] for genre in description["genres"] if "prior" in genre}
    result = np.zeros((len(logits), len(SIXTEEN)))
    for place, genre in enumerate(SIXTEEN):
        result[:, place] = columns.get(genre, 0.0)
    return result


def outside_weights(outside: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """How much covers outside the split count: each genre by how common it is in the split, `n`."""
    genres = len(SIXTEEN)
    wanted = np.bincount(inside, minlength=genres)
    wanted = np.where(wanted > 0, wanted, UNTAUGHT) * OUTSIDE
    there = np.bincount(outside, minlength=genres)
    return np.minimum(wanted / np.maximum(there, 1), MAX_WEIGHT)[outside]


def families_of(description: dict[str, Any]) -> np.ndarray:
    """The family's place of each of the sixteen genres."""
    named = {genre["id"]: genre["family"] for genre in description["genres"]}
    return family_places([named.get(genre, genre) for genre in SIXTEEN])


def accuracy(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The part of covers for which the likeliest genre is right."""
    return float((probabilities.argmax(1) == truth).mean()) if len(truth) else 0.0


def described(fitted: fusion.Fusion, levels: dict[str, dict[str, float]], network: str, words: str) -> str:
    """The text of `fusion.toml`."""
    lines = [
        "# How picture and words count together; docs/bundle.md explains each key.",
        f'made = "{datetime.date.today().isoformat()}"',
        f'network = "{network}"',
        f'words = "{words}"',
        f"picture = {fitted.picture:.4f}",
        f"classifier = {fitted.classifier:.4f}",
        f"names = {fitted.names:.4f}",
        f"biases = {digits(fitted.biases)}",
    ]
    for caution, level in levels.items():
        lines += ["", f"[thresholds.{caution}]", *(f"{key} = {value:.4f}" for key, value in level.items())]
    return "\n".join(lines) + "\n"
