"""A sleeve put into a frame: its shadow, hands behind it, its edge, its front, and fingers before it."""

import cv2
import numpy as np

from .camera import Pose, homography, picture_corners, posed
from .hand import held
from .settings import Settings
from .wear import worn


def put(
    frame: np.ndarray,
    cover: np.ndarray,
    random: np.random.Generator,
    settings: Settings,
    pose: Pose | None = None,
) -> np.ndarray:
    """Puts a cover, as somebody holds it, into a frame, in place.

    Args:
        frame: `h x w x 3`, uint8, of the settings' size.
        cover: `s x s x 3`, uint8.
        random: Where chance comes from.
        settings: The strengths.
        pose: Where it lies; anywhere, if it is not told.

    Returns:
        Its corners, `4 x 2` pixels, clockwise from its own top left.
    """
    pose = pose or posed(random, settings)
    flat, there = worn(_scaled(cover, pose), random, settings)
    hands = held(random, pose.corners, settings.frame) if random.random() < settings.hands else []
    if settings.shadow > 0:
        _shadow(frame, pose, random, settings.shadow)
    for hand in hands:
        hand.behind.onto(frame)
    if settings.thickness > 0:
        hull = cv2.convexHull(np.float32(np.vstack([pose.corners, pose.rear])))
        tone = np.clip(border(cover) * random.uniform(0.3, 1.0), 0, 255)
        cv2.fillConvexPoly(frame, np.round(hull * 16).astype(np.int32), tone.tolist(), cv2.LINE_AA, 4)
    _front(frame, flat, there, pose.corners)
    for hand in hands:
        hand.shadow.darken(frame)
        hand.before.onto(frame)
    return pose.corners


def _scaled(cover: np.ndarray, pose: Pose) -> np.ndarray:
    """The cover at the size at which it is seen, each way for itself: warping it needs no filter then."""
    edges = np.hypot(*(pose.corners - np.roll(pose.corners, -1, 0)).T)
    width, height = (max(8, int(np.ceil(max(edges[k], edges[k + 2])))) for k in (0, 1))
    for side, axis in ((width, 1), (height, 0)):
        way = cv2.INTER_AREA if side < cover.shape[axis] else cv2.INTER_CUBIC
        size = (side, cover.shape[0]) if axis == 1 else (cover.shape[1], side)
        cover = cv2.resize(cover, size, interpolation=way)
    return cover


def _front(frame: np.ndarray, flat: np.ndarray, there: np.ndarray, corners: np.ndarray) -> None:
    """Warps a flat sleeve onto its corners, in place."""
    low = np.maximum(np.floor(corners.min(0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(corners.max(0)).astype(int) + 3, frame.shape[1::-1])
    size = tuple(int(side) for side in high - low)
    height, width = flat.shape[:2]
    matrix = homography(picture_corners(width, height), corners - low)
    front = cv2.warpPerspective(flat, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.warpPerspective(there, matrix, size)  # beyond its border there is nothing
    spot = frame[low[1] : high[1], low[0] : high[0]]
    spot[:] = cv2.blendLinear(front, np.ascontiguousarray(spot), weight, 1 - weight)


def _shadow(frame: np.ndarray, pose: Pose, random: np.random.Generator, most: float) -> None:
    """Darkens what is behind the sleeve where its shadow falls, in place."""
    coarser = 8
    height, width = frame.shape[:2]
    small = max(2, width // coarser), max(2, height // coarser)
    away = pose.side * random.uniform(0.02, 0.15) * np.array([random.uniform(-1, 1), random.uniform(0, 1)])
    outline = (pose.corners + away) / (width / small[0], height / small[1])
    dark = np.zeros(small[::-1], np.float32)
    cv2.fillConvexPoly(dark, np.round(outline * 16).astype(np.int32), most * random.random(), cv2.LINE_AA, 4)
    dark = cv2.GaussianBlur(dark, (0, 0), max(0.6, pose.side / coarser * random.uniform(0.01, 0.1)))
    gain = cv2.resize(1 - dark, (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(frame, cv2.cvtColor(gain, cv2.COLOR_GRAY2RGB), dst=frame, dtype=cv2.CV_8U)


def border(cover: np.ndarray) -> np.ndarray:
    """The mean colour along a cover's edges, three levels."""
    edges = (cover[:2], cover[-2:], cover[:, :2].swapaxes(0, 1), cover[:, -2:].swapaxes(0, 1))
    return np.concatenate(edges, 1).reshape(-1, 3).mean(0)
