"""Instruments as silhouettes, drawn around (0, 0), about 200 units long before `size`."""

from itertools import pairwise

import numpy as np

from .canvas import Canvas, curve, turned

Place = tuple[float, float]


def _mirrored(*bouts: list[Place]) -> list[Place]:
    """A closed outline from the curves of its right half, top to bottom; they meet in corners."""
    half = [place for bout in bouts for place in curve(bout)]
    return [*half, *[(-x, y) for x, y in half[::-1]]]


def trumpet(canvas: Canvas, at: Place, size: float, angle: float, ink: str, shine: str) -> None:
    """A trumpet, its bell to the right, with a thin line of light along the tubes."""

    def put(points: list[Place]) -> list[Place]:
        return turned(points, angle, at, size)

    def tube(points: list[Place], width: float, light: bool = True) -> None:
        canvas.line(put(points), ink, width * size)
        if light:
            canvas.line(put([(x, y - width * 0.2) for x, y in points]), shine, 0.9 * size)

    bow = [(-52 - 16 * np.sin(a), 16 - 16 * np.cos(a)) for a in np.linspace(0, np.pi, 20)]
    slide = [(48 + 16 * np.sin(a), 16 - 16 * np.cos(a)) for a in np.linspace(0, np.pi, 20)]
    tube([(-96, 0), *slide, (-52, 32), *bow[::-1], (60, 0)], 6)
    canvas.polygon(put([(-104, -5), (-103, 5), (-96, 3.6), (-88, 3.4), (-88, -3.4)]), ink)
    flare = curve([(20, 3), (58, 4.5), (78, 8), (91, 15), (100, 30)])
    canvas.polygon(put([*flare, *[(x, -y) for x, y in flare[::-1]]]), ink)
    rim = [(100 + 3.6 * np.cos(a), 30.5 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 60)]
    canvas.polygon(put(rim), ink)
    canvas.line(put([(102.4, y) for y in np.linspace(-24, 22, 12)]), shine, 1.4 * size)
    canvas.line(put([(x, -y * 0.55) for x, y in flare]), shine, 1.2 * size)
    for x in (-22, -7, 8):
        canvas.polygon(put([(x - 6, -9), (x + 6, -9), (x + 6, 44), (x - 6, 44)]), ink)
        canvas.polygon(put([(x - 4, 44), (x + 4, 44), (x + 3, 49), (x - 3, 49)]), ink)
        canvas.line(put([(x, -9), (x, -18)]), ink, 2.6 * size)
        canvas.line(put([(x - 4, -19), (x + 4, -19)]), ink, 3.4 * size)
        canvas.line(put([(x - 3.2, -4), (x - 3.2, 40)]), shine, 1.1 * size)


def violin(canvas: Canvas, at: Place, size: float, angle: float, wood: str, dark: str) -> None:
    """A violin, its scroll up; `dark` for all that is of ebony, and for the line around it."""
    pale = "#f2e3c0"

    def put(points: list[Place]) -> list[Place]:
        return turned(points, angle, at, size)

    def line(points: list[Place], fill: str, width: float) -> None:
        canvas.line(put(points), fill, width * size)

    outline = _mirrored(
        [(0, -22), (17, -21.5), (32, -11), (35.5, 4), (32, 17), (34, 24)],
        [(34, 24), (26, 30), (22.5, 41), (26, 53), (38, 60)],
        [(38, 60), (40, 68), (45, 80), (41.5, 96), (24, 105.5), (0, 107)],
    )
    canvas.polygon(put(outline), wood)
    inner = [(x * 0.91, 42 + (y - 42) * 0.955) for x, y in outline]
    line([*inner, inner[0]], dark, 0.8)
    line([*outline, outline[0]], dark, 1.6)
    canvas.polygon(
        put([(-3.4, -104), (3.4, -104), (4, -70), (4.6, -22), (-4.6, -22), (-4, -70)]), wood
    )
    spiral = [(0.9 * t * np.cos(t), -108 + 0.9 * t * np.sin(t)) for t in np.linspace(0, 9.4, 60)]
    line(spiral, wood, 3.4)
    line(spiral, dark, 0.9)
    for y, side in ((-100, 1), (-93, -1), (-86, 1), (-79, -1)):
        line([(-3 * side, y), (9 * side, y - 1)], dark, 1.8)
        canvas.disc(*put([(11 * side, y - 1.2)])[0], 2.6 * size, dark)
    canvas.polygon(put([(-2.6, -74), (2.6, -74), (5, 24), (-5, 24)]), dark)
    canvas.polygon(put([(-6, 66), (6, 66), (3.6, 97), (-3.6, 97)]), dark)
    canvas.polygon(put([(-11, 47), (11, 47), (9, 43.6), (-9, 43.6)]), pale)
    for side in (-1, 1):
        hole = curve([(12, 29), (9.6, 31), (10.6, 35), (14, 42), (17.4, 49), (18.4, 53), (16, 55)])
        line([(side * x, y) for x, y in hole], dark, 1.7)
        for x, y in ((11.6, 29.8), (16.6, 54.2)):
            canvas.disc(*put([(side * x, y)])[0], 1.8 * size, dark)
        line([(side * 11.6, 43), (side * 16.2, 41.4)], dark, 0.9)
    for string in (-1.5, -0.5, 0.5, 1.5):
        line([(string * 1.1, -76), (string * 2.9, 44), (string * 2.2, 68)], pale, 0.5)


