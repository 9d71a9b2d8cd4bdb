"""Sleeves of pattern, paper and type alone."""

import numpy as np

from .canvas import (
    PIXELS,
    Canvas,
    blank_mask,
    brush_mask,
    curve,
    grid,
    polygon_mask,
    star,
    text_mask,
    turned,
)
from .colour import mix, ramp, rgb, smoothstep
from .noise import clouds


def grid_waves() -> Canvas:
    """Electronic: a neon grid to the horizon, wave forms glowing over it."""
    _, y = grid()
    canvas = Canvas(ramp(y, (0, "#07031a"), (190, "#1d0b46"), (300, "#5a1278"), (308, "#0a0420")))
    random = np.random.default_rng(101)
    for px, py in random.uniform((0, 0), (512, 230), (110, 2)):
        canvas.disc(px, py, random.uniform(0.4, 1.3), "#d9d4ff")
    for place in np.linspace(-12, 12, 25):
        mask = brush_mask([(256 + place * 26, 306, 0.8), (256 + place * 190, 530, 3.4)])
        canvas.shine(mask, "#ff2bd6", 5, 1.2)
        canvas.ink(mask, "#ff7be9")
    for row in range(13):
        py = 306 + 214 * (row / 12) ** 2.1
        mask = brush_mask([(-5, py, 0.8 + row * 0.2), (517, py, 0.8 + row * 0.2)])
        canvas.shine(mask, "#ff2bd6", 5, 1.2)
        canvas.ink(mask, "#ff7be9")
    px = np.linspace(-6, 518, 420)
    hull = np.exp(-(((px - 256) / 130) ** 2))
    for turn, colour, high in ((0.0, "#19e3ff", 84), (0.9, "#ff2bd6", 66), (1.9, "#8b5bff", 50)):
        wave = 196 - high * hull * np.sin(px / 13 + turn * 2) * np.cos(px / 41 + turn)
        mask = brush_mask([(a, b, 2.6) for a, b in zip(px, wave, strict=True)])
        canvas.glow(mask, colour, 12)
        canvas.ink(mask, "#f2fdff" if turn == 0 else colour)
    canvas.glow(text_mask("NULLPORT", 256, 44, 34, anchor="m", tracking=0.42), "#19e3ff", 8)
    canvas.text("NULLPORT", 256, 44, 34, "#eafcff", anchor="m", tracking=0.42)
    canvas.text("CARRIER WAVE", 256, 470, 13, "#ffffff", anchor="m", tracking=0.9, weight=0.05)
    return canvas


def swirl() -> Canvas:
    """Rock: a psychedelic whirl with swelling letters."""
    x, y = grid()
    dx, dy = x - 256, y - 290
    radius, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
    wobble = clouds(PIXELS, PIXELS, 560, 3, 111) * 1.4
    turn = angle * 3 / np.pi + 2.3 * np.log(radius + 14) + 0.28 * np.sin(radius / 21) + wobble
    band = (turn % 2) * 4
    stops = [(0, "#ff5a1f"), (0.96, "#ff5a1f"), (1.0, "#3a0d4d"), (1.16, "#3a0d4d")]
    stops += [(1.2, "#ffc92b"), (2.96, "#ffc92b"), (3.0, "#3a0d4d"), (3.16, "#3a0d4d")]
    stops += [(3.2, "#e6196b"), (4.96, "#e6196b"), (5.0, "#3a0d4d"), (5.16, "#3a0d4d")]
    stops += [(5.2, "#18a38f"), (7.2, "#18a38f"), (7.24, "#3a0d4d"), (7.4, "#3a0d4d")]
    stops += [(7.44, "#ff5a1f"), (8, "#ff5a1f")]
    canvas = Canvas(ramp(band, *stops))
    for px, py, r in ((256, 290, 60), (256, 290, 46)):
        canvas.disc(px, py, r, "#3a0d4d" if r == 60 else "#fff1c9")
    canvas.disc(256, 290, 38, "#18a38f")
    canvas.lay(
        ramp(angle, (-3.2, "#0d6f6a"), (0, "#7be0a8"), (3.2, "#0d6f6a")), smoothstep(38, 37, radius)
    )
    canvas.disc(256, 290, 19, "#1d0629")
    canvas.disc(247, 281, 6, "#fff1c9")
    t = np.linspace(-1, 1, 60)
    lift, tall = 54 * (1 - t**2), 1 + 0.75 * t**2
    for spread, fill in ((0.2, "#3a0d4d"), (0.08, "#fff1c9")):
        mask = text_mask("PAISLEY TAPIRS", 256, 92, 60, anchor="m", width=452 + 30 * spread,
                         weight=spread, lift=lift, stretch=tall)  # fmt: skip
        canvas.ink(mask, fill)
    for spread, fill in ((0.24, "#3a0d4d"), (0.05, "#fff1c9")):
        mask = text_mask("kaleidoscope weather", 256, 452, 27, anchor="m", width=404 + 20 * spread,
                         weight=spread, lift=18 * t**2, stretch=1 + 0 * t)  # fmt: skip
        canvas.ink(mask, fill)
    canvas.paper(112, 10)
    return canvas


