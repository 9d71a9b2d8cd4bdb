"""Sleeves that show a place."""

from itertools import pairwise

import numpy as np

from . import instruments
from .canvas import PIXELS, SIDE, Canvas, brush_mask, curve, grid, star
from .colour import mix, ramp, rgb, smoothstep
from .noise import clouds, fibres, ridge


def _range(canvas: Canvas, base: float, high: float, rough: float, seed: int) -> np.ndarray:
    """The mask (0..1) of a mountain range whose crests reach from `base` up to `base - high`."""
    _, y = grid()
    crest = base - high * ridge(PIXELS, rough, seed)
    return smoothstep(-0.2, 0.2, y - crest[None])


def _spikes() -> list[list[tuple[float, float, float]]]:
    """The right half of an unreadable logo: strokes (x, y, width) from the middle outwards."""
    strokes = []
    letters = [
        [(0, -26), (0, 40)], [(0, -6), (16, -34)], [(20, -36), (38, 34)], [(38, 34), (54, -38)],
        [(62, -32), (62, 32)], [(62, 0), (86, -4)], [(88, -38), (86, 34)], [(98, 32), (112, -36)],
        [(112, -36), (128, 34)], [(102, 8), (126, 8)], [(136, -34), (166, -30)],
        [(150, -40), (150, 36)], [(170, -30), (184, 24)], [(184, 24), (205, -46)],
    ]  # fmt: skip
    for (ax, ay), (bx, by) in letters:
        ts = np.linspace(-0.22, 1.22, 25)
        wide = 8.6 * np.clip(1 - np.abs(ts - 0.5) / 0.73, 0, 1) ** 0.72
        bend = 5 * np.sin(ts * np.pi)
        strokes.append([
            (ax + (bx - ax) * t + b * (by - ay) / 70, ay + (by - ay) * t - b * (bx - ax) / 70, w)
            for t, w, b in zip(ts, wide, bend, strict=True)
        ])  # fmt: skip
    horn = curve([(196, -8), (222, -30), (236, -66), (226, -92)])
    strokes.append([(x, y, 9 * (1 - i / len(horn))) for i, (x, y) in enumerate(horn)])
    for x in (12, 50, 74, 118, 150, 190):
        root = curve([(x, 26), (x + 5, 48), (x - 2, 66 + x / 12), (x + 8, 86 - x / 6)])
        strokes.append([(a, b, 4.4 * (1 - i / len(root))) for i, (a, b) in enumerate(root)])
    return strokes


def mountains() -> Canvas:
    """Metal: a black valley under a pale moon, a spiky symmetric logo."""
    x, y = grid()
    mist = clouds(PIXELS, PIXELS, 210, 6, 31)
    moon = np.hypot(x - 256, y - 236)
    sky = 0.06 + 0.16 * mist + 0.5 * np.exp(-((moon / 150) ** 2)) * (0.4 + mist)
    canvas = Canvas(ramp(sky, (0, "#050608"), (0.5, "#4a5560"), (1, "#c9d2d6")))
    disc = smoothstep(64, 63, moon) * (0.8 + 0.2 * clouds(PIXELS, PIXELS, 50, 4, 33))
    canvas.lay(rgb("#e9ebe6"), disc)
    for base, high, shade, seed in ((400, 170, 0.30, 34), (440, 150, 0.17, 46), (500, 150, 0, 50)):
        tone = shade + 0.30 * smoothstep(base - high * 0.7, base + 30, y) * mist * (shade > 0)
        peak = ramp(tone, (0, "#040506"), (1, "#b9c3c9"))
        canvas.lay(peak, _range(canvas, base, high, 0.56, seed))
    random = np.random.default_rng(35)
    for place in np.sort(random.uniform(-10, 522, 70)):
        tall = random.uniform(18, 52) * (0.5 + abs(place - 256) / 300)
        foot = 512 - 36 * abs(place - 256) / 256
        for tier in range(6):
            at, half = foot - tall * tier / 6, tall * 0.2 * (1 - tier / 7)
            tip = (place, at - tall * 0.36)
            canvas.polygon([(place - half, at), tip, (place + half, at)], "#020303")
        canvas.rect(place - 30, foot - 2, 60, 80, "#020303")
    for stroke in _spikes():
        for side in (1, -1):
            mask = brush_mask([(256 + side * a, 112 + b, w) for a, b, w in stroke])
            canvas.ink(mask, "#f1f3f2")
    canvas.text("BENEATH THE NINTH WINTER", 256, 474, 10, "#dfe4e6", anchor="m", tracking=0.75)
    canvas.film(36, 5)
    return canvas


