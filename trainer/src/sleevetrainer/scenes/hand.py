"""A hand that holds a sleeve: rounded limbs, lit from above, some behind the sleeve and some before it."""

from dataclasses import dataclass

import cv2
import numpy as np

from .limbs import Canvas, Layer, Limb, painted
from .noise import colour
from .things import skin


@dataclass(frozen=True)
class Hand:
    """A hand's layers, in the order in which they are painted."""

    behind: Layer
    """The arm and the whole hand."""
    shadow: Layer
    """What the digits' shadow takes from the light."""
    before: Layer
    """The digits on the sleeve's front."""


def held(random: np.random.Generator, corners: np.ndarray, frame: tuple[int, int]) -> list[Hand]:
    """One hand or two at a sleeve's edges or corners."""
    pair = random.random() < 0.4
    tone, cloth = skin(random), colour(random, 0.7)
    middles = (corners + np.roll(corners, -1, 0)) / 2 - corners.mean(0)
    down = middles[:, 1] / np.hypot(*middles.T)
    # Two hands hold the sides; one holds any edge, but one that looks up far less often.
    weights = np.exp(-8 * np.abs(down)) if pair else np.exp(1.8 * down)
    first = int(random.choice(4, p=weights / weights.sum()))
    edges = [first, (first + 2) % 4] if pair else [first]
    hands = [_hand(random, corners, frame, edge, tone, cloth) for edge in edges]
    return [hand for hand in hands if hand is not None]


def _hand(
    random: np.random.Generator,
    corners: np.ndarray,
    frame: tuple[int, int],
    edge: int,
    tone: tuple[int, int, int],
    cloth: tuple[int, int, int],
) -> Hand | None:
    """A hand at one edge; nothing where it would lie outside of the frame."""
    a, b = corners[edge], corners[(edge + 1) % 4]
    place = random.uniform(0.04, 0.2) if random.random() < 0.35 else random.uniform(0.2, 0.8)
    foot = a + (b - a) * (place if random.random() < 0.5 else 1 - place)
    inwards = corners.mean(0) - (a + b) / 2
    inwards /= np.hypot(*inwards)
    turn = np.radians(random.normal(0, 14))
    inwards = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ inwards
    along = np.array([-inwards[1], inwards[0]]) * random.choice([-1, 1])
    size = np.hypot(*(corners - np.roll(corners, 1, 0)).T).mean() * random.uniform(0.85, 1.15)

    digits = _thumb(random) if random.random() < 0.6 else _fingers(random)
    heel = -0.19 if len(digits) > 1 else -0.04
    down = np.array([0.0, 1.0]) * random.uniform(0.2, 1.4)
    towards = down - inwards
    away = np.array([towards @ along, towards @ inwards])
    away = away / max(np.hypot(*away), 1e-6)
    wrist = np.array([0.02, heel - 0.06]) + 0.16 * away
    # The palm; where the thumb lies before the sleeve, most of it is behind.
    palm: list[Limb] = [[(-0.04, heel, 0.08), (*wrist, 0.07)], [(0.07, heel - 0.01, 0.09), (*wrist, 0.07)]]
    cuff = wrist + away * random.uniform(0.06, 0.4)
    middle, elbow = wrist + away * 1.2, wrist + away * 5  # far outside of the frame
    arm: Limb = [(*wrist, 0.07), (*(wrist + away * 0.3), 0.085), (*middle, 0.11), (*elbow, 0.13)]
    sleeve: Limb = [(*cuff, 0.1), (*middle, 0.15), (*elbow, 0.2)] if random.random() < 0.65 else []

    def put(limb: Limb) -> np.ndarray:
        at = np.array(limb)
        points = foot + (at[:, :1] * along + at[:, 1:2] * inwards) * size
        return np.column_stack([points, at[:, 2] * size])

    flesh = [put(limb) for limb in (*digits, *palm, arm)]
    box = _box(flesh + ([put(sleeve)] if sleeve else []), frame)
    if box is None:
        return None
    canvas = Canvas(box, max(160, max(frame) // 4))
    whole, relief = canvas.drawn(flesh)
    tips = [put(limb) for limb in digits]
    front = canvas.drawn(tips)[0]
    colours = canvas.nails(painted(random, tone, relief), tips, tone)
    before = canvas.layer(colours, front)
    if sleeve:
        clothed, relief = canvas.drawn([put(sleeve)])
        colours = cv2.blendLinear(painted(random, cloth, relief), colours, clothed, 1 - clothed)
        whole = np.maximum(whole, clothed)
    soft = cv2.GaussianBlur(front, (0, 0), max(0.5, 0.014 * size / canvas.coarser))
    step = 0.012 * size / canvas.coarser
    shadow = cv2.warpAffine(soft, np.float32([[1, 0, step], [0, 1, step]]), soft.shape[::-1])
    return Hand(canvas.layer(colours, whole), canvas.layer(colours, 0.45 * shadow), before)


def _thumb(random: np.random.Generator) -> list[Limb]:
    """The thumb alone lies on the front."""
    reach, bend = random.uniform(0.07, 0.17), random.uniform(-0.03, 0.05)
    lean = random.uniform(-0.02, 0.1)  # thumbs lie aslant over an edge
    tip = [(bend * 0.4 + lean * 0.6, reach * 0.5, 0.037), (bend + lean, reach, 0.033)]
    return [[(-0.03, -0.12, 0.055), (-0.03, -0.03, 0.046), *tip]]


def _fingers(random: np.random.Generator) -> list[Limb]:
    """Two to four fingers lie on the front, side by side."""
    reach, spread = random.uniform(0.05, 0.16), random.uniform(0.056, 0.075)
    count = int(random.choice([2, 3, 4, 4]))
    fingers = []
    for number, (length, radius) in enumerate(
        ((0.8, 0.028), (1.0, 0.031), (1.05, 0.031), (0.85, 0.029))[:count]
    ):
        at = (number - 1.5) * spread
        tip = reach * length * random.uniform(0.92, 1.08)
        bent = at * 0.85 + random.normal(0, 0.004)
        fingers.append(
            [(at * 0.8, -0.2, radius + 0.012), (at, -0.02, radius + 0.003), (bent, tip, radius - 0.004)]
        )
    return fingers


def _box(limbs: list[np.ndarray], frame: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The part of the frame that the limbs take: left, top, width, height."""
    points = np.vstack(limbs)
    low = np.floor((points[:, :2] - points[:, 2:]).min(0)) - 4
    high = np.ceil((points[:, :2] + points[:, 2:]).max(0)) + 5
    left, top = np.clip(low, 0, frame).astype(int)
    right, bottom = np.clip(high, 0, frame).astype(int)
    return (left, top, right - left, bottom - top) if right - left > 3 and bottom - top > 3 else None
