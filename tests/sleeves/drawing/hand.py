"""A hand over one edge of a sleeve: rounded limbs, lit from the upper left."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .blur import gaussian
from .colour import mix, rgb, smoothstep
from .homography import UNIT, homography, through

FINER = 2
Limb = list[tuple[float, float, float]]
"""A chain of round cones: (x, y, radius) of its joints, in pixels."""


@dataclass(frozen=True)
class Hand:
    """Where and how a sleeve is held."""

    edge: int
    """0 top, 1 right, 2 bottom, 3 left: of the sleeve itself."""
    place: float
    """How far along that edge, clockwise, as a share of it."""
    grip: str = "thumb"
    """`thumb`: the thumb lies on the front; `fingers`: four fingers do."""
    skin: str = "#d9a17c"
    cloth: str = "#39465c"
    lean: float = 0.0
    """Degrees by which the arm leaves the edge other than squarely."""


class Grasp:
    """A hand at a sleeve that is seen somewhere: what lies behind the sleeve, what before it."""

    def __init__(self, hand: Hand, at: np.ndarray, frame: tuple[int, int]) -> None:
        """`at` are the sleeve's corners in pixels, `frame` the scene's width and height."""
        self.hand = hand
        matrix = homography(UNIT, at)
        a, b = UNIT[hand.edge], UNIT[(hand.edge + 1) % 4]
        foot = a + (b - a) * hand.place
        inner = foot + (UNIT.mean(0) - (a + b) / 2) * 0.2
        self.start, towards = through(matrix, np.array([foot, inner]))
        self.inwards = (towards - self.start) / np.hypot(*(towards - self.start))
        self.along = np.array([-self.inwards[1], self.inwards[0]])
        self.size = float(np.sqrt(_area(at)) / 430)
        turn = np.radians(hand.lean)
        away = np.array([np.sin(turn), -np.cos(turn)])
        palm_end = -22.0 if hand.grip == "thumb" else -58.0
        wrist, cuff, elbow = (np.array([2, palm_end]) + away * far for far in (84, 128, 900))
        palm = [self._put([(-13, palm_end + 6, 35), (17, palm_end + 10, 37), (*wrist, 29)])]
        palm.append(self._put([(*wrist, 29), (*cuff, 33)]))
        digits, self.nails = self._thumb() if hand.grip == "thumb" else self._fingers()
        sleeve = [self._put([(*cuff, 44), (*elbow, 84)])]
        self.arm = _lit(sleeve, frame, 4.0)
        self.flesh, self.whole = _lit(palm + digits, frame, 7.0 * self.size)
        self.digits = _lit(digits, frame, 4.0)[1]
        self.frame = frame

    def behind(self, scene: np.ndarray) -> np.ndarray:
        """The scene with arm and hand in it, before the sleeve is laid over them."""
        scene = _paint(scene, self.hand.cloth, *self.arm)
        return _paint(scene, self.hand.skin, self.flesh, self.whole)

    def before(self, scene: np.ndarray, cover: np.ndarray) -> np.ndarray:
        """The scene with the digits, and their shadow, on the sleeve that covers `cover`."""
        step = round(7 * self.size), round(5 * self.size)
        dark = gaussian(np.roll(self.digits, step, (0, 1)), 5 * self.size)
        scene = mix(scene, scene * 0.35, dark * cover * 0.8)
        scene = _paint(scene, self.hand.skin, self.flesh, self.digits)
        pale = np.minimum(rgb(self.hand.skin) * 1.12 + 16, 255)
        for p, q, tilt in self.nails:
            middle = self.start + (self.along * p + self.inwards * q) * self.size
            angle = np.arctan2(self.inwards[1], self.inwards[0]) + np.radians(tilt)
            rim = _ellipse(self.frame, middle, 8.5 * self.size, 6.2 * self.size, angle)
            nail = _ellipse(
                self.frame, middle + self.inwards, 7.6 * self.size, 5.4 * self.size, angle
            )
            scene = mix(scene, scene * 0.82, rim)
            scene = mix(scene, pale * np.clip(self.flesh, 0.8, 1.1)[..., None], nail * 0.9)
        return scene

    def _thumb(self) -> tuple[list[Limb], list]:
        """The thumb alone, and its nail (along, inwards, degrees)."""
        thumb = [(-6, -36, 25), (-13, -6, 19.5), (-11, 24, 16), (-4, 48, 13)]
        return [self._put(thumb)], [(-2.5, 50, -14)]

    def _fingers(self) -> tuple[list[Limb], list]:
        """Four fingers side by side, and their nails."""
        reach = ((-42, 34, 12), (-15, 52, 13.5), (13, 56, 13.5), (40, 46, 13))
        chains = [
            self._put([(p * 0.75, -42, r + 4), (p, 2, r + 1.5), (p, q, r - 1)]) for p, q, r in reach
        ]
        return chains, [(p, q + 2, 0) for p, q, _ in reach]

    def _put(self, joints: Limb) -> Limb:
        """Joints given (along the edge, inwards, radius), taken to the scene's pixels."""
        return [
            (*(self.start + (self.along * p + self.inwards * q) * self.size), r * self.size)
            for p, q, r in joints
        ]


def _area(points: np.ndarray) -> float:
    x, y = points.T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def _lit(limbs: list[Limb], frame: tuple[int, int], soft: float) -> tuple[np.ndarray, np.ndarray]:
    """The light on a union of limbs (1 is the skin's own colour), and its coverage (0..1).

    `soft`, in pixels, rounds the creases where limbs meet.
    """
    width, height = frame
    at = [(np.arange(n * FINER, dtype=np.float32) + 0.5) / FINER - 0.5 for n in (width, height)]
    x, y = np.meshgrid(*at)
    top = np.zeros(x.shape, np.float32)
    for chain in limbs:
        for (ax, ay, ar), (bx, by, br) in pairwise(chain):
            dx, dy = bx - ax, by - ay
            t = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
            rest = (ar + (br - ar) * t) ** 2 - (x - ax - dx * t) ** 2 - (y - ay - dy * t) ** 2
            np.maximum(top, np.sqrt(np.maximum(rest, 0)), out=top)
    cover = _coarser((top > 0).astype(np.float32))
    relief = gaussian(_coarser(top), soft)
    down, across = np.gradient(relief)
    light = (0.75 - 0.3 * across - 0.36 * down) / np.sqrt(1 + 0.3 * (across**2 + down**2))
    return np.clip(0.44 + 0.66 * light, 0.3, 1.15), gaussian(cover, 0.6)


def _paint(scene: np.ndarray, colour: str, light: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Lay a lit limb over the scene; in shade it turns a little redder."""
    return mix(scene, rgb(colour) * light[..., None] ** np.array([0.85, 1.0, 1.1]), cover)


def _ellipse(frame: tuple, at: np.ndarray, long: float, wide: float, angle: float) -> np.ndarray:
    """The coverage by an ellipse with half axes `long` (along `angle`, radians) and `wide`."""
    x, y = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in frame))
    c, s = np.cos(angle), np.sin(angle)
    u, v = (x - at[0]) * c + (y - at[1]) * s, (y - at[1]) * c - (x - at[0]) * s
    return smoothstep(0.5, -0.5, (np.hypot(u / long, v / wide) - 1) * wide)


def _coarser(plane: np.ndarray) -> np.ndarray:
    height, width = (n // FINER for n in plane.shape)
    return plane.reshape(height, FINER, width, FINER).mean((1, 3))