def bow(canvas: Canvas, at: Place, size: float, angle: float, wood: str, hair: str) -> None:
    """A violin's bow, its tip up."""

    def line(points: list[Place], fill: str, width: float) -> None:
        canvas.line(turned(points, angle, at, size), fill, width * size)

    line([(5, -98), (5, 92)], hair, 1.6)
    line(curve([(1, -104), (2, -60), (3, 0), (1, 60), (0, 104)]), wood, 2.2)
    line([(1, -104), (5.4, -98)], wood, 2.8)
    line([(1, 88), (5, 88), (5, 96), (1, 96)], wood, 3.2)


def guitar(canvas: Canvas, at: Place, size: float, angle: float, wood: str, dark: str) -> None:
    """A dreadnought guitar, its head up."""
    pale = "#f6dfae"

    def put(points: list[Place]) -> list[Place]:
        return turned(points, angle, at, size)

    def disc(x: float, y: float, radius: float, fill: str) -> None:
        canvas.disc(*put([(x, y)])[0], radius * size, fill)

    half = [(0, -20), (18, -22), (33, -14), (37, 3), (31, 20), (30, 32), (38, 48), (48, 68)]
    outline = _mirrored([*half, (47, 90), (31, 106), (0, 109)])
    canvas.polygon(put(outline), wood)
    canvas.line(put([*outline, outline[0]]), dark, 2.4 * size)
    inner = [(x * 0.93, 45 + (y - 45) * 0.955) for x, y in outline]
    canvas.line(put([*inner, inner[0]]), pale, 0.8 * size)
    disc(0, 26, 17, pale)
    disc(0, 26, 15.4, wood)
    disc(0, 26, 13.6, dark)
    guard = curve([(6, 41), (16, 34), (26, 42), (29, 58), (18, 57), (9, 50)], closed=True)
    canvas.polygon(put(guard), dark)
    canvas.polygon(put([(-4.6, -116), (4.6, -116), (6, 16), (-6, 16)]), dark)
    for fret in range(14):
        y = -112 + 130 * (1 - 2 ** (-fret / 9)) * 1.2
        canvas.line(put([(-5, y), (5, y)]), pale, 0.7 * size)
    head = [(-5, -116), (-8.5, -122), (-7.5, -148), (7.5, -148), (8.5, -122), (5, -116)]
    canvas.polygon(put(head), dark)
    for y in (-144, -136, -128):
        disc(-11, y, 2.6, pale)
        disc(11, y, 2.6, pale)
    canvas.polygon(put([(-17, 74), (17, 74), (17, 80), (-17, 80)]), dark)
    for string in np.linspace(-3.6, 3.6, 6):
        canvas.line(put([(string, -118), (string * 1.35, 77)]), pale, 0.5 * size)


def palm(canvas: Canvas, foot: Place, top: Place, size: float, ink: str, seed: int) -> None:
    """A palm from its `foot` to its crown, with fronds `size` units long."""
    random = np.random.default_rng(seed)
    (x0, y0), (x1, y1) = foot, top
    trunk = curve([foot, (x0 + (x1 - x0) * 0.3, y0 + (y1 - y0) * 0.5), top])
    canvas.brush([(x, y, 15 - 8 * i / len(trunk)) for i, (x, y) in enumerate(trunk)], ink)
    for spoke in range(11):
        angle = np.radians(-205 + 23 * spoke + random.uniform(-6, 6))
        long = size * random.uniform(0.82, 1.05)
        rib = []
        for t in np.linspace(0, 1, 22):
            drop = long * 0.52 * t**2 * (0.6 + 0.8 * abs(np.cos(angle)))
            rib.append((x1 + np.cos(angle) * long * t, y1 + np.sin(angle) * long * 0.7 * t + drop))
        canvas.line(rib, ink, 2.2)
        for (ax, ay), (bx, by) in pairwise(rib[1:]):
            t = np.hypot(ax - x1, ay - y1) / long
            leaf = size * 0.26 * np.sin(np.pi * min(1, 0.12 + 0.88 * t)) + 3
            ux, uy = (bx - ax), (by - ay)
            norm = np.hypot(ux, uy)
            for side in (-1, 1):
                tip = (ax + (ux - side * uy) / norm * leaf * 0.7,
                       ay + (uy + side * ux) / norm * leaf * 0.7 + leaf * 0.42)  # fmt: skip
                canvas.polygon([(ax, ay), tip, (bx, by)], ink)
    for dx, dy in ((-5, 4), (4, 6), (0, 9)):
        canvas.disc(x1 + dx, y1 + dy, 5, ink)