def sunset() -> Canvas:
    """Country: a setting sun, hills, a fence, a guitar."""
    x, y = grid()
    canvas = Canvas(ramp(y, (0, "#2b3a6b"), (120, "#a2526f"), (230, "#f28a4b"), (320, "#ffd98a")))
    streaks = fibres(PIXELS, PIXELS, 60, (1, 6), 41)
    canvas.lay(rgb("#ffd2a0"), smoothstep(0.55, 0.8, streaks) * 0.5)
    sun = np.hypot(x - 190, y - 292)
    canvas.lay(rgb("#fff0b8"), np.exp(-((sun / 120) ** 2)) * 0.75)
    canvas.disc(190, 292, 66, "#fff3c4")
    for base, swing, colour, seed in (
        (318, 26, "#b8614f", 1.0), (352, 30, "#8a4346", 2.3),
        (398, 28, "#5c2d3a", 4.1), (452, 22, "#331a28", 5.2),
    ):  # fmt: skip
        hill = [(px, base - swing * np.sin(px / 96 + seed) - 9 * np.sin(px / 37 + 2 * seed))
                for px in range(-4, 520, 4)]  # fmt: skip
        canvas.polygon([*hill, (520, 520), (-4, 520)], colour)
    road = curve([(238, 371), (216, 388), (196, 410), (214, 440), (190, 480), (120, 530)])
    canvas.brush([(px, py, 2 + (py - 370) * 0.36) for px, py in road], "#e0a468")
    posts = [(12 + 44 * n, 470 - 10 * n + 0.5 * n**2, 50 - 3.4 * n) for n in range(9)]
    for px, py, tall in posts:
        canvas.rect(px, py - tall, 1 + 0.12 * tall, tall + 8, "#1d0e18")
    for (ax, ay, atall), (bx, by, btall) in pairwise(posts):
        for share in (0.3, 0.72):
            rail = [(ax + 3, ay - atall * share), (bx + 3, by - btall * share)]
            canvas.line(rail, "#1d0e18", 0.07 * btall)
    instruments.guitar(canvas, (396, 318), 1.42, 17, "#c9742c", "#2a1210")
    canvas.text("Dale Harrow", 28, 34, 46, "#fff3c4", width=310, weight=0.05)
    canvas.text("LONG ROAD TO AMITY", 30, 102, 15, "#ffd98a", tracking=0.22, weight=0.03)
    canvas.paper(42, 9)
    return canvas


