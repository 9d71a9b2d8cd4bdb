"""Where a pinhole camera sees the corners of a sleeve."""

from dataclasses import dataclass

import cv2
import numpy as np

from .settings import Settings

UNIT = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
"""A sleeve's corners in sides of it, about its middle, clockwise from its own top left."""


@dataclass(frozen=True)
class Pose:
    """A sleeve as the camera sees it."""

    corners: np.ndarray
    """`4 x 2`, float64, in pixels: the front's, clockwise from the sleeve's own top left."""
    rear: np.ndarray
    """`4 x 2`: the same of the rear side, which is there where the sleeve has a thickness."""

    @property
    def side(self) -> float:
        """The mean length of an edge, in pixels."""
        return float(np.hypot(*(self.corners - np.roll(self.corners, 1, 0)).T).mean())


def homography(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The `3 x 3` matrix that takes four points to four others."""
    return cv2.getPerspectiveTransform(np.float32(source), np.float32(target))


def picture_corners(width: int, height: int) -> np.ndarray:
    """The outer corners of a picture, `4 x 2`: half a pixel outside of its corner pixels' centres."""
    return np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5


def area(corners: np.ndarray) -> float:
    """What a polygon covers; positive where it goes clockwise (y is down)."""
    x, y = corners.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def posed(random: np.random.Generator, settings: Settings, aspect: float = 1.0) -> Pose:
    """A sleeve held anywhere within the frame, at any tilt that the settings allow.

    Args:
        random: Where chance comes from.
        settings: The frame and the strengths.
        aspect: Width by height of what is held: 1 for a sleeve.
    """
    frame = np.array(settings.frame, float)
    focal = random.uniform(*settings.focal) * frame.max()
    turn = _turn(random, settings)
    thickness = settings.thickness * random.uniform(0.15, 1.0)
    wanted = np.exp(random.uniform(*np.log(settings.share))) * frame.prod()
    place = random.uniform(0, 1, 2)
    shape = UNIT * (np.sqrt(aspect), 1 / np.sqrt(aspect))

    low, high = np.full(2, 1.0), frame - 2.0
    middle, distance = frame / 2 - 0.5, focal / np.sqrt(wanted)
    for attempt in range(1, 200):
        if attempt % 20 == 0:  # seldom does a sleeve come and go between too large and too small
            wanted *= 0.9
        front, rear = _seen(shape, turn, focal, frame, middle, distance, thickness)
        spill = settings.cut * np.ptp(front, axis=0)
        room = high - low + 2 * spill
        excess = (np.ptp(front, axis=0) / room).max()
        nearer = np.sqrt(area(front) / wanted)
        if excess > 1:  # too large to lie within, however it is placed
            distance *= 1.01 * excess
            wanted = min(wanted, area(front) / (1.01 * excess) ** 2)
            continue
        free = low - spill + place * (room - np.ptp(front, axis=0))
        step = free - front.min(0)
        if abs(nearer - 1) < 0.01 and np.abs(step).max() < 0.5:
            break
        distance *= nearer
        middle = middle + step
    return Pose(front, rear)


def _turn(random: np.random.Generator, settings: Settings) -> np.ndarray:
    """A rotation, `3 x 3`: in the sleeve's plane, then about any axis that lies in the picture's."""
    roll = random.uniform(-180, 180)
    if random.random() >= settings.turned:
        roll = settings.roll * random.uniform(-1, 1) * random.uniform(0.2, 1)
    tilt = settings.tilt * random.beta(1.3, 1.8)
    axis = random.uniform(0, 2 * np.pi)
    lean = np.radians(tilt) * np.array([np.cos(axis), np.sin(axis), 0.0])
    return cv2.Rodrigues(lean)[0] @ cv2.Rodrigues(np.array([0.0, 0.0, np.radians(roll)]))[0]


def _seen(
    shape: np.ndarray,
    turn: np.ndarray,
    focal: float,
    frame: np.ndarray,
    middle: np.ndarray,
    distance: float,
    thickness: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The front's and the rear's corners, for a sleeve whose middle is seen at `middle`."""
    axis = frame / 2 - 0.5
    ray = np.append((middle - axis) / focal, 1.0)
    ray_turn = _towards(ray / np.linalg.norm(ray))
    points = np.vstack([np.column_stack([shape, np.full(4, depth)]) for depth in (0.0, thickness)])
    points = points @ (ray_turn @ turn).T + ray * distance
    seen = axis + focal * points[:, :2] / points[:, 2:]
    return seen[:4], seen[4:]


def _towards(ray: np.ndarray) -> np.ndarray:
    """The shortest rotation of the camera's axis to a ray: a tilt is then one from the line of sight."""
    axis = np.cross([0.0, 0.0, 1.0], ray)
    sine = np.linalg.norm(axis)
    return np.eye(3) if sine < 1e-9 else cv2.Rodrigues(axis / sine * np.arcsin(sine))[0]
