"""Rooms: what stands behind a sleeve. Each is drawn at twice the scene's size and scaled down."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .colour import mix, ramp, rgb, smoothstep
from .noise import clouds, fibres

WIDTH, HEIGHT = 1280, 720
FINER = 2


def _sheet(colour: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), colour)
    return image, ImageDraw.Draw(image, "RGBA")


def _box(pen: ImageDraw.ImageDraw, x: float, y: float, w: float, h: float, fill: str) -> None:
    pen.rectangle([FINER * x, FINER * y, FINER * (x + w) - 1, FINER * (y + h) - 1], fill)


def _shades(pen: ImageDraw.ImageDraw, x: float, y: float, w: float, h: float) -> None:
    """A soft shadow falling downwards over a box: darkest at its top."""
    for step in range(24):
        _box(pen, x, y + h * step / 24, w, h / 24 + 1, f"#000000{round(150 * (1 - step / 24)):02x}")


def _done(image: Image.Image, blur: float) -> np.ndarray:
    """The sheet at the scene's size, out of focus by `blur` px, as floats."""
    small = image.reduce(FINER).filter(ImageFilter.GaussianBlur(blur))
    return np.asarray(small, np.float32)


def _plane() -> tuple[np.ndarray, np.ndarray]:
    return np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))


def _hex(colour: np.ndarray) -> str:
    return "#" + "".join(f"{int(np.clip(c, 0, 255)):02x}" for c in colour)


def shelf(seed: int, wood: str = "#6b4528") -> np.ndarray:
    """A shop's shelves, full of record spines."""
    random = np.random.default_rng(seed)
    image, pen = _sheet("#17110d")
    palette = ["#b33a2e", "#2d5d7c", "#e0c068", "#efe7d6", "#2b2b2f", "#7a8f5a", "#c97a3d"]
    palette += ["#51406b", "#d9d2c3", "#1c3a3a", "#8c2f45", "#f1efe9"]
    high = 300.0
    for row, top in enumerate((-190.0, 150.0, 490.0)):
        left = -4.0
        while left < WIDTH:
            if random.random() < 0.03:
                left += random.uniform(10, 46)
            thick, drop = random.uniform(5, 13), random.uniform(0, 9)
            shade = rgb(palette[random.integers(len(palette))]) * random.uniform(0.55, 1.05)
            _box(pen, left, top + drop, thick, high, _hex(shade))
            _box(pen, left + thick - 1.4, top + drop, 1.4, high, "#00000070")
            if random.random() < 0.7:
                long, start = random.uniform(40, 130), random.uniform(20, 150)
                fill = "#f5efe0b0" if shade.mean() < 130 else "#201a18a0"
                _box(pen, left + thick * 0.35, top + drop + start, thick * 0.26, long, fill)
            left += thick + 0.6
        _shades(pen, 0, top - 4, WIDTH, 120)
        _box(pen, 0, top + high, WIDTH, 40, wood)
        _box(pen, 0, top + high, WIDTH, 5, _hex(rgb(wood) * 1.5))
        _box(pen, 0, top + high + 36, WIDTH, 6, "#00000090")
        for card in range(2):
            x = 150 + 520 * card + 170 * (row % 2)
            _box(pen, x, top + high + 9, 92, 24, "#efe6cf")
            _box(pen, x + 10, top + high + 18, random.uniform(40, 70), 5, "#4a3a2a")
    return _done(image, 2.4)


def planks(seed: int) -> np.ndarray:
    """A wall of upright wooden planks."""
    random = np.random.default_rng(seed)
    x, y = _plane()
    wood = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    left = -30
    while left < WIDTH:
        wide = int(random.uniform(105, 165))
        at = slice(max(left, 0), min(left + wide, WIDTH))
        px, py = x[:, at], y[:, at]
        bend = clouds(HEIGHT, WIDTH, 200, 2, int(random.integers(9999)))[:, at]
        rings = np.sin((px - left) / random.uniform(4.5, 8) + 9 * bend + py / 300)
        fibre = fibres(HEIGHT, WIDTH, 3, (24, 1), int(random.integers(9999)))[:, at]
        tone = 0.5 + 0.10 * rings + 0.6 * (fibre - 0.5) + random.uniform(-0.14, 0.14)
        for _ in range(int(random.integers(0, 3))):
            kx, ky = left + random.uniform(0.2, 0.8) * wide, random.uniform(0, HEIGHT)
            away = np.hypot((px - kx) / 13, (py - ky) / 19)
            tone -= 0.4 * np.exp(-(away**2)) * (0.7 + 0.3 * np.cos(away * 9))
        wood[:, at] = ramp(tone, (0, "#3a2113"), (0.5, "#8a5a34"), (1, "#c99a63"))
        gap = np.minimum(px - left, left + wide - 1 - px)
        wood[:, at] *= (0.3 + 0.7 * smoothstep(0, 4, gap))[..., None]
        left += wide
    return wood


