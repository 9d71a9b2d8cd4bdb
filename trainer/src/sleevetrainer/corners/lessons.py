"""Scenes to learn corners from: rendered once, made small, and kept on disk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from ..preprocess import centred_square, opened
from ..run import write_arrays
from ..scenes.background import background
from ..scenes.camera import homography, picture_corners, posed
from ..scenes.lens import photographed
from ..scenes.photographs import photograph
from ..scenes.render import render
from ..scenes.settings import Settings
from ..scenes.sleeve import border, put
from .patterns import pattern

KEPT = (144, 108)
"""Width and height of what is kept of a scene: an eighth more than the network sees, to move in."""

FINER = 3
"""How much larger than they are kept scenes are rendered."""

FRAMES = (((432, 243), 0.45), ((432, 324), 0.35), ((324, 324), 0.1), ((180, 324), 0.1))
"""Frames that are rendered, and how often each."""


SHARD = 500
"""Scenes in a file."""


@dataclass(frozen=True)
class Plan:
    """How lessons are rendered."""

    count: int = 15_500
    seed: int = 1
    empty: float = 0.27
    """The part that shows no sleeve."""
    patterns: float = 0.12
    """The part of sleeves that are drawn by chance instead of taken from the covers."""
    clean: float = 0.1
    """The part that is seen by a perfect camera."""
    neighbours: float = 0.2
    """The part in which other sleeves are about, farther from the middle."""


class Lessons:
    """Rendered scenes, kept in files of `SHARD` each."""

    def __init__(self, shards: Sequence[Path]) -> None:
        """Opens what `rendered` has written."""
        arrays = [np.load(shard) for shard in shards]
        self.pictures = np.concatenate([shard["pictures"] for shard in arrays])
        """`n x 108 x 144 x 3`, uint8: scenes, black where they are less wide or high."""
        self.sizes = np.concatenate([shard["sizes"] for shard in arrays])
        """`n x 2`: the width and height of each scene."""
        self.corners = np.concatenate([shard["corners"] for shard in arrays])
        """`n x 4 x 2`, float32; not numbers where there is no sleeve."""


def rendered(covers: Path, paths: Sequence[str], folder: Path, plan: Plan, processes: int = 2) -> Lessons:
    """Renders lessons into a folder; what is there already of the very same is kept.

    Args:
        covers: Where the covers' paths begin.
        paths: The covers to learn from.
        folder: Where to; made if need be.
        plan: How many, and of what.
        processes: How many render at once.
    """
    made_from = repr((replace(plan, count=0), KEPT, FRAMES, len(paths)))
    shards = [folder / f"lessons-{start:06}.npz" for start in range(0, plan.count, SHARD)]
    work = partial(lesson, covers, tuple(paths), plan)
    with get_context("spawn").Pool(processes, cv2.setNumThreads, (1,)) as pool:
        for shard in tqdm(shards, "rendering", unit=f" x {SHARD} scenes"):
            if shard.exists() and str(np.load(shard)["made_from"]) == made_from:
                continue
            first = shards.index(shard) * SHARD
            last = min(plan.count, first + SHARD)
            write_arrays(shard, made_from=made_from, **_stacked(pool.map(work, range(first, last), 8)))
    return Lessons(shards)


def _stacked(scenes: Sequence[tuple[np.ndarray, np.ndarray | None]]) -> dict[str, np.ndarray]:
    pictures = np.zeros((len(scenes), KEPT[1], KEPT[0], 3), np.uint8)
    corners = np.full((len(scenes), 4, 2), np.nan, np.float32)
    for number, (picture, at) in enumerate(scenes):
        pictures[number, : picture.shape[0], : picture.shape[1]] = picture
        if at is not None:
            corners[number] = at
    sizes = np.array([picture.shape[1::-1] for picture, _ in scenes])
    return {"pictures": pictures, "sizes": sizes, "corners": corners}


def lesson(
    covers: Path, paths: Sequence[str], plan: Plan, number: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """A small scene and its corners; it follows from the plan's seed and its own number alone."""
    random = np.random.default_rng([plan.seed, number])
    frame = FRAMES[random.choice(len(FRAMES), p=[often for _, often in FRAMES])][0]
    if random.random() < plan.clean:
        settings = Settings.clean(frame=frame, share=(0.07, 0.8), turned=0.5, thickness=0.004)
    else:
        settings = Settings(
            frame=frame,
            share=(0.07, 0.8),
            turned=0.3,
            alike=0.15,
            exposure=1.0,
            noise=10.0,
            defocus=3.0,
            motion=0.3,
            things=0.4,
        )

    def any_cover() -> np.ndarray:
        chance = random.random()
        if chance < plan.patterns / 4:
            return photograph(random, 256, 256)
        if chance < plan.patterns:
            return pattern(random, 256)
        return np.asarray(centred_square(opened(covers / paths[random.integers(len(paths))])))

    if random.random() < plan.empty:
        picture, corners = _empty(any_cover, random, settings), None
    elif random.random() < plan.neighbours:
        picture, corners = _among_others(any_cover, random, settings)
    else:
        scene = render(any_cover(), random, settings)
        picture, corners = scene.picture, scene.corners
    small = cv2.resize(picture, (frame[0] // FINER, frame[1] // FINER), interpolation=cv2.INTER_AREA)
    return small, None if corners is None else (corners + 0.5) / FINER - 0.5


def _empty(
    any_cover: Callable[[], np.ndarray], random: np.random.Generator, settings: Settings
) -> np.ndarray:
    """A scene without a sleeve: at times with something printed that is far from square."""
    if random.random() > 0.25:
        return render(None, random, settings).picture
    frame = background(random, settings, None, settings.things)
    for _ in range(int(random.integers(1, 3))):
        aspect = random.uniform(0.4, 0.68)
        aspect = aspect if random.random() < 0.5 else 1 / aspect
        shape = settings.changed(share=(0.08, 0.4), tilt=30.0)
        at = posed(random, shape, aspect)
        print_ = any_cover()
        height = print_.shape[0]
        width = max(8, int(height * min(1.0, aspect)))
        print_ = np.ascontiguousarray(print_[: max(8, int(height / max(1.0, aspect))), :width])
        matrix = homography(picture_corners(*print_.shape[1::-1]), at.corners)
        size = settings.frame
        moved = cv2.warpPerspective(print_, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        there = cv2.warpPerspective(np.ones(print_.shape[:2], np.float32), matrix, size)
        frame = cv2.blendLinear(moved, frame, there, 1 - there)
    return photographed(frame, random, settings)


def _among_others(
    any_cover: Callable[[], np.ndarray], random: np.random.Generator, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Sleeves in one scene; the one that counts is clearly nearest to the middle, and before the others."""
    cover = any_cover()
    middle = np.array(settings.frame) / 2 - 0.5
    small = settings.changed(share=(0.07, 0.3))
    while True:
        pose = posed(random, small)
        off = np.hypot(*(pose.corners.mean(0) - middle))
        others = [posed(random, small) for _ in range(int(random.integers(1, 4)))]
        others = [
            other
            for other in others
            if np.hypot(*(other.corners.mean(0) - middle)) > off + 0.1 * max(settings.frame)
            and np.hypot(*(other.corners.mean(0) - pose.corners.mean(0))) > 0.6 * (pose.side + other.side)
        ]
        if others:
            break
    frame = background(random, settings, border(cover), settings.things)
    for other in others:
        put(frame, any_cover(), random, settings.changed(hands=0.3), other)
    corners = put(frame, cover, random, settings, pose)
    return photographed(frame, random, settings), corners
