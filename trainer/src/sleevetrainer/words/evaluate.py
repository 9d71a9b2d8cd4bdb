"""Step `evaluate`: what picture, words, and both are right for, on covers of the test split.

The control: words of one cover are given to another. What then is still gained comes not from reading.
"""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from ..bundle import read, taught
from ..errors import TrainerError
from ..names import SIXTEEN
from ..run import Run, sha256, write_json
from .fit import LIST, MIN_ARTIST
from .fuse import FILE, FOLDER, Said, accuracy, said_of
from .fusion import Fusion

SHUFFLES = 20


def evaluate(run: Run, bundle: Path) -> dict[str, Any]:
    """Measures a bundle's words and writes `words-evaluate.json`.

    Returns:
        `test`, of the test split, and `outside`, of covers outside the split, where there are some: the
        fusion's few numbers were fitted to these, classifier and names were not. Each has the figures of
        `measured`.

    Raises:
        TrainerError: A step is missing.
    """
    description, _ = read(bundle)
    fusion = fusion_of(bundle, description["network"]["sha256"])
    known = [SIXTEEN.index(genre["id"]) for genre in taught(description) if genre["id"] in SIXTEEN]
    result = {"bundle": description["name"], "words": sha256(bundle / FOLDER / LIST)}
    for name, part in (("test", "test"), ("outside", "more")):
        said = said_of(run, bundle, part)
        if said.covers:
            result[name] = measured(fusion, said, known, run.seed)
    if "test" not in result:
        raise TrainerError(
            f"no cover of the test split was read; type: sleevetrainer words read {run.folder}"
        )
    write_json(run.folder / "words-evaluate.json", result)
    return result


def fusion_of(bundle: Path, network: str) -> Fusion:
    """A bundle's fusion.

    Raises:
        TrainerError: It is missing, or was fitted for another network or other words.
    """
    path = bundle / FOLDER / FILE
    try:
        text = tomllib.loads(path.read_text(encoding="utf-8"))
        biases = np.array(text["biases"], float)
        fitted_for = (text["network"], text["words"])
        fusion = Fusion(text["picture"], text["classifier"], text["names"], biases)
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise TrainerError(f"{path} is none ({error}); type: sleevetrainer words fuse RUN") from error
    if fitted_for != (network, sha256(bundle / FOLDER / LIST)):
        raise TrainerError(
            f"{path} was fitted for another network or other words; type: sleevetrainer words fuse RUN"
        )
    return fusion


def measured(fusion: Fusion, said: Said, known: list[int], seed: int) -> dict[str, Any]:
    """The figures of some covers.

    Args:
        fusion: Puts picture and words together.
        said: What they say of the covers.
        known: The places of the genres that the picture was taught.
        seed: Of the shuffles.
    """
    sixteen = rates(fusion, said, seed)
    among = np.isin(said.truth, known)
    outside = np.ones(len(SIXTEEN), bool)
    outside[known] = False
    named = said.confidence >= MIN_ARTIST
    both = fusion(*said.evidence).argmax(1) == said.truth
    return {
        "covers": len(said.covers),
        "named": float(named.mean()),
        "right_of_named": float(both[named].mean()) if named.any() else 0.0,
        "right_of_others": float(both[~named].mean()) if (~named).any() else 0.0,
        "all_genres": sixteen,
        "taught_genres": {
            "genres": len(known),
            "covers": int(among.sum()),
            **(rates(fusion, said, seed, among, outside) if among.any() else {}),
        },
        "by_genre": by(fusion, said, [SIXTEEN[place] for place in said.truth]),
        "by_source": by(fusion, said, [cover.source or "unknown" for cover in said.covers]),
    }


def rates(
    fusion: Fusion, said: Said, seed: int, covers: np.ndarray | None = None, barred: np.ndarray | None = None
) -> dict[str, float]:
    """The accuracy of the `picture`, the `words`, `both`, and the picture with `shuffled` words.

    Args:
        fusion: Puts them together.
        said: What is said.
        seed: Of the shuffles.
        covers: Which covers count; all by default.
        barred: The genres that are not said, `genres`; none by default.
    """
    covers = np.ones(len(said.covers), bool) if covers is None else covers
    picture, classifier, names = (values[covers] for values in said.evidence)
    truth = said.truth[covers]

    def right(scores: np.ndarray) -> float:
        return accuracy(np.where(barred, -np.inf, scores) if barred is not None else scores, truth)

    random = np.random.default_rng(seed)
    orders = [random.permutation(len(truth)) for _ in range(SHUFFLES)]
    return {
        "picture": right(picture),
        # Biases make up for what the picture says of rare genres: the words alone have none.
        "words": right(fusion.classifier * classifier + fusion.names * names),
        "both": right(fusion(picture, classifier, names)),
        "shuffled": float(np.mean([right(fusion(picture, classifier[to], names[to])) for to in orders])),
    }


def by(fusion: Fusion, said: Said, labels: list[str]) -> dict[str, dict[str, float]]:
    """The figures of the covers of each label."""
    of = np.array(labels)
    named = said.confidence >= MIN_ARTIST
    picture = said.picture.argmax(1) == said.truth
    both = fusion(*said.evidence).argmax(1) == said.truth
    return {
        label: {
            "covers": int((of == label).sum()),
            "named": float(named[of == label].mean()),
            "picture": float(picture[of == label].mean()),
            "both": float(both[of == label].mean()),
        }
        for label in sorted(set(labels))
    }
