"""The canvas: a square sleeve, drawn three times as large as it is kept.

Everything is in *units*: a sleeve is 512 units wide and high, (0, 0) is its top left corner. A
colour is `#rrggbb`, or `#rrggbbaa` to let what lies beneath shine through.
"""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from . import lettering
from .colour import mix, rgb
from .noise import clouds, grain

SIDE = 512
SCALE = 3
PIXELS = SIDE * SCALE

Points = Iterable[tuple[float, float]]


def grid() -> tuple[np.ndarray, np.ndarray]:
    """The units x and y of every pixel's centre, as two arrays of the canvas's size."""
    at = (np.arange(PIXELS, dtype=np.float32) + 0.5) / SCALE
    return np.meshgrid(at, at)


def curve(points: Points, steps: int = 14, closed: bool = False) -> list[tuple[float, float]]:
    """A smooth line through `points` (Catmull-Rom), `steps` short straight lines a stretch."""
    knots = np.array(list(points), float)
    ends = (knots[-1:], knots[:2]) if closed else (knots[:1], knots[-1:])
    padded = np.vstack([ends[0], knots, ends[1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    out = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        out.append(
            b + (c - a) / 2 * t + (a - 2.5 * b + 2 * c - d / 2) * t**2
            + (1.5 * (b - c) + (d - a) / 2) * t**3
        )  # fmt: skip
    line = np.vstack(out if closed else [*out, knots[-1:]])
    return [(float(x), float(y)) for x, y in line]


def turned(points: Points, angle: float, about: tuple[float, float], size: float = 1.0) -> list:
    """`points` drawn around (0, 0): `size` times as large, turned clockwise, set at `about`."""
    c, s = np.cos(np.radians(angle)) * size, np.sin(np.radians(angle)) * size
    return [(about[0] + c * x - s * y, about[1] + s * x + c * y) for x, y in points]


def star(x: float, y: float, outer: float, inner: float, tips: int, turn: float = 0) -> list:
    """The corners of a star with `tips` points."""
    angles = np.radians(turn) + np.arange(2 * tips) * np.pi / tips
    radii = np.where(np.arange(2 * tips) % 2 == 0, outer, inner)
    return list(zip(x + radii * np.sin(angles), y - radii * np.cos(angles), strict=True))


class Canvas:
    """A sleeve being drawn."""

    def __init__(self, ground: str | np.ndarray) -> None:
        """Start from one colour, or from a float picture of the canvas's size."""
        if isinstance(ground, str):
            self.image = Image.new("RGB", (PIXELS, PIXELS), ground)
        else:
            self.image = _picture(ground)

    def pixels(self) -> np.ndarray:
        """What is drawn so far, as floats in 0..255."""
        return np.asarray(self.image, np.float32)

    def lay(self, picture: np.ndarray, share: np.ndarray | Image.Image | float = 1.0) -> None:
        """Lay a float picture or one colour over all, as `share` (0..1, or an "L" mask) says."""
        if isinstance(share, Image.Image):
            share = np.asarray(share, np.float32) / 255
        self.image = _picture(mix(self.pixels(), picture, share))

    def rect(self, x: float, y: float, wide: float, high: float, fill: str, radius=0.0) -> None:
        """A filled rectangle, its corners rounded by `radius`."""
        box = [x * SCALE, y * SCALE, (x + wide) * SCALE - 1, (y + high) * SCALE - 1]
        self._pen().rounded_rectangle(box, radius * SCALE, fill)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str) -> None:
        """A filled ellipse around (x, y)."""
        box = [(x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE]
        self._pen().ellipse(box, fill)

    def disc(self, x: float, y: float, radius: float, fill: str) -> None:
        """A filled circle."""
        self.ellipse(x, y, radius, radius, fill)

    def ring(self, x: float, y: float, radius: float, fill: str, width: float) -> None:
        """A circle's line, `width` wide inwards from `radius`."""
        box = [(x - radius) * SCALE, (y - radius) * SCALE]
        box += [(x + radius) * SCALE, (y + radius) * SCALE]
        self._pen().ellipse(box, outline=fill, width=max(1, round(width * SCALE)))

    def polygon(self, points: Points, fill: str) -> None:
        """A filled polygon."""
        self._pen().polygon([(x * SCALE, y * SCALE) for x, y in points], fill)

    def line(self, points: Points, fill: str, width: float) -> None:
        """A line of even width with round joints and ends. (Opaque colours only.)"""
        self.brush([(x, y, width) for x, y in points], fill)

    def brush(self, points: Iterable[tuple[float, float, float]], fill: str) -> None:
        """A line through (x, y, width): a brush pressed harder here than there."""
        self.ink(brush_mask(points), fill)

    def ink(self, mask: Image.Image, fill: str) -> None:
        """Fill an "L" mask of the canvas's size with a colour."""
        if len(fill) == 9:
            strength = int(fill[7:], 16)
            mask = mask.point([value * strength // 255 for value in range(256)])
        self.image.paste(fill[:7], (0, 0), mask)

    def glow(self, mask: Image.Image, fill: str, spread: float) -> None:
        """Add light of a colour around an "L" mask, `spread` units wide."""
        self.shine(mask, fill, spread, 1.6)
        self.shine(mask, fill, spread / 4, 1.0)

    def shine(self, mask: Image.Image, fill: str, spread: float, strength: float) -> None:
        """Add the mask's light, blurred by `spread` units."""
        small = mask.reduce(SCALE).filter(ImageFilter.GaussianBlur(spread))
        share = small.point([min(255, round(v * strength)) for v in range(256)])
        share = share.resize((PIXELS, PIXELS), Image.Resampling.BILINEAR)
        light = Image.new("RGB", (PIXELS, PIXELS), 0)
        light.paste(fill[:7], (0, 0), share)
        self.image = ImageChops.screen(self.image, light)

    def text(self, text: str, x: float, y: float, cap: float, fill: str, **how) -> None:
        """One line of type, its capitals from `y` to `y + cap`; see `text_mask` for `how`."""
        self.ink(text_mask(text, x, y, cap, **how), fill)

    def paper(self, seed: int, strength: float = 6.0) -> None:
        """Give all the tooth of paper or board: fine grain and faint clouds, in levels of 255."""
        tooth = clouds(PIXELS, PIXELS, 260, 3, seed) - 0.5
        tooth += 0.22 * clouds(PIXELS, PIXELS, 9, 2, seed + 7) - 0.11
        self.image = _picture(self.pixels() + tooth[..., None] * strength * 1.6)

    def film(self, seed: int, strength: float = 5.0) -> None:
        """Photographic grain of that deviation in levels of 255, a unit large."""
        speck = np.repeat(np.repeat(grain(SIDE, SIDE, seed), SCALE, 0), SCALE, 1)
        self.image = _picture(self.pixels() + speck[..., None] * strength)

    def vignette(self, strength: float, colour: str = "#000000") -> None:
        """Darken towards the corners."""
        x, y = grid()
        away = ((x - 256) ** 2 + (y - 256) ** 2) / (2 * 256**2)
        self.lay(rgb(colour), strength * away**1.3)

    def finished(self, side: int = SIDE) -> Image.Image:
        """The sleeve, `side` pixels square."""
        return self.image.resize((side, side), Image.Resampling.LANCZOS)

    def _pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image, "RGBA")


def blank_mask() -> Image.Image:
    """An empty "L" mask of the canvas's size."""
    return Image.new("L", (PIXELS, PIXELS), 0)


def polygon_mask(points: Points) -> Image.Image:
    """A polygon as an "L" mask."""
    mask = blank_mask()
    ImageDraw.Draw(mask).polygon([(x * SCALE, y * SCALE) for x, y in points], 255)
    return mask


def brush_mask(points: Iterable[tuple[float, float, float]]) -> Image.Image:
    """A line through (x, y, width) as an "L" mask: discs joined by quadrangles."""
    mask = blank_mask()
    pen = ImageDraw.Draw(mask)
    knots = [np.array(p, float) * SCALE for p in points]
    for x, y, width in knots:
        r = width / 2
        if r > 1.0:  # half a pixel less: Pillow rounds discs up, and beads would show
            pen.ellipse([x - r + 0.5, y - r + 0.5, x + r - 0.5, y + r - 0.5], 255)
    for (ax, ay, aw), (bx, by, bw) in pairwise(knots):
        length = np.hypot(bx - ax, by - ay)
        if length > 0:
            nx, ny = (ay - by) / length / 2, (bx - ax) / length / 2
            corners = [(ax + nx * aw, ay + ny * aw), (bx + nx * bw, by + ny * bw)]
            corners += [(bx - nx * bw, by - ny * bw), (ax - nx * aw, ay - ny * aw)]
            pen.polygon(corners, 255)
    return mask


def text_mask(
    text: str,
    x: float,
    y: float,
    cap: float,
    *,
    width: float | None = None,
    weight: float = 0.0,
    tracking: float = 0.0,
    anchor: str = "l",
    turn: float = 0.0,
    lift: np.ndarray | None = None,
    stretch: np.ndarray | None = None,
) -> Image.Image:
    """One line of type as an "L" mask.

    `x` is the line's left end, middle or right end (`anchor` l, m, r), `y` the capitals' top,
    `cap` their height; `width` squeezes or widens the line to so many units; `weight` thickens
    and `tracking` spaces the letters, in shares of the cap height; `turn` turns the line by
    degrees, clockwise, about (x, y); `lift` (units) and `stretch` bend it (see `lettering.arch`).
    """
    wide = None if width is None else width * SCALE
    line, below = lettering.ink(text, cap * SCALE, wide, weight, tracking)
    if lift is not None and stretch is not None:
        line = lettering.arch(line, lift * SCALE, stretch)
        below += cap * SCALE - line.height
    left = x * SCALE - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor] * line.width
    mask = blank_mask()
    mask.paste(line, (round(left), round(y * SCALE + below)))
    if turn:
        mask = mask.rotate(-turn, Image.Resampling.BICUBIC, center=(x * SCALE, y * SCALE))
    return mask


def _picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray((np.clip(pixels, 0, 255) + 0.5).astype(np.uint8))
