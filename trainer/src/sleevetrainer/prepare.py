"""Stage `prepare`: a folder of covers becomes a dictionary, a list of what was left out, and a split."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imagehash
import numpy as np
from tqdm import tqdm

from .covers import Cover, fault, listed, tabled
from .errors import TrainerError
from .features import imagenet_features
from .preprocess import opened
from .run import Run, sha256, write_json, write_rows
from .split import alike_by_features, alike_by_hash, dealt, grouped

NEAR_BITS = 4
"""Bits of 64 in which the perceptual hashes of near duplicates differ, at most."""

ALIKE_BITS = 10
"""The same for look-alikes, which stay but are kept on one side of the split."""

ALIKE_COSINE = 0.78
"""The least cosine of the features of look-alikes. At 0.80 pairs are the same picture in two printings,
at 0.75 they have begun to be of one style only."""

TEST_PART = 0.2


@dataclass(frozen=True)
class Recipe:
    """What `prepare` is told."""

    seed: int = 42
    min_covers: int = 100
    train_csv: Path | None = None
    test_csv: Path | None = None
    alike: float = ALIKE_COSINE
    hold_out: str | None = None
    """A source of which nothing is trained on: its covers tell how well a network does elsewhere."""


def prepare(folder: Path, out: Path, recipe: Recipe | None = None) -> Run:
    """Reads a folder of covers and writes a run folder.

    It holds `genres.json` (genre -> paths), `left_out.csv` (path, reason), `train.csv` and `test.csv`
    (`image_path,label,source,group`; `part` in the former tells the validation part), where a source is held
    out `held_out.csv`, and `prepare.json`.

    Args:
        folder: The covers: a folder per genre.
        out: The run folder.
        recipe: Seed, least covers of a genre, and a split that is given.

    Raises:
        TrainerError: There is nothing to train on, or `out` belongs to other covers.
    """
    recipe = recipe or Recipe()
    if (out / "prepare.json").exists() and Path(Run(out).about["covers"]).name != folder.resolve().name:
        raise TrainerError(f"{out} was made from {Run(out).about['covers']}; name another folder with --out")
    given = bool(recipe.train_csv and recipe.test_csv)
    if bool(recipe.train_csv) != bool(recipe.test_csv):
        raise TrainerError("a split that is given needs both tables: --train-csv and --test-csv")
    if recipe.train_csv and recipe.test_csv:
        train = tabled(recipe.train_csv, folder)
        covers = train + tabled(recipe.test_csv, folder)
        is_test = np.array([False] * len(train) + [True] * (len(covers) - len(train)))
    else:
        covers = listed(folder)
        is_test = np.zeros(len(covers), dtype=bool)

    left_out: list[tuple[str, str]] = []
    hashes = _hashes(folder, covers, left_out)
    keep = [place for place in range(len(covers)) if hashes[place] is not None]
    if not given:
        keep = _without_twins(folder, covers, hashes, keep, left_out)
        keep = _without_small_genres(covers, keep, recipe.min_covers, left_out)
    if len({covers[place].genre for place in keep}) < 2:
        raise TrainerError(
            f"{folder} holds fewer than two genres with at least {recipe.min_covers} usable covers; "
            "add covers, or type --min-covers with a smaller number"
        )
    covers, is_test = [covers[place] for place in keep], is_test[keep]
    bits = np.stack([hashes[place] for place in keep])

    paths, labels = [cover.path for cover in covers], [cover.genre for cover in covers]
    features = imagenet_features(out, folder, paths)
    links = alike_by_hash(bits, ALIKE_BITS) + alike_by_features(features, recipe.alike)
    groups = grouped(len(covers), links)
    random = np.random.default_rng(recipe.seed)
    if not given:
        is_test = dealt(labels, groups, TEST_PART, random)
    is_out = np.array([cover.source == recipe.hold_out for cover in covers], dtype=bool)
    if recipe.hold_out and not is_out.any():
        raise TrainerError(f"no cover comes from {recipe.hold_out}; manifest.csv names the sources")
    # What looks like a cover of another source is no news to a network that was trained on that one.
    known = is_out & np.isin(groups, groups[~is_out])
    left_out.extend((paths[place], "looks like a cover of another source") for place in np.flatnonzero(known))

    notes = _notes(folder, left_out, {cover.called for cover in covers})
    part = np.select([known, is_out, is_test], ["", "held_out", "test"], "train")
    return _written(folder, out, recipe, covers, groups, part, left_out, notes)


def _notes(folder: Path, left_out: Sequence[tuple[str, str]], genres: set[str]) -> list[str]:
    """A sentence for each genre's folder that is in the run with none of its covers."""
    reasons = {path.split("/")[0]: reason for path, reason in left_out}
    notes = []
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.name.startswith(".") and entry.name not in genres:
            notes.append(f"left out: {reasons.get(entry.name, f'{entry.name} is empty')}")
    return notes


