"""Sleeves with a face on them."""

import numpy as np

from .canvas import PIXELS, SCALE, Canvas, curve, grid, star
from .colour import ramp, rgb, smoothstep
from .noise import clouds


def pastel() -> Canvas:
    """Pop: a portrait in pastel shapes, sunglasses and all."""
    x, y = grid()
    canvas = Canvas(ramp(x + y, (100, "#ffd1e3"), (950, "#c9c4ff")))
    canvas.disc(256, 250, 190, "#fff1b8")
    canvas.disc(256, 250, 168, "#ffb7cf")
    for px, py, r, colour in ((62, 96, 26, "#8fe3d0"), (452, 150, 18, "#ff8fab"),
                              (438, 410, 34, "#8fe3d0"), (70, 398, 16, "#fff1b8")):  # fmt: skip
        canvas.disc(px, py, r, colour)
    for px in range(5):
        canvas.line([(402 + 16 * px, 76), (426 + 16 * px, 104)], "#7f7bff", 5)
    hair = [(256, 92), (332, 104), (376, 168), (378, 250), (394, 330), (372, 408), (300, 424)]
    hair += [(212, 424), (140, 408), (118, 330), (134, 250), (136, 168), (180, 104)]
    canvas.polygon(curve(hair, closed=True), "#6a3fa0")
    canvas.polygon([(222, 330), (290, 330), (298, 420), (214, 420)], "#f2a48d")
    coat = curve([(70, 530), (96, 440), (190, 402), (256, 432), (322, 402), (416, 440), (442, 530)])
    canvas.polygon(coat, "#3ec8b4")
    canvas.polygon(
        [(208, 396), (256, 452), (304, 396), (330, 420), (262, 520), (250, 520), (182, 420)],
        "#fff7ef",
    )
    face = [(256, 152), (318, 172), (334, 236), (320, 306), (284, 350), (256, 360), (228, 350)]
    canvas.polygon(curve([*face, (192, 306), (178, 236), (194, 172)], closed=True), "#ffc7ae")
    shade = curve(
        [
            (256, 152),
            (318, 172),
            (334, 236),
            (320, 306),
            (284, 350),
            (256, 360),
            (280, 290),
            (276, 210),
        ],
        closed=True,
    )
    canvas.polygon(shade, "#ff9f8f70")
    fringe = [(256, 120), (330, 138), (346, 222), (312, 192), (268, 178), (222, 196), (172, 236)]
    canvas.polygon(curve([*fringe, (170, 160)], closed=True), "#7d4fc0")
    canvas.line(curve([(196, 140), (246, 132), (306, 158)]), "#a985ea", 5)
    for px in (212, 300):
        canvas.disc(px, 244, 39, "#ff4f87")
        canvas.disc(px, 244, 32, "#2b2350")
        canvas.polygon([(px - 20, 256), (px + 8, 222), (px + 18, 226), (px - 12, 264)], "#7f7bff")
        canvas.disc(px + 14, 258, 5, "#8fe3d0")
    canvas.line([(248, 240), (264, 240)], "#ff4f87", 8)
    canvas.line(curve([(258, 276), (266, 292), (254, 296)]), "#e8836f", 4)
    canvas.polygon(
        curve(
            [(228, 322), (246, 313), (256, 317), (266, 313), (286, 322), (256, 340)], closed=True
        ),
        "#e0315f",
    )
    canvas.line(curve([(230, 322), (256, 325), (284, 322)]), "#9c1c46", 2)
    for px in (168, 346):
        canvas.polygon(star(px, 326, 17, 7, 5), "#fff1b8")
        canvas.line([(px, 300), (px, 311)], "#fff1b8", 2)
    canvas.text("MINA BELLWEATHER", 256, 30, 26, "#6a3fa0", anchor="m", width=424, weight=0.06)
    canvas.text("sherbet", 256, 462, 36, "#6a3fa0", anchor="m", width=236, weight=0.09)
    canvas.text("sherbet", 253, 459, 36, "#ff4f87", anchor="m", width=236, weight=0.09)
    return canvas


