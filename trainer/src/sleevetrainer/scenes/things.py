"""What else is about: framed pictures, records, rows of spines, books, people. Drawn onto a scene."""

import cv2
import numpy as np

from .camera import homography, picture_corners, posed
from .noise import clouds, colour, lit, shaded
from .photographs import photograph
from .rooms import spines
from .settings import Settings

SKINS = ("#f3d9cb", "#edc9b3", "#e3b596", "#d19c78", "#b97f5b", "#a07e56", "#825c43", "#604134", "#46302a",
         "#352620")  # fmt: skip
"""Skin under neutral light, from pale to dark; the darker half follows the Monk Skin Tone scale (2022)."""


def skin(random: np.random.Generator) -> tuple[int, int, int]:
    """The colour of someone's skin."""
    red, green, blue = bytes.fromhex(SKINS[random.integers(len(SKINS))][1:])
    tone = np.array([red, green, blue]) * random.normal(1, 0.05) * random.normal(1, 0.015, 3)
    return tuple(int(level) for level in np.clip(tone, 10, 250))


def picture(random: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """A framed picture far off, square at times, under a tenth of the frame's area."""
    height, width = scene.shape[:2]
    tall = int(height * random.uniform(0.12, 0.3))
    wide = int(tall * random.choice([0.7, 1.0, 1.0, 1.4]))
    left, top = int(random.uniform(0, max(1, width - wide))), int(random.uniform(0, height * 0.6))
    edge = max(2, tall // 14)
    framed = np.full((tall, wide, 3), colour(random, 0.5), np.uint8)
    if min(tall, wide) > 4 * edge:
        framed[edge:-edge, edge:-edge] = photograph(random, wide - 2 * edge, tall - 2 * edge)
    shadow = scene[top + edge : top + tall + edge, left + edge : left + wide + edge]
    shadow[:] = shadow // 2
    spot = scene[top : top + tall, left : left + wide]
    spot[:] = framed[: spot.shape[0], : spot.shape[1]]
    return scene


def record(random: np.random.Generator, scene: np.ndarray, near: bool = False) -> np.ndarray:
    """A record: black, shining along its grooves, with a label; `near` as large as if it were held up."""
    height, width = scene.shape[:2]
    side = int(height * (random.uniform(0.5, 0.95) if near else random.uniform(0.12, 0.35)))
    middle = np.array([random.uniform(0.2, 0.8) * width, random.uniform(0.35, 0.65) * height])
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    shine = np.abs(np.cos(angle - random.uniform(0, np.pi))) ** 24 * random.uniform(30, 150)
    grooves = 8 * np.sin(radius * 90) * (radius < 0.95)
    disc = np.repeat((18 + shine + grooves)[..., None], 3, 2)
    disc[radius < 0.33] = colour(random, 0.9)
    disc[(radius < 0.22) & (y < 0)] = colour(random, 0.9)
    disc[radius < 0.025] = 10
    disc = np.clip(disc, 0, 255).astype(np.uint8)
    squash = np.diag([1.0, random.uniform(0.7, 1.0)])
    turn = random.uniform(0, 2 * np.pi)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    affine = turned @ squash @ turned.T
    matrix = np.column_stack([affine, middle - affine @ [side / 2, side / 2]])
    cover = np.clip((1 - radius) * side / 2, 0, 1)
    return _laid_on(scene, disc, cover, np.vstack([matrix, [0, 0, 1]]))


def row(random: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """A row of books or records on a board."""
    height, width = scene.shape[:2]
    bottom = int(height * random.uniform(0.3, 1.0))
    left = int(width * random.uniform(-0.1, 0.7))
    right = min(width, left + int(width * random.uniform(0.15, 0.5)))
    spines(random, scene, (max(0, left), bottom - int(height * random.uniform(0.15, 0.35)), right, bottom))
    cv2.rectangle(
        scene,
        (left - height // 20, bottom),
        (right + height // 20, bottom + height // 50),
        colour(random),
        -1,
    )
    return scene


def book(random: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """A book or a magazine held up: rectangular, and not square."""
    height, width = scene.shape[:2]
    cover = np.full((300, 200, 3), colour(random, 0.9), np.uint8)
    if random.random() < 0.6:
        cover[60:240, 20:180] = photograph(random, 160, 180)
    for line in range(int(random.integers(1, 5))):
        cv2.rectangle(
            cover, (20, 18 + 9 * line), (int(random.uniform(60, 180)), 22 + 9 * line), colour(random, 0.9), -1
        )
    settings = Settings(frame=(width, height), share=(0.1, 0.4), tilt=30, thickness=0)
    at = posed(random, settings, aspect=random.uniform(0.6, 0.72)).corners
    return _laid_on(
        scene, cover, np.ones(cover.shape[:2], np.float32), homography(picture_corners(200, 300), at)
    )


def person(random: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """Somebody from the waist up: hair, face, neck, shoulders in a shirt."""
    height, width = scene.shape[:2]
    x = width * random.uniform(0.2, 0.8)
    head, top = height * random.uniform(0.1, 0.2), height * random.uniform(0.0, 0.45)
    face, hair, shirt = skin(random), shaded(colour(random, 0.5), 0.4), colour(random, 0.7)
    drawn = np.zeros((height, width), np.uint8)
    figure = scene.copy()

    def ellipse(cx: float, cy: float, rx: float, ry: float, tone: tuple[int, int, int]) -> None:
        at, axes = (int(cx), int(cy)), (max(1, int(rx)), max(1, int(ry)))
        for target, level in ((figure, tone), (drawn, 255)):
            cv2.ellipse(target, at, axes, 0, 0, 360, level, -1, cv2.LINE_AA)

    chin, broad = top + 1.8 * head, random.uniform(1.7, 2.1) * head
    long = random.random() < 0.4
    if long:
        ellipse(x, chin - 0.4 * head, 0.95 * head, 1.35 * head, hair)
    ellipse(x, chin + 1.3 * head, broad, 0.85 * head, shirt)
    for target, tone in ((figure, shirt), (drawn, 255)):
        cv2.rectangle(target, (int(x - broad), int(chin + 1.3 * head)), (int(x + broad), height), tone, -1)
    ellipse(x, chin + 0.2 * head, 0.4 * head, 0.6 * head, shaded(face, 0.75))
    ellipse(x, top + 0.7 * head, 0.8 * head, 0.8 * head, hair)
    ellipse(x, top + 1.0 * head, 0.68 * head, 0.85 * head, face)
    for side in (-1, 1):
        ellipse(x + 0.27 * side * head, top + 0.9 * head, 0.11 * head, 0.06 * head, shaded(face, 0.3))
        ellipse(x + 0.27 * side * head, top + 0.74 * head, 0.16 * head, 0.04 * head, shaded(hair, 0.9))
    ellipse(x, top + 1.2 * head, 0.13 * head, 0.06 * head, shaded(face, 0.75))
    ellipse(x, top + 1.45 * head, 0.24 * head, 0.06 * head, shaded(face, 0.6))
    light = 1 + 0.08 * clouds(random, (width, height), (14, 8))
    slope = 1 + random.uniform(-0.4, 0.4) * (np.arange(width, dtype=np.float32) - x) / (2 * head)
    figure = lit(figure, np.clip(light * slope, 0.3, 1.4))
    figure = cv2.GaussianBlur(figure, (0, 0), 0.05 * head)
    drawn = cv2.GaussianBlur(drawn, (0, 0), 0.02 * head)
    weight = drawn.astype(np.float32) / 255
    return cv2.blendLinear(figure, scene, weight, 1 - weight)


def _laid_on(scene: np.ndarray, thing: np.ndarray, cover: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A flat thing, `h x w x 3`, that covers what `cover` says, put onto a scene by a homography."""
    size = scene.shape[1::-1]
    moved = cv2.warpPerspective(thing, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.warpPerspective(cover.astype(np.float32), matrix, size)
    return cv2.blendLinear(moved, scene, weight, 1 - weight)


ANY = (picture, picture, record, row)
"""What may stand about in any scene."""