def circles() -> Canvas:
    """Soul: concentric circles in the browns and oranges of a living room."""
    canvas = Canvas("#f3dfb6")
    colours = ("#7a2e1d", "#d9541e", "#f0932b", "#f6c667", "#2f6f6b")
    for ring, radius in enumerate(range(330, 30, -20)):
        canvas.disc(330, 320, radius, colours[ring % 5])
    canvas.disc(330, 320, 30, "#f3dfb6")
    for ring, radius in enumerate(range(118, 10, -16)):
        canvas.disc(96, 118, radius, colours[(ring + 2) % 5])
    canvas.disc(96, 118, 9, "#f3dfb6")
    canvas.rect(0, 404, 512, 108, "#f3dfb6")
    canvas.rect(0, 404, 512, 5, "#7a2e1d")
    canvas.text("Sister Halcyon", 28, 428, 34, "#7a2e1d", width=290, weight=0.05)
    canvas.text("ROUND & ROUND", 484, 438, 12, "#d9541e", anchor="r", tracking=0.06, weight=0.05)
    canvas.text("STEREO", 484, 462, 9, "#2f6f6b", anchor="r", tracking=0.4, weight=0.05)
    canvas.paper(121, 12)
    return canvas


def white() -> Canvas:
    """A nearly white sleeve: a pressed circle, a hair's line, two small words."""
    x, y = grid()
    canvas = Canvas(ramp(x + y, (0, "#fbfaf7"), (1024, "#f1f0ec")))
    radius = np.hypot(x - 256, y - 236)
    lit = np.cos(np.arctan2(y - 236, x - 256) - np.radians(225))
    edge = np.exp(-(((radius - 118) / 2.2) ** 2)) * lit
    canvas.lay(rgb("#ffffff"), np.clip(edge, 0, 1))
    canvas.lay(rgb("#b9b8b4"), np.clip(-edge, 0, 1) * 0.8)
    canvas.rect(36, 470, 60, 0.8, "#9a9996")
    canvas.text("nils vaere", 36, 440, 10, "#6f6e6b", tracking=0.12)
    canvas.text("snow, later", 36, 482, 10, "#9a9996", tracking=0.12)
    canvas.paper(131, 2.5)
    return canvas


def black() -> Canvas:
    """A nearly black sleeve: a glossy square turned on matt board, a word."""
    x, y = grid()
    canvas = Canvas("#0d0d0f")
    square = polygon_mask(
        turned([(-120, -120), (120, -120), (120, 120), (-120, 120)], 45, (256, 240))
    )
    gloss = ramp(
        (x - y) + 40 * np.sin((x + y) / 90), (-220, "#0a0a0c"), (0, "#2c2d33"), (200, "#111114")
    )
    canvas.lay(gloss, square)
    canvas.text("OBSIDIAN CHOIR", 256, 458, 9, "#77777d", anchor="m", tracking=0.9)
    canvas.rect(236, 484, 40, 0.8, "#55555a")
    canvas.paper(141, 2.5)
    return canvas


def _torn(points: list, seed: int, rough: float = 3.0) -> list:
    """A polygon with torn edges: each side cut into short, jittered steps."""
    random = np.random.default_rng(seed)
    out = []
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        steps = max(2, int(np.hypot(bx - ax, by - ay) / 6))
        for t in np.arange(steps) / steps:
            out.append((ax + (bx - ax) * t + random.uniform(-rough, rough),
                        ay + (by - ay) * t + random.uniform(-rough, rough)))  # fmt: skip
    return out


def _paste(canvas: Canvas, points: list, picture: np.ndarray, seed: int) -> None:
    """Paste a torn piece of `picture` with its white torn rim and its shadow."""
    rim = _torn(points, seed, 3.4)
    middle = np.mean(points, 0)
    inner = [tuple(middle + (np.array(p) - middle) * 0.975) for p in _torn(points, seed + 1, 2.2)]
    shade = blank_mask()
    shade.paste(polygon_mask([(px + 3, py + 5) for px, py in rim]))
    canvas.ink(shade, "#00000040")
    canvas.polygon(rim, "#f7f3ea")
    canvas.lay(picture, polygon_mask(inner))


