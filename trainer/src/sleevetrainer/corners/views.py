"""What the network is shown: lessons moved, cropped and disturbed, and what it should say of each."""

from collections.abc import Iterator

import cv2
import numpy as np

from .lessons import Lessons
from .network import CELL, SIZE

GREY = 127
"""The level beside a frame that is less wide or high than the input."""

SPREAD = 0.9
"""The deviation, in cells, of the hill about each corner in the corner map."""

NEAR = 1.6
"""Cells whose middle lies this near to a corner tell its offset."""


class View:
    """An input and its truth."""

    def __init__(self, frame: np.ndarray, corners: np.ndarray | None) -> None:
        """`frame` is `96 x 128 x 3`, uint8; corners in its pixels."""
        self.frame, self.corners = frame, corners

    def grey_beside(self, size: np.ndarray) -> None:
        """Makes grey what lies beside a frame of a width and a height."""
        width, height = np.round(size).astype(int)
        self.frame[height:], self.frame[:, width:] = GREY, GREY


def plain(lessons: Lessons, number: int) -> View:
    """A lesson as the device would see it."""
    width, height = lessons.sizes[number]
    corners = lessons.corners[number]
    matrix = _fitting(width, height)
    return _warped(lessons.pictures[number][:height, :width], corners, matrix, np.array([width, height]))


def disturbed(lessons: Lessons, number: int, random: np.random.Generator) -> View:
    """A lesson turned, mirrored, cropped, lit, blurred and partly covered by chance."""
    width, height = (int(side) for side in lessons.sizes[number])
    picture, corners = lessons.pictures[number][:height, :width], lessons.corners[number]
    matrix = np.eye(3)
    if random.random() < 0.5:
        matrix = np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1.0]]) @ matrix
    if random.random() < 0.3:
        matrix = np.array([[1, 0, 0], [0, -1, height - 1], [0, 0, 1.0]]) @ matrix
    if random.random() < 0.15:
        matrix = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1.0]]) @ matrix
        width, height = height, width
    matrix, part = _cropped(matrix, corners, (width, height), random)
    view = _warped(picture, corners, matrix, part)
    if view.corners is not None and random.random() < 0.2:
        _covered(view, lessons, random)
    view.frame = _developed(view.frame, random)
    view.grey_beside(part * min(SIZE / part))
    return view


def _fitting(width: float, height: float) -> np.ndarray:
    """The matrix that makes a frame as large as the input takes it, whole pixels on whole pixels."""
    scale = min(SIZE[0] / width, SIZE[1] / height)
    off = 0.5 * scale - 0.5
    return np.array([[scale, 0, off], [0, scale, off], [0, 0, 1.0]])


def _moved(matrix: np.ndarray, corners: np.ndarray) -> np.ndarray:
    return corners @ matrix[:2, :2].T + matrix[:2, 2]