def wall(seed: int, tone: str = "#b9b4a8") -> np.ndarray:
    """A plain plastered wall in one lamp's light, with a skirting at its foot."""
    x, y = _plane()
    rough = clouds(HEIGHT, WIDTH, 320, 3, seed) + 0.10 * clouds(HEIGHT, WIDTH, 6, 2, seed + 5)
    lamp = np.exp(-(((x - 330) / 760) ** 2) - ((y - 140) / 620) ** 2)
    scene = rgb(tone) * (0.46 + 0.62 * lamp + 0.12 * (rough - 0.55))[..., None]
    foot = smoothstep(646, 649, y)
    scene = mix(scene, scene * 0.6 + rgb("#f4f1ea") * (0.2 + 0.2 * lamp)[..., None], foot)
    return mix(scene, scene * 0.45, np.exp(-(((y - 646) / 5) ** 2)) * 0.8)


def window(seed: int) -> np.ndarray:
    """A window at night: lights of a street out of focus."""
    random = np.random.default_rng(seed)
    x, y = _plane()
    scene = ramp(y, (0, "#0a1022"), (420, "#1a2140"), (720, "#2c2230"))
    colours = ["#ffb347", "#ff7a3c", "#ffd98a", "#7fc8ff", "#ff5d6c", "#9cffc9", "#fff1d0"]
    for _ in range(64):
        px, py, r = random.uniform(0, WIDTH), random.normal(430, 130), random.uniform(14, 46)
        away = np.hypot(x - px, y - py)
        spot = smoothstep(r + 2, r - 2, away) * (0.35 + 0.3 * (away / r) ** 4)
        light = rgb(colours[random.integers(len(colours))]) * random.uniform(0.35, 1.0)
        scene = 255 - (255 - scene) * (1 - spot[..., None] * light / 255)
    for bar in (x - 40, x - 668, x - 1262):
        scene = mix(scene, rgb("#2a211d"), smoothstep(24, 20, np.abs(bar)))
        scene = mix(scene, rgb("#6a5343"), smoothstep(4, 2, np.abs(bar + 19)) * 0.8)
    sill = smoothstep(664, 667, y)
    return mix(scene, ramp(y, (664, "#7a6252"), (720, "#3a2d27")), sill)


def posters(seed: int) -> np.ndarray:
    """A wall hung with posters: many other rectangles."""
    random = np.random.default_rng(seed)
    image, pen = _sheet("#8d8577")
    inks = ["#d5452f", "#f0c24b", "#2f6c8f", "#efe8d8", "#27242b", "#3f8f6d", "#e08aa0"]
    for column in range(5):
        for row in range(2):
            w, h = random.uniform(180, 236), random.uniform(270, 340)
            x, y = (
                14 + 262 * column + random.uniform(-12, 12),
                14 + 366 * row + random.uniform(-16, 16),
            )
            paper, ink, other = random.choice(inks, 3, replace=False)
            _box(pen, x + 5, y + 7, w, h, "#00000055")
            _box(pen, x, y, w, h, paper)
            cx, cy, r = x + w / 2, y + h * 0.42, w * random.uniform(0.22, 0.4)
            if random.random() < 0.5:
                pen.ellipse([FINER * v for v in (cx - r, cy - r, cx + r, cy + r)], ink)
            else:
                points = [(cx, cy - r), (cx + r, cy + r), (cx - r, cy + r)]
                pen.polygon([(FINER * a, FINER * b) for a, b in points], ink)
            _box(pen, x + w * 0.1, y + h * 0.76, w * 0.8, h * 0.06, other)
            _box(pen, x + w * 0.1, y + h * 0.86, w * 0.5, h * 0.03, ink)
            for corner in (x - 8, x + w - 22):
                _box(pen, corner, y - 6, 30, 13, "#e9e0c2b0")
    return _done(image, 2.0)


def dark(seed: int) -> np.ndarray:
    """A dark room: a small lamp far behind, little else."""
    x, y = _plane()
    scene = ramp(y + 60 * clouds(HEIGHT, WIDTH, 300, 3, seed), (0, "#0d0b10"), (760, "#19141a"))
    lamp = np.hypot((x - 1090) / 1.0, y - 190)
    scene += np.exp(-((lamp / 300) ** 2))[..., None] * rgb("#5a3517")
    shade = smoothstep(8, 0, np.abs(x - 1090) - 34 - (y - 130) * 0.34) * smoothstep(0, 8, y - 130)
    shade *= smoothstep(8, 0, y - 226)
    scene = mix(scene, rgb("#e9a659"), shade * 0.85)
    scene = mix(scene, rgb("#140d0a"), smoothstep(5, 3, np.abs(x - 1090)) * (y > 226))
    table = smoothstep(560, 566, y)
    return mix(scene, scene * 0.5 + rgb("#2a1a10") * np.exp(-lamp / 500)[..., None], table)