def collage() -> Canvas:
    """Indie: torn and pasted paper, stripes, dots, an eye, letters cut from elsewhere."""
    x, y = grid()
    canvas = Canvas("#c9b79a")
    canvas.paper(151, 16)
    stripes = mix(rgb("#f2efe6"), rgb("#d23c2a"), smoothstep(-0.1, 0.1, np.sin((x + y) / 7)))
    _paste(canvas, [(-20, -20), (250, -20), (214, 196), (-20, 232)], stripes, 152)
    sky = ramp(
        y + 90 * clouds(PIXELS, PIXELS, 150, 5, 153),
        (20, "#2f7fb5"),
        (140, "#a8d5e6"),
        (240, "#fbfbf4"),
    )
    _paste(canvas, [(196, 30), (540, -20), (540, 258), (238, 226)], sky, 154)
    _paste(canvas, [(-20, 316), (206, 268), (286, 540), (-20, 540)], rgb("#16564e"), 155)
    spots = smoothstep(4.4, 4.0, np.hypot(x % 15 - 7.5, (y + 7.5 * ((x // 15) % 2)) % 15 - 7.5))
    dots = mix(rgb("#ffd23f"), rgb("#1d1b22"), spots)
    _paste(canvas, [(330, 250), (540, 232), (540, 470), (356, 440)], dots, 156)
    moon = [(256 + 104 * np.cos(a), 256 + 104 * np.sin(a)) for a in np.linspace(0, 6.1, 26)]
    _paste(canvas, moon, ramp(np.hypot(x - 220, y - 210), (0, "#fff8dc"), (190, "#f0a6a0")), 157)
    lid = curve(
        [
            (176, 258),
            (216, 220),
            (262, 208),
            (308, 226),
            (338, 258),
            (300, 288),
            (254, 296),
            (210, 286),
        ],
        closed=True,
    )
    canvas.polygon(lid, "#fbfaf5")
    canvas.disc(258, 252, 40, "#16564e")
    canvas.disc(258, 252, 33, "#3fa58e")
    canvas.disc(258, 252, 19, "#121014")
    canvas.disc(247, 240, 8, "#ffffff")
    canvas.line([*lid, lid[0]], "#121014", 4.5)
    for lash in range(8):
        a = np.radians(208 + 18 * lash)
        ends = [
            (258 + 78 * np.cos(a), 258 + 46 * np.sin(a)),
            (258 + 98 * np.cos(a), 258 + 76 * np.sin(a)),
        ]
        canvas.brush([(*ends[0], 5.5), (*ends[1], 1)], "#121014")
    for leaf in range(7):
        px, py = 60 + 14 * leaf, 500 - 26 * leaf
        for side in (-1, 1):
            blade = [(0, 0), (16, -10), (44, -6), (58, 2), (34, 10), (12, 8)]
            canvas.polygon(curve(turned(blade, -62 + side * 58, (px, py)), closed=True), "#f3c9b5")
    canvas.line([(46, 526), (150, 332)], "#f3c9b5", 3.5)
    canvas.polygon(star(440, 108, 60, 27, 12, 8), "#ffd23f")
    canvas.polygon(star(440, 108, 40, 20, 12, 8), "#d23c2a")
    cuts = zip("SCISSORCLUB", (1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0), strict=True)
    random = np.random.default_rng(158)
    for place, (letter, dark) in enumerate(cuts):
        px, py = 92 + 33 * place + 14 * (place > 6), 402 + random.uniform(-7, 7)
        tilt, colours = random.uniform(-11, 11), ("#121014", "#fbfaf5")
        card = [(-17, -24), (17, -24), (17, 26), (-17, 26)]
        canvas.polygon(turned([(a + 2, b + 3) for a, b in card], tilt, (px, py)), "#00000050")
        canvas.polygon(turned(card, tilt, (px, py)), colours[1 - dark])
        face = colours[dark] if place % 4 else "#d23c2a"
        canvas.text(letter, px, py - 15, 31, face, anchor="m", weight=0.08, turn=tilt)
    canvas.rect(330, 470, 158, 24, "#fbfaf5")
    canvas.text("CUT & KEEP", 409, 475.5, 13, "#121014", anchor="m", tracking=0.2, weight=0.05)
    return canvas