def skyline() -> Canvas:
    """Hip-hop: bold letters with deep shadows over a city at night."""
    _, y = grid()
    canvas = Canvas(ramp(y, (0, "#ffc21a"), (260, "#ff8a1f"), (400, "#ef3f3a"), (512, "#7c1d4f")))
    for angle in range(0, 360, 12):
        a, b = np.radians(angle), np.radians(angle + 6)
        rays = [(256, 250), (256 + 500 * np.cos(a), 250 + 500 * np.sin(a))]
        canvas.polygon([*rays, (256 + 500 * np.cos(b), 250 + 500 * np.sin(b))], "#fff2a830")
    random = np.random.default_rng(51)
    for colour, low, high, wide, lamp in (
        ("#b52b4c", 150, 270, 46, None), ("#5a1748", 90, 220, 54, "#ff9d4a"),
        ("#1b0d2b", 60, 150, 62, "#ffd84a"),
    ):  # fmt: skip
        left = -12.0
        while left < SIDE:
            w, h = random.uniform(0.55, 1.15) * wide, random.uniform(low, high)
            top = SIDE - h
            canvas.rect(left, top, w, h, colour)
            if random.random() < 0.4:
                canvas.rect(left + w * 0.42, top - 22, 2.4, 24, colour)
            elif random.random() < 0.5:
                canvas.rect(left + w * 0.2, top - 9, w * 0.6, 10, colour)
            for row in np.arange(top + 10, SIDE, 12.0):
                for column in np.arange(left + 7, left + w - 9, 10.0):
                    if lamp and random.random() < 0.34:
                        canvas.rect(column, row, 5, 6.4, lamp)
            left += w + random.uniform(0, 5)
    for line, top, cap, wide, turn, face in (
        ("BLOCK", 64, 116, 424, -6, "#ffffff"), ("LETTERS", 206, 92, 452, -6, "#2be0c8"),
    ):  # fmt: skip
        how = {"anchor": "m", "width": wide, "weight": 0.1, "turn": turn}
        for deep in range(16, 0, -2):
            canvas.text(line, 256 + deep, top + deep, cap, "#1b0d2b", **how)
        for dx, dy in ((-4, 0), (4, 0), (0, -4), (0, 4), (-3, -3), (3, 3), (-3, 3), (3, -3)):
            canvas.text(line, 256 + dx, top + dy, cap, "#1b0d2b", **how)
        canvas.text(line, 256, top, cap, face, **how)
    canvas.rect(26, 22, 190, 30, "#1b0d2b")
    canvas.text("MC OTTOLINE", 121, 29.5, 15, "#ffc21a", anchor="m", weight=0.05, width=166)
    canvas.disc(452, 452, 38, "#ef3f3a")
    canvas.polygon(star(452, 452, 44, 34, 18), "#ffc21a")
    canvas.text("FRESH", 452, 440, 14, "#1b0d2b", anchor="m", weight=0.09, turn=-12)
    canvas.text("CUTS", 455, 458, 11, "#1b0d2b", anchor="m", weight=0.09, turn=-12)
    return canvas


def palms() -> Canvas:
    """Reggae: stripes of green, gold and red rising from a bay with palms."""
    x, y = grid()
    canvas = Canvas("#f4b81c")
    middle, colours = (256, 330), ("#0f7b3f", "#f4b81c", "#d3232b")
    for ray in range(36):
        a, b = np.radians(10 * ray), np.radians(10 * ray + 10.3)
        corners = [middle, (256 + 640 * np.cos(a), 330 + 640 * np.sin(a))]
        corners.append((256 + 640 * np.cos(b), 330 + 640 * np.sin(b)))
        canvas.polygon(corners, colours[ray % 3])
    canvas.disc(256, 330, 122, "#1c1a12")
    canvas.disc(256, 330, 116, "#ffe27a")
    canvas.lay(
        ramp(y, (214, "#ffe98f"), (330, "#f9822f")),
        smoothstep(110, 109, np.hypot(x - 256, y - 330)),
    )
    for row in range(15):
        top = 330 + 13 * row
        shift = 40 * np.sin(row * 2.1)
        wave = curve([(px, top + 3.5 * np.sin(px / 20 + shift)) for px in range(-10, 530, 10)], 3)
        canvas.polygon([*wave, (530, 520), (-10, 520)], ("#123f3a", "#175a4d")[row % 2])
    glint = np.random.default_rng(61)
    for row in range(40):
        py = 340 + 4.2 * row
        px, w = 256 + glint.normal(0, 14 + row * 0.5), glint.uniform(6, 40)
        canvas.ellipse(px, py, w, 1.1, "#ffd66b")
    canvas.polygon(curve([(-20, 520), (-10, 450), (70, 428), (150, 462), (210, 520)]), "#10130f")
    canvas.polygon(curve([(350, 520), (410, 470), (470, 452), (530, 460), (530, 520)]), "#10130f")
    instruments.palm(canvas, (60, 448), (128, 214), 112, "#10130f", 62)
    instruments.palm(canvas, (94, 452), (52, 296), 88, "#10130f", 63)
    instruments.palm(canvas, (462, 466), (404, 262), 100, "#10130f", 64)
    for dx, fill in ((4, "#10130f"), (0, "#fff3cf")):
        canvas.text("ISLAND FERRY", 256 + dx, 30 + dx, 44, fill, anchor="m", width=440, weight=0.08)
    canvas.rect(130, 90, 252, 30, "#10130f")
    canvas.text("SLOW TIDE DUB", 256, 97, 16, "#f4b81c", anchor="m", tracking=0.22, weight=0.05)
    canvas.paper(65, 12)
    return canvas


