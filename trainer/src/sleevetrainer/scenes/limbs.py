"""Rounded limbs, drawn and lit: the body of a hand, without knowing of one."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from .noise import lit

Limb = list[tuple[float, float, float]]
"""Joints: along a sleeve's edge, inwards over the sleeve, radius; all in sides of the sleeve."""


@dataclass(frozen=True)
class Layer:
    """Something painted: where it begins in the frame, its colours, and what it covers."""

    left: int
    top: int
    colours: np.ndarray
    """`h x w x 3`, uint8."""
    cover: np.ndarray
    """`h x w`, float32, 0..1."""

    def onto(self, frame: np.ndarray) -> None:
        """Paints it, in place."""
        spot, height, width = self._spot(frame)
        colours, cover = self.colours[:height, :width], self.cover[:height, :width]
        spot[:] = cv2.blendLinear(*map(np.ascontiguousarray, (colours, spot, cover, 1 - cover)))

    def darken(self, frame: np.ndarray) -> None:
        """Takes light from what it covers, in place."""
        spot, height, width = self._spot(frame)
        spot[:] = lit(np.ascontiguousarray(spot), 1 - self.cover[:height, :width])

    def _spot(self, frame: np.ndarray) -> tuple[np.ndarray, int, int]:
        height, width = self.cover.shape
        spot = frame[self.top : self.top + height, self.left : self.left + width]
        return spot, *spot.shape[:2]


def painted(random: np.random.Generator, tone: tuple[int, int, int], relief: np.ndarray) -> np.ndarray:
    """A colour on a relief, lit from above; redder in the shade, as skin is.

    Args:
        random: Where chance comes from.
        tone: The colour in full light.
        relief: Heights, `h x w`, in pixels.

    Returns:
        `h x w x 3`, uint8.
    """
    light = np.array([random.uniform(-0.6, 0.6), -0.6, 0.75])
    light /= np.linalg.norm(light)
    across, down = (cv2.Sobel(relief, cv2.CV_32F, *way, ksize=1, scale=0.5) for way in ((1, 0), (0, 1)))
    lambert = (light[2] - across * light[0] - down * light[1]) / np.sqrt(1 + across**2 + down**2)
    levels = np.clip((0.42 + 0.68 * lambert) * 200, 50, 230).astype(np.uint8)
    gains = np.arange(256)[:, None] / 200
    curve = np.clip(np.array(tone) * gains ** np.array([0.85, 1.0, 1.08]), 0, 255).astype(np.uint8)
    return cv2.LUT(cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB), curve[None])


class Canvas:
    """A part of the frame, drawn coarser by a whole factor where it is larger than need be."""

    def __init__(self, box: tuple[int, int, int, int], longest: int) -> None:
        """A canvas for `box` (left, top, width, height), at most `longest` of its own pixels long."""
        self.left, self.top, width, height = box
        self.coarser = max(1, int(np.ceil(max(width, height) / longest)))
        self.size = max(2, -(-width // self.coarser)), max(2, -(-height // self.coarser))

    def drawn(self, limbs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Limbs as one body.

        Args:
            limbs: Each `n x 3`: joints' x and y in the frame, and radii.

        Returns:
            What they cover (0..1), and how high they stand there in the canvas's pixels: `h x w`, float32.
        """
        cover = np.zeros(self.size[::-1], np.uint8)
        relief = np.zeros(self.size[::-1], np.float32)
        for limb in map(self._within, limbs):
            alone = np.zeros_like(cover)
            for a, b in pairwise(limb):
                _cone(alone, a, b)
            depth = cv2.distanceTransform(alone, cv2.DIST_L2, 3)
            radius = max(float(depth.max()), 1e-3)
            relief = cv2.max(relief, cv2.sqrt(depth * (2 * radius - depth)))
            cover = cv2.max(cover, alone)
        cover = cv2.GaussianBlur(cover, (0, 0), 0.6).astype(np.float32) / 255
        return cover, cv2.GaussianBlur(relief, (0, 0), 1.6)

    def nails(self, colours: np.ndarray, limbs: list[np.ndarray], tone: tuple[int, int, int]) -> np.ndarray:
        """Nails at the ends of digits, over the colours of these."""
        pale = np.full_like(colours, np.clip(np.array(tone) * 0.8 + (52, 40, 40), 0, 255))
        nails = np.zeros(self.size[::-1], np.uint8)
        for limb in map(self._within, limbs):
            (x, y, radius), (x0, y0, _) = limb[-1], limb[-2]
            angle = np.arctan2(y - y0, x - x0)
            at = 16 * (x + 0.25 * radius * np.cos(angle)), 16 * (y + 0.25 * radius * np.sin(angle))
            axes = max(1, int(16 * radius * 0.62)), max(1, int(16 * radius * 0.5))
            turn = float(np.degrees(angle))
            cv2.ellipse(nails, tuple(map(int, at)), axes, turn, 0, 360, 255, -1, cv2.LINE_AA, 4)
        weight = cv2.GaussianBlur(nails, (0, 0), 0.7).astype(np.float32) * (0.55 / 255)
        return cv2.blendLinear(pale, colours, weight, 1 - weight)

    def layer(self, colours: np.ndarray, cover: np.ndarray) -> Layer:
        """What was drawn, at the frame's own scale, cut to what it covers."""
        left, top, width, height = cv2.boundingRect((cover > 0.004).astype(np.uint8))
        cut = np.s_[top : top + max(1, height), left : left + max(1, width)]
        size = max(1, width) * self.coarser, max(1, height) * self.coarser
        bigger = (
            cv2.resize(np.ascontiguousarray(plane[cut]), size, interpolation=cv2.INTER_LINEAR)
            for plane in (colours, cover)
        )
        return Layer(self.left + left * self.coarser, self.top + top * self.coarser, *bigger)

    def _within(self, limb: np.ndarray) -> np.ndarray:
        """Joints from the frame's pixels to the canvas's."""
        points = (limb[:, :2] - (self.left, self.top) + 0.5) / self.coarser - 0.5
        return np.column_stack([points, limb[:, 2] / self.coarser])


def _cone(plane: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Fills two discs (x, y, radius) and what lies between them."""
    across = np.array([a[1] - b[1], b[0] - a[0]])
    across = across / max(np.hypot(*across), 1e-6)
    quad = [a[:2] + across * a[2], b[:2] + across * b[2], b[:2] - across * b[2], a[:2] - across * a[2]]
    cv2.fillConvexPoly(plane, np.round(np.array(quad) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    for x, y, radius in (a, b):
        cv2.circle(plane, (round(x * 16), round(y * 16)), round(radius * 16), 255, -1, cv2.LINE_AA, 4)
