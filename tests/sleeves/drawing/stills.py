"""Sleeves with an instrument on them."""

import numpy as np

from . import instruments
from .canvas import PIXELS, Canvas, curve, grid, polygon_mask
from .colour import mix, ramp, rgb, smoothstep
from .noise import clouds


def trumpet() -> Canvas:
    """Jazz: a night-blue duotone, a trumpet in a spotlight's smoke, large type."""
    x, y = grid()
    smoke = clouds(PIXELS, PIXELS, 190, 5, 11)
    beam = smoothstep(0.62, 0.0, np.abs((x - 470 + (y + 40) * 0.62) / (y + 140)))
    light = np.clip(0.12 + 0.9 * beam * (0.35 + 0.8 * smoke) - smoothstep(300, 512, y) * 0.5, 0, 1)
    canvas = Canvas(ramp(light, (0, "#06132f"), (0.45, "#0f4fae"), (0.85, "#7fc3ff")))
    canvas.shine(polygon_mask([(430, -20), (520, -20), (520, 60)]), "#d7ecff", 40, 0.8)
    instruments.trumpet(canvas, (264, 232), 1.9, -24, "#040b1d", "#8fcbff")
    canvas.text("BLUE", 30, 352, 62, "#ffffff", width=214, weight=0.09)
    canvas.text("HOUR", 268, 352, 62, "#ff8a1f", width=214, weight=0.09)
    canvas.rect(30, 428, 452, 3, "#ffffff")
    canvas.text("LESTER VANE QUARTET", 30, 444, 19, "#ffffff", width=452, weight=0.03)
    canvas.text("OLLIE MARCH · DEE PARRISH · TOM KESTREL", 30, 476, 9, "#9fd0ff", tracking=0.12)
    canvas.rect(30, 30, 70, 26, "#ff8a1f")
    canvas.text("HARBOR", 65, 37.5, 11, "#06132f", anchor="m", weight=0.07, tracking=0.08)
    canvas.text("4017 MONO", 30, 64, 8, "#ffffff", tracking=0.2)
    canvas.film(12, 6)
    return canvas


def _ornament(canvas: Canvas, x: float, y: float, flip_x: int, flip_y: int, ink: str) -> None:
    """A corner's flourish: two spirals, a few leaves and a rosette, grown from (x, y)."""

    def put(points: list) -> list:
        return [(x + flip_x * px, y + flip_y * py) for px, py in points]

    turns = np.linspace(0, 9.6, 60)
    for swap in (False, True):
        spiral = [(58 - 1.75 * t * np.cos(t), 19 + 1.75 * t * np.sin(t)) for t in turns]
        stem = [*curve([(6, 6), (22, 3), (42, 2), (66, 5)]), *spiral[::-1]]
        stem = [(b, a) for a, b in stem] if swap else stem
        wide = np.interp(np.arange(len(stem)), [0, 30, len(stem)], [1.2, 3.2, 1.4])
        canvas.brush([(a, b, w) for (a, b), w in zip(put(stem), wide, strict=True)], ink)
        leaf = curve([(78, 6), (92, -1), (112, 4), (94, 10)], closed=True)
        canvas.polygon(put([(b, a) for a, b in leaf] if swap else leaf), ink)
    for angle in np.radians(np.arange(0, 360, 60)):
        cx, cy = 16 + 5.4 * np.cos(angle), 16 + 5.4 * np.sin(angle)
        canvas.disc(*put([(cx, cy)])[0], 3.4, ink)
    canvas.disc(*put([(16, 16)])[0], 2.4, "#f5ead0")


def violin() -> Canvas:
    """Classical: cream paper, an ornament's frame, a violin and its bow."""
    canvas = Canvas("#f3e7cb")
    ink, gold = "#5a2b1c", "#a9793a"
    for inset, wide in ((16, 5), (26, 1.4), (44, 1)):
        side = 512 - 2 * inset
        for box in ((0, 0, side, wide), (0, side - wide, side, wide)):
            canvas.rect(inset + box[0], inset + box[1], box[2], box[3], gold)
            canvas.rect(inset + box[1], inset + box[0], box[3], box[2], gold)
    for place in np.linspace(60, 452, 29):
        for edge in (36, 476):
            canvas.disc(place, edge, 2.6, gold)
            canvas.disc(edge, place, 2.6, gold)
    for corner in range(4):
        right, low = corner % 2, corner // 2
        x, y = (52, 460)[right], (52, 460)[low]
        canvas.rect(x - 16 - 6 * right, y - 16 - 6 * low, 38, 38, "#f3e7cb")
        _ornament(canvas, x, y, 1 - 2 * right, 1 - 2 * low, gold)
    canvas.text("ELISAVETA MOREN", 256, 74, 15, ink, anchor="m", width=196, weight=0.01)
    canvas.text("violin", 256, 101, 11, gold, anchor="m", tracking=0.3)
    canvas.ellipse(262, 394, 92, 6, "#c9a46a55")
    instruments.bow(canvas, (330, 262), 1.24, 14, ink, "#d8bd8c")
    instruments.violin(canvas, (240, 266), 1.26, -9, "#b5622a", "#2c140d")
    canvas.text("SIX PARTITAS", 256, 410, 18, ink, anchor="m", tracking=0.16)
    canvas.text("for an empty hall", 256, 438, 11, ink, anchor="m", tracking=0.12)
    _varnish(canvas)
    canvas.paper(21, 11)
    return canvas


def _varnish(canvas: Canvas) -> None:
    """Light the violin's wood from the upper left: only reddish browns change."""
    now = canvas.pixels()
    x, y = grid()
    wood = smoothstep(40, 0, np.abs(now - rgb("#b5622a")).sum(-1))
    light = np.clip(0.5 + (246 - x) / 160 + (300 - y) / 420, 0, 1)
    canvas.lay(mix(rgb("#7d3312"), rgb("#e59a4c"), light), wood)