def bricks(seed: int) -> np.ndarray:
    """A brick wall."""
    random = np.random.default_rng(seed)
    image, pen = _sheet("#a59a8c")
    for row in range(17):
        for column in range(-1, 12):
            x, y = 122 * column + 61 * (row % 2) + random.uniform(-2, 2), 44 * row
            shade = rgb("#9c4f3a") * random.uniform(0.68, 1.15) + random.normal(0, 5, 3)
            box = [FINER * v for v in (x, y, x + 113, y + 36)]
            pen.rounded_rectangle(box, 5, _hex(shade))
            _box(pen, x + 3, y + 32, 108, 4, "#00000030")
    scene = _done(image, 1.0)
    return scene * (0.72 + 0.5 * clouds(HEIGHT, WIDTH, 40, 5, seed + 1))[..., None]


def curtain(seed: int, tone: str = "#7c2633") -> np.ndarray:
    """A heavy curtain in folds."""
    x, y = _plane()
    sway = 60 * clouds(HEIGHT, WIDTH, 420, 2, seed) + y / 22
    fold = np.sin((x + sway) / 26) + 0.5 * np.sin((x + 1.6 * sway) / 61)
    weave = 0.05 * (clouds(HEIGHT, WIDTH, 3, 1, seed + 3) - 0.5)
    light = 0.62 + 0.26 * fold + weave - 0.18 * (y / HEIGHT)
    return np.clip(rgb(tone) * light[..., None] * 1.25, 0, 255)


def tiles(seed: int) -> np.ndarray:
    """A kitchen's wall of glazed tiles: a grid of straight lines."""
    random = np.random.default_rng(seed)
    image, pen = _sheet("#c9c7bf")
    for row in range(8):
        for column in range(13):
            shade = rgb("#7fa8a3") * random.uniform(0.86, 1.1)
            x, y = 102 * column - 20, 102 * row - 30
            pen.rounded_rectangle([FINER * v for v in (x, y, x + 97, y + 97)], 8, _hex(shade))
            _box(pen, x + 8, y + 8, 60, 7, "#ffffff38")
            _box(pen, x + 8, y + 8, 7, 40, "#ffffff28")
    x, y = _plane()
    light = 1.1 - 0.45 * (x / WIDTH) - 0.15 * (y / HEIGHT)
    return _done(image, 1.2) * light[..., None]


def counter(seed: int) -> np.ndarray:
    """A shop's counter seen from above its edge: a bright wall, a wooden top, a plant."""
    random = np.random.default_rng(seed)
    x, y = _plane()
    scene = ramp(x, (0, "#dfe3df"), (1280, "#a9b3b3"))
    top = ramp(0.5 + 0.5 * (fibres(HEIGHT, WIDTH, 8, (1, 10), seed) - 0.5),
               (0.2, "#8a6038"), (0.8, "#d3a56c"))  # fmt: skip
    scene = mix(scene, top * (0.75 + 0.25 * (y / HEIGHT))[..., None], smoothstep(520, 523, y))
    image = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8)).resize(
        (WIDTH * FINER, HEIGHT * FINER)
    )
    pen = ImageDraw.Draw(image, "RGBA")
    for _ in range(26):
        angle = np.radians(random.uniform(-165, -15))
        long, wide = random.uniform(110, 230), random.uniform(13, 24)
        green = _hex(rgb("#3f7a45") * random.uniform(0.6, 1.25))
        c, s = np.cos(angle), np.sin(angle)
        rim = [(long * t / np.pi, wide * np.sin(t)) for t in np.linspace(0, np.pi, 16)]
        rim += [(u, -v) for u, v in rim[::-1]]
        leaf = [(1120 + u * c - v * s, 430 + u * s + v * c + (u / 30) ** 2) for u, v in rim]
        pen.polygon([(FINER * a, FINER * b) for a, b in leaf], green)
    pot = [(1050, 420), (1190, 420), (1170, 560), (1070, 560)]
    pen.polygon([(FINER * a, FINER * b) for a, b in pot], "#c46a45")
    _box(pen, 1042, 410, 156, 24, "#d47c55")
    return _done(image, 3.2)
