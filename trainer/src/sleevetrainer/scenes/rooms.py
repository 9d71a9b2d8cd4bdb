"""Drawn backgrounds. Each is given its width and height in pixels, and makes `h x w x 3`, uint8."""

import cv2
import numpy as np

from .noise import clouds, colour, grain, lit, paint, shaded


def _sheet(width: int, height: int, tone: tuple[int, ...]) -> np.ndarray:
    return np.full((height, width, 3), tone, np.uint8)


def _textured(random: np.random.Generator, scene: np.ndarray, fine: float, coarse: float) -> np.ndarray:
    """Uneven in the small (roughness) and in the large (stains, paint), as deviations of the gain."""
    height, width = scene.shape[:2]
    small = max(41, width // 4), max(25, height // 4)
    stains = 1 + coarse * (clouds(random, small, (8, 5)) + 0.5 * clouds(random, small, (40, 24)))
    gain = cv2.resize(stains, (width, height), interpolation=cv2.INTER_LINEAR)
    return lit(scene, cv2.scaleAdd(grain(random, (height, width)), fine, gain))


def wall(random: np.random.Generator, width: int, height: int, tone: np.ndarray | None = None) -> np.ndarray:
    """A plain wall; at times in two colours."""
    scene = _sheet(width, height, paint(random) if tone is None else tuple(np.asarray(tone).astype(int)))
    if tone is None and random.random() < 0.3:
        line = int(height * random.uniform(0.5, 0.9))
        scene[line:] = paint(random)
    return _textured(random, scene, random.uniform(0, 0.03), random.uniform(0.003, 0.02))


def spines(random: np.random.Generator, scene: np.ndarray, box: tuple[int, int, int, int]) -> None:
    """Draws a row of spines into a box (left, top, right, bottom): books' or, thin, records'."""
    left, top, right, bottom = box
    records = random.random() < 0.5
    tall, x = bottom - top, left
    while x < right:
        wide = max(2, int(tall * (random.uniform(0.012, 0.035) if records else random.uniform(0.06, 0.22))))
        head = top + int(tall * (random.uniform(0, 0.05) if records else random.uniform(0.02, 0.3)))
        tone = colour(random, 0.85) if random.random() < 0.6 else paint(random)
        cv2.rectangle(scene, (x, head), (min(x + wide, right), bottom), tone, -1)
        cv2.line(scene, (x, head), (x, bottom), shaded(tone, 0.5), max(1, wide // 10))
        if wide > 5:
            at = head + int((bottom - head) * random.uniform(0.1, 0.4))
            end = at + int((bottom - head) * random.uniform(0.1, 0.4))
            cv2.rectangle(scene, (x + wide // 3, at), (x + 2 * wide // 3, end), colour(random), -1)
        x += wide + (int(tall * 0.3) if random.random() < 0.01 else 0)


def shelves(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Shelves from wall to wall, full of spines."""
    wood = paint(random)
    scene = _sheet(width, height, shaded(wood, 0.35))
    rows = int(random.integers(2, 5))
    board = max(3, int(height * random.uniform(0.02, 0.045)))
    tall, start = height // rows, int(random.integers(-height // 4, 1))
    for row in range(rows + 2):
        bottom = start + (row + 1) * tall
        top = bottom - tall + int(tall * random.uniform(0.08, 0.2))
        right = width if random.random() < 0.7 else int(width * random.uniform(0.3, 0.9))
        if bottom > 0:
            spines(random, scene, (0, top, right, bottom))
        cv2.rectangle(scene, (0, bottom), (width, bottom + board), wood, -1)
    for post in range(int(random.integers(0, width)), width, max(1, int(width * random.uniform(0.4, 0.8)))):
        cv2.rectangle(scene, (post, 0), (post + board, height), shaded(wood, 0.9), -1)
    return scene


def _laid(
    random: np.random.Generator,
    width: int,
    height: int,
    brick: tuple[float, float],
    gap: float,
    uneven: float,
    tone: tuple[int, int, int],
) -> np.ndarray:
    """Bricks, boards or tiles: rows of boxes, each row begun elsewhere, with joints between them."""
    joint = shaded(tone, random.uniform(0.4, 0.7)) if random.random() < 0.5 else colour(random, 0.1)
    scene = _sheet(width, height, joint)
    wide, tall = brick[0] * height, brick[1] * height
    gap = max(1, gap * height)
    shift = random.choice([0.0, 0.5, -1.0])
    for row in range(int(height / tall) + 1):
        offset = -(random.random() if shift < 0 else shift * (row % 2)) * wide
        for column in range(int(width / wide) + 2):
            x, y = offset + column * wide, row * tall
            box = (int(x), int(y)), (int(x + wide - gap), int(y + tall - gap))
            cv2.rectangle(scene, *box, shaded(tone, 1 + uneven * random.standard_normal()), -1)
    return scene


def bricks(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A brick wall."""
    tall = random.uniform(0.05, 0.11)
    tone = shaded((176, 92, 70), random.uniform(0.6, 1.2)) if random.random() < 0.6 else paint(random)
    scene = _laid(random, width, height, (tall * random.uniform(2.2, 3.2), tall), 0.008, 0.13, tone)
    return _textured(random, scene, 0.05, 0.05)


def tiles(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Tiles: a grid of squares or nearly so, as large as a sleeve at times."""
    side = random.uniform(0.1, 0.4)
    shape = side * random.uniform(0.9, 1.1), side
    scene = _laid(random, width, height, shape, 0.006, 0.04, paint(random))
    return _textured(random, scene, 0.01, 0.02)


def planks(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Wood: boards with their grain, lying or standing."""
    across = random.random() < 0.6
    wood = shaded((196, 142, 92), random.uniform(0.3, 1.2)) if random.random() < 0.7 else paint(random)
    size = (width, height) if across else (height, width)
    scene = _laid(random, *size, (random.uniform(0.8, 3.0), random.uniform(0.1, 0.25)), 0.004, 0.1, wood)
    fine, coarse = (min(size[1] // 2, cells) for cells in (160, 60))
    grown = clouds(random, size, (5, fine)) + 0.6 * clouds(random, size, (9, coarse))
    scene = lit(scene, 1 + random.uniform(0.03, 0.12) * grown)
    return scene if across else np.ascontiguousarray(scene.transpose(1, 0, 2))


def clutter(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Boxes, sheets, posters and discs, over one another."""
    scene = _sheet(width, height, colour(random, 0.4))
    for _ in range(int(random.integers(8, 45))):
        middle = random.uniform(0, 1, 2) * (width, height)
        size = height * np.exp(random.uniform(np.log(0.05), np.log(0.6), 2))
        if random.random() < 0.15:
            cv2.circle(
                scene, tuple(middle.astype(int)), int(size[0] / 2), colour(random, 0.9), -1, cv2.LINE_AA
            )
            continue
        angle = random.normal(0, 5) if random.random() < 0.7 else random.uniform(0, 90)
        box = cv2.boxPoints((tuple(middle), tuple(size), angle))
        cv2.fillConvexPoly(scene, (box + size.min() * 0.04).astype(np.int32), (15, 15, 15), cv2.LINE_AA)
        tone = paint(random) if random.random() < 0.6 else colour(random, 0.9)
        cv2.fillConvexPoly(scene, box.astype(np.int32), tone, cv2.LINE_AA)
        if random.random() < 0.5:
            inner = box.mean(0) + (box - box.mean(0)) * random.uniform(0.3, 0.9)
            cv2.fillConvexPoly(scene, inner.astype(np.int32), colour(random, 0.9), cv2.LINE_AA)
    return _textured(random, scene, 0.01, 0.04)


def lights(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Lamps far out of focus before the dark."""
    scene = _sheet(width, height, shaded(colour(random, 0.6), 0.2))
    for _ in range(int(random.integers(15, 60))):
        disc = np.zeros_like(scene)
        at = tuple((random.uniform(0, 1, 2) * (width, height)).astype(int))
        radius = int(height * random.uniform(0.015, 0.07))
        tone = shaded(colour(random, 0.7), random.uniform(0.3, 1.2))
        box = tuple(slice(max(0, c - radius), c + radius + 1) for c in at[::-1])
        cv2.circle(disc[box], (at[0] - box[1].start, at[1] - box[0].start), radius, tone, -1, cv2.LINE_AA)
        scene[box] = cv2.add(scene[box], disc[box])
    return scene


def dark(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A dark room with a lamp in it, or none."""
    scene = living_room(random, width, height)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    lamp = random.uniform(-0.2, width / height + 0.2), random.uniform(-0.2, 0.8)
    reach = random.uniform(0.15, 0.6)
    glow = np.exp(-np.hypot(x - lamp[0], y - lamp[1]) / reach)
    return lit(scene, random.uniform(0.03, 0.2) + random.uniform(0, 1.0) * glow)


def living_room(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A wall with a floor, a window or a door, and a piece of furniture or two."""
    scene = wall(random, width, height)
    floor = int(height * random.uniform(0.65, 1.0))
    scene[floor:] = paint(random)
    cv2.rectangle(
        scene, (0, floor), (width, floor + max(1, height // 60)), shaded(colour(random, 0.1), 1.3), -1
    )
    if random.random() < 0.5:  # a window by day or by night, or a door
        left, wide = int(random.uniform(-0.1, 0.9) * width), int(random.uniform(0.15, 0.35) * width)
        top, bottom = (int(height * part) for part in (random.uniform(-0.2, 0.2), random.uniform(0.4, 0.7)))
        frame = shaded(colour(random, 0.1), 1.4)
        glass = (235, 242, 250) if random.random() < 0.6 else shaded(colour(random, 0.4), 0.8)
        bar = max(2, height // 50)
        cv2.rectangle(scene, (left, top), (left + wide, bottom), glass, -1)
        cv2.rectangle(scene, (left, top), (left + wide, bottom), frame, bar)
        cv2.line(scene, (left + wide // 2, top), (left + wide // 2, bottom), frame, bar)
    for _ in range(int(random.integers(0, 4))):  # sofas, chests, chairs
        left, wide = int(random.uniform(-0.2, 0.9) * width), int(random.uniform(0.15, 0.6) * width)
        top = floor - int(height * random.uniform(0.05, 0.4))
        tone = paint(random) if random.random() < 0.5 else colour(random, 0.7)
        bottom = floor + int(height * random.uniform(0, 0.2))
        cv2.rectangle(scene, (left, top), (left + wide, bottom), tone, -1)
        for part in range(1, int(random.integers(1, 4))):
            x = left + part * wide // 3
            cv2.line(scene, (x, top), (x, bottom), shaded(tone, 0.7), max(1, height // 200))
        cv2.rectangle(scene, (left, top), (left + wide, top + max(1, height // 80)), shaded(tone, 1.2), -1)
    return scene