def _hashes(
    folder: Path, covers: Sequence[Cover], left_out: list[tuple[str, str]]
) -> list[np.ndarray | None]:
    """The perceptual hash of each cover, 64 bits; `None`, and a reason, for what is no cover."""
    hashes: list[np.ndarray | None] = []
    for cover in tqdm(covers, desc="covers", unit="cover"):
        reason = fault(folder / cover.path)
        if reason:
            left_out.append((cover.path, reason))
            hashes.append(None)
        else:
            hashes.append(imagehash.phash(opened(folder / cover.path)).hash.flatten())
    return hashes


def _without_twins(
    folder: Path,
    covers: Sequence[Cover],
    hashes: Sequence[np.ndarray | None],
    keep: Sequence[int],
    left_out: list[tuple[str, str]],
) -> list[int]:
    """Of covers that are the same to the byte or nearly so to the eye, the first; the others are left out."""
    if not keep:
        return []
    digests = [sha256(folder / covers[place].path) for place in keep]
    near = alike_by_hash(np.stack([hashes[place] for place in keep]), NEAR_BITS)
    exact: dict[str, int] = {}
    links = [(exact.setdefault(digest, place), place) for place, digest in enumerate(digests)]
    first: dict[int, int] = {}
    kept = []
    for place, group in enumerate(grouped(len(keep), near + links)):
        twin = first.setdefault(int(group), place)
        if twin == place:
            kept.append(keep[place])
        else:
            how = "duplicate" if digests[twin] == digests[place] else "near duplicate"
            left_out.append((covers[keep[place]].path, f"{how} of {covers[keep[twin]].path}"))
    return kept


def _without_small_genres(
    covers: Sequence[Cover], keep: Sequence[int], least: int, left_out: list[tuple[str, str]]
) -> list[int]:
    counts = Counter(covers[place].genre for place in keep)
    kept = []
    for place in keep:
        cover = covers[place]
        if counts[cover.genre] >= least:
            kept.append(place)
        else:
            left_out.append(
                (cover.path, f"{cover.genre} has {counts[cover.genre]} covers, fewer than {least}")
            )
    return kept


def _written(
    folder: Path,
    out: Path,
    recipe: Recipe,
    covers: Sequence[Cover],
    groups: np.ndarray,
    part: np.ndarray,
    left_out: list[tuple[str, str]],
    notes: list[str],
) -> Run:
    genres = sorted({cover.genre for cover in covers})
    write_json(
        out / "genres.json",
        {genre: [cover.path for cover in covers if cover.genre == genre] for genre in genres},
    )
    write_rows(out / "left_out.csv", ("image_path", "reason"), sorted(left_out))
    rows = list(zip(covers, groups, part.tolist(), strict=True))
    for name in ("train", "test", "held_out"):
        table = [(c.path, c.genre, c.source, group) for c, group, part in rows if part == name]
        if table or name != "held_out":
            write_rows(out / f"{name}.csv", ("image_path", "label", "source", "group"), table)
    run = Run(out)
    of = Counter((cover.genre, part) for cover, _, part in rows)
    counts = {genre: {part: of[genre, part] for part in ("train", "test", "held_out")} for genre in genres}
    run.note(
        "prepare",
        {
            "covers": str(folder.resolve()),
            "seed": recipe.seed,
            "min_covers": recipe.min_covers,
            "alike": recipe.alike,
            "hold_out": recipe.hold_out,
            "genres": genres,
            "called": {cover.genre: cover.called for cover in covers if cover.called != cover.genre},
            "counts": counts,
            "left_out": len(left_out),
            "notes": notes,
            "groups_of_look_alikes": int(np.sum(np.bincount(groups) > 1)),
        },
    )
    return run