def _cropped(
    matrix: np.ndarray, corners: np.ndarray, size: tuple[int, int], random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A part of the frame with the whole sleeve, or seldom with a part of it alone: matrix and size."""
    whole = _fitting(*size) @ matrix, np.array(size)
    if random.random() < 0.4:
        return whole
    empty, cut = np.isnan(corners).any(), random.random() < 0.08
    for _ in range(12):
        zoom, squeeze = random.uniform(1.0, 1.7), np.exp(random.normal(0, 0.12))
        part = np.minimum(size, np.array(size) / zoom * (squeeze, 1 / squeeze))
        start = random.uniform(0, 1, 2) * (size - part)
        here = np.array([[1, 0, -start[0]], [0, 1, -start[1]], [0, 0, 1.0]]) @ matrix
        there = _fitting(*part) @ here
        if empty:
            return there, part
        at = _moved(here, corners)
        spill = np.maximum(-0.5 - at, at - (part - 0.5)).max()
        side = np.hypot(*(at - np.roll(at, 1, 0)).T).mean()
        if (spill > 0.12 * side) if cut else (spill < -0.5):
            return there, part
    return whole


def _warped(picture: np.ndarray, corners: np.ndarray, matrix: np.ndarray, part: np.ndarray) -> View:
    """A part of a picture under an affine matrix; a sleeve that lies clearly outside of it is none."""
    frame = cv2.warpAffine(
        picture, matrix[:2], SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
        borderValue=(GREY, GREY, GREY),
    )  # fmt: skip
    shown = part * min(SIZE / part)
    at = _moved(matrix, corners)
    inside = (at > -2).all() and (at < shown + 1).all()  # false where there is none
    view = View(frame, at if inside else None)
    view.grey_beside(shown)
    return view


def _covered(view: View, lessons: Lessons, random: np.random.Generator) -> None:
    """Lays something over a corner or a side, in place: a part of another scene, or one colour."""
    corners = view.corners
    side = np.hypot(*(corners - np.roll(corners, 1, 0)).T).mean()
    one = random.integers(4)
    middle = corners[one] + random.uniform(0, 1) * random.integers(2) * (
        corners[(one + 1) % 4] - corners[one]
    )
    middle = middle + random.normal(0, 0.05 * side, 2)
    axes = np.maximum(1.5, side * random.uniform(0.05, 0.17, 2))
    mask = np.zeros(view.frame.shape[:2], np.uint8)
    at, axes = (int(middle[0] * 16), int(middle[1] * 16)), tuple(int(axis * 16) for axis in axes)
    cv2.ellipse(mask, at, axes, random.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA, 4)
    if random.random() < 0.5:
        other = np.full_like(view.frame, random.integers(10, 245, 3))
    else:
        picture = lessons.pictures[random.integers(len(lessons.pictures))]
        other = cv2.resize(picture[:60, :80], SIZE, interpolation=cv2.INTER_LINEAR)
    there = (mask / 255).astype(np.float32)
    view.frame = cv2.blendLinear(other, view.frame, there, 1 - there)


def _developed(frame: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Other light, another camera."""
    if random.random() < 0.35:
        frame = cv2.GaussianBlur(frame, (0, 0), random.uniform(0.3, 1.2))
    gains = np.exp(random.normal(0, 0.08, 3)) * np.exp(random.normal(0, 0.25))
    lift, gamma = random.normal(0, 12), np.exp(random.normal(0, 0.2))
    if random.random() < 0.15:  # fog, or a lamp in the lens
        gains, lift = gains * random.uniform(0.2, 0.7), lift + random.uniform(0, 120)
    if random.random() < 0.08:  # dark
        gains = gains * random.uniform(0.1, 0.4)
    levels = 255 * (np.arange(256) / 255)[:, None] ** gamma * gains + lift
    frame = cv2.LUT(frame, np.clip(levels, 0, 255).astype(np.uint8)[None])
    if random.random() < 0.2:
        frame = cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if random.random() < 0.35:
        noise = random.normal(0, 1, frame.shape).astype(np.float32) * random.uniform(1, 10)
        frame = cv2.add(frame, noise, dtype=cv2.CV_8U)
    return frame


def truth(view: View) -> tuple[np.ndarray, np.ndarray]:
    """What the maps should be.

    Returns:
        `4 x 24 x 32` float32: how much of a cell is sleeve, how near a corner is (1: at its middle), and the
        nearest corner's offset in cells; and `24 x 32` float32: where that offset counts.
    """
    width, height = SIZE[0] // CELL, SIZE[1] // CELL
    maps, near = np.zeros((4, height, width), np.float32), np.zeros((height, width), np.float32)
    if view.corners is None:
        return maps, near
    finer = 4  # what is filled is half a pixel too wide all around
    inside = np.zeros((finer * SIZE[1], finer * SIZE[0]), np.uint8)
    outline = np.round(((view.corners + 0.5) * finer - 0.5) * 16).astype(np.int32)
    cv2.fillConvexPoly(inside, outline, 255, cv2.LINE_AA, 4)
    maps[0] = cv2.resize(inside, (width, height), interpolation=cv2.INTER_AREA) / np.float32(255)
    cells = (view.corners + 0.5) / CELL - 0.5
    y, x = np.mgrid[0:height, 0:width]
    away = np.stack([cells[:, 0, None, None] - x, cells[:, 1, None, None] - y])
    distance = np.hypot(*away)
    nearest = distance.argmin(0)
    maps[1] = np.exp(-(distance.min(0) ** 2) / (2 * SPREAD**2))
    maps[2:] = np.take_along_axis(away, nearest[None, None], 1)[:, 0]
    near[distance.min(0) < NEAR] = 1
    return maps, near


def batches(
    lessons: Lessons, numbers: np.ndarray, size: int, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """An epoch: frames `n x 96 x 128 x 3` uint8, maps, where offsets count, and whether a sleeve is there."""
    order = random.permutation(numbers)
    for start in range(0, len(order) - size + 1, size):
        views = [disturbed(lessons, number, random) for number in order[start : start + size]]
        maps, near = zip(*map(truth, views), strict=True)
        there = np.array([[view.corners is not None] for view in views], np.float32)
        yield np.stack([view.frame for view in views]), np.stack(maps), np.stack(near), there