def window() -> Canvas:
    """Folk: a painted sea inside a heavy black frame inside a white sleeve."""
    canvas = Canvas("#f4f1ea")
    canvas.rect(84, 66, 344, 344, "#161514")
    canvas.rect(98, 80, 316, 316, "#f4f1ea")
    canvas.rect(103, 85, 306, 306, "#161514")
    x, y = grid()
    paint = clouds(PIXELS, PIXELS, 60, 5, 71)
    sky = ramp(y + 70 * (paint - 0.5), (85, "#3f6f9f"), (170, "#a8c6cf"), (235, "#f4d9b0"))
    swell = np.sin(np.abs(y - 236) ** 1.15 / 4 + 5 * clouds(PIXELS, PIXELS, 90, 4, 72) + x / 60)
    sea = ramp(
        y + 26 * swell * (y - 236) / 150, (236, "#9fc0bd"), (300, "#2f7d86"), (390, "#0f3c52")
    )
    picture = mix(sky, sea, smoothstep(236, 237, y))
    picture += (fibres(PIXELS, PIXELS, 14, (1, 6), 73)[..., None] - 0.5) * 44
    inside = smoothstep(0, 0.3, np.minimum(x - 106, 406 - x)) * smoothstep(
        0, 0.3, np.minimum(y - 88, 388 - y)
    )
    canvas.lay(picture, inside)
    canvas.polygon([(318, 246), (322, 206), (344, 246)], "#fbf6ea")
    canvas.polygon([(316, 246), (314, 214), (300, 246)], "#f0e2cc")
    canvas.polygon([(296, 248), (348, 248), (338, 257), (304, 257)], "#7a2f22")
    cliff = curve([(106, 214), (130, 208), (150, 218), (168, 230), (186, 250), (106, 262)], 6)
    canvas.polygon([(106, 214), *cliff, (106, 262)], "#4d5a4a")
    canvas.rect(126, 182, 9, 30, "#f7f2e6")
    canvas.rect(124, 176, 13, 6, "#b3372c")
    canvas.disc(252, 150, 14, "#fff4d6")
    canvas.text("THE WINDOW SEAT", 256, 436, 21, "#161514", anchor="m", tracking=0.18)
    canvas.text("ada thornquist", 256, 469, 13, "#7a2f22", anchor="m", tracking=0.14)
    canvas.paper(74, 5)
    return canvas


def dunes() -> Canvas:
    """Ambient: sand in low light, as if photographed: a height field lit from one side."""
    x, y = grid()
    warp = clouds(PIXELS, PIXELS, 700, 2, 81)
    fine = clouds(PIXELS, PIXELS, 150, 2, 82)
    slope = (y - 0.35 * x + 60 * np.sin(x / 120) + 150 * warp) / 190
    height = 215 * np.abs((slope % 2) - 1) ** 1.25
    phase = y * 0.8 + x * 0.45 + 150 * warp + 26 * fine
    height += 2.6 * np.sin(phase / 3.1 + 0.8 * np.sin(phase / 3.1)) * (0.35 + 0.9 * fine)
    height += 0.9 * clouds(PIXELS, PIXELS, 6, 2, 83)
    down, across = np.gradient(height)
    light = (0.62 * across - 0.5 * down + 0.6) / np.sqrt(1 + across**2 + down**2)
    sand = [(-0.2, "#1c1022"), (0.25, "#6b2f2a"), (0.6, "#d07f45"), (1.0, "#ffe3ae")]
    canvas = Canvas(ramp(light, *sand))
    canvas.vignette(0.55, "#160b18")
    canvas.film(84, 7)
    canvas.text("ERG", 36, 440, 34, "#fff2d8", weight=0.0, tracking=0.5)
    canvas.text("wind recordings, volume two", 37, 484, 9, "#fff2d8", tracking=0.16)
    return canvas