def _face_light(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The brightness (0..1) of a face lit from the left, for units x and y."""

    def blob(cx: float, cy: float, rx: float, ry: float, soft: float = 0.5) -> np.ndarray:
        return smoothstep(1 + soft, 1 - soft, np.hypot((x - cx) / rx, (y - cy) / ry))

    head = blob(262, 226, 112, 152, 0.04)
    jaw = np.where(y > 226, np.hypot((x - 262) / 112, (y - 226) / 152) ** 2 - 1, -1)
    neck = blob(270, 400, 58, 110, 0.1)
    light = 0.02 + 0 * jaw
    light = np.maximum(light, neck * (0.42 - (x - 262) / 260))
    shoulders = smoothstep(0, 3, y - 418 - 0.0022 * (x - 266) ** 2)
    light = np.where(shoulders > 0.5, 0.16 + 0.10 * (x < 240), light)
    skin = 0.86 - 0.0026 * (x - 200) - 0.0008 * np.abs(y - 220) - 0.5 * smoothstep(335, 372, x)
    skin += (
        0.18 * blob(206, 276, 46, 46)
        + 0.14 * blob(226, 148, 70, 36)
        - 0.16 * blob(322, 290, 50, 70)
    )
    for cx in (212, 308):
        skin -= 0.52 * blob(cx, 206, 36, 16, 0.6)
        skin -= 0.62 * blob(cx, 180 - (cx - 260) ** 2 / 900, 38, 7, 0.5)
        skin += 0.7 * blob(cx, 212, 21, 8, 0.25) - 0.9 * blob(cx + 2, 211, 8.5, 8.5, 0.15)
    skin += 0.26 * blob(254, 246, 9, 46) - 0.40 * blob(278, 256, 13, 42, 0.7)
    skin -= 0.55 * blob(248, 294, 8, 4) + 0.55 * blob(276, 294, 9, 4)
    skin -= (
        0.62 * blob(262, 326, 38, 5.5, 0.5)
        + 0.28 * blob(262, 336, 30, 10)
        + 0.2 * blob(262, 352, 26, 6)
    )
    light = np.where(head > 0.5, np.clip(skin, 0.03, 1), light)
    sweep = 128 + 22 * np.sin((x - 150) / 60) + 0.12 * (x - 262)
    hair = (np.hypot((x - 266) / 136, (y - 184) / 146) < 1) & (
        (y < sweep) | (np.abs(x - 262) > 108)
    )
    strands = 0.06 + 0.12 * np.sin((x + y * 0.3) / 5.0) ** 6
    return np.where(hair & (y < 262), strands, light)


def halftone() -> Canvas:
    """Punk: a face in coarse halftone dots on yellow, a torn strip with the name."""
    x, y = grid()
    canvas = Canvas("#ffe500")
    canvas.polygon([(0, 0), (512, 0), (512, 210), (0, 380)], "#ff3d7f")
    pitch, angle = 6.6, np.radians(28)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    cu, cv = (np.floor(u / pitch) + 0.5) * pitch, (np.floor(v / pitch) + 0.5) * pitch
    cx, cy = cu * np.cos(angle) - cv * np.sin(angle), cv * np.cos(angle) + cu * np.sin(angle)
    figure = _figure(x, y)
    canvas.lay(rgb("#fffdf3"), figure)
    dark = 1 - _face_light(cx, cy)
    radius = pitch * 0.74 * np.sqrt(np.clip(dark, 0, 1))
    dots = smoothstep(radius + 0.25, radius - 0.25, np.hypot(u - cu, v - cv))
    canvas.lay(rgb("#141216"), dots * figure)
    _strip(canvas, 388, 70, -5, "#141216", 91)
    canvas.text(
        "THE STAPLERS", 256, 394, 46, "#ffe500", anchor="m", width=420, weight=0.07, turn=-5
    )
    _strip(canvas, 462, 32, 3, "#fffdf3", 92)
    canvas.text("OFFICE HOURS ARE OVER", 256, 468, 16, "#141216", anchor="m", weight=0.08, turn=3)
    ink = clouds(PIXELS, PIXELS, 4 * SCALE, 2, 93)
    canvas.lay(rgb("#fff6c0"), smoothstep(0.8, 0.9, ink) * 0.6)
    return canvas


def _figure(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where the halftone's person stands: 1 inside head, hair, neck and shoulders."""
    head = np.hypot((x - 262) / 114, (y - 226) / 154) < 1
    hair = (np.hypot((x - 266) / 138, (y - 184) / 148) < 1) & (y < 264)
    body = (y > 418 + 0.0022 * (x - 266) ** 2) | (np.hypot((x - 270) / 58, (y - 400) / 110) < 1)
    return (head | hair | body).astype(np.float32)


def _strip(canvas: Canvas, y: float, high: float, turn: float, fill: str, seed: int) -> None:
    """A strip of torn paper across the sleeve, its upper edge at `y` in the middle."""
    random = np.random.default_rng(seed)
    slope = np.tan(np.radians(turn))
    xs = np.arange(-10, 530, 6)
    top = [(px, y + (px - 256) * slope + random.uniform(-2.4, 2.4)) for px in xs]
    low = [(px, y + high + (px - 256) * slope + random.uniform(-2.4, 2.4)) for px in xs]
    canvas.polygon([*top, *low[::-1]], fill)
