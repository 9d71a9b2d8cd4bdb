"""Lettering: Pillow's embedded typeface, made bold, spaced out or stretched as a sleeve wants."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_SIZE = 240
_FONT = ImageFont.load_default(_SIZE)
_CAP_TOP, _CAP_BOTTOM = (_FONT.getbbox("H", anchor="ls")[i] for i in (1, 3))
CAP = _CAP_BOTTOM - _CAP_TOP


def ink(text: str, cap: float, width: float | None, weight: float, tracking: float) -> tuple:
    """The ink of one line of `text`, and how far its top lies below the top of the capitals.

    `cap` and `width` in pixels (no width: the type's own), `weight` and `tracking` (thickening,
    extra space between letters, which grows with the weight
    anyhow) as shares of the cap height. Returns an "L" mask, cropped left
    and right to the ink, and the offset in pixels.
    """
    stroke = round(weight * CAP)
    step = (tracking + 1.5 * weight) * CAP
    length = sum(_FONT.getlength(letter) + step for letter in text)
    margin = _SIZE
    sheet = Image.new("L", (int(length) + 2 * margin, 2 * _SIZE + 2 * stroke), 0)
    pen = ImageDraw.Draw(sheet)
    x, baseline = float(margin), 1.3 * _SIZE + stroke
    for place, letter in enumerate(text):
        pen.text((x, baseline), letter, 255, _FONT, anchor="ls", stroke_width=stroke)
        pair = text[place : place + 2]
        kern = _FONT.getlength(pair) - sum(map(_FONT.getlength, pair)) if len(pair) == 2 else 0
        x += _FONT.getlength(letter) + kern + step
    left, top, right, bottom = sheet.getbbox()
    scale = cap / (CAP + 2 * stroke)
    wide = width if width is not None else (right - left) * scale
    size = (max(1, round(wide)), max(1, round((bottom - top) * scale)))
    mask = sheet.resize(size, Image.Resampling.LANCZOS, box=(left, top, right, bottom))
    return mask, (top - (baseline + _CAP_TOP - stroke)) * scale


def arch(mask: Image.Image, lift: np.ndarray, stretch: np.ndarray) -> Image.Image:
    """Bend a line of type: column x is raised by `lift(x)` px and made `stretch(x)` times as tall.

    Both arrays are sampled evenly from the left end of `mask` to the right one.
    """
    pixels = np.asarray(mask, np.float32)
    height, width = pixels.shape
    at = np.linspace(0, 1, width)
    lift = np.interp(at, np.linspace(0, 1, len(lift)), lift)
    stretch = np.interp(at, np.linspace(0, 1, len(stretch)), stretch)
    tall = int(np.ceil((height * stretch + lift).max()))
    y = np.arange(tall)[:, None]
    source = (height - 1) - (tall - 1 - y - lift[None]) / stretch[None]
    low = np.clip(np.floor(source).astype(int), 0, height - 2)
    part = np.clip(source - low, 0, 1)
    columns = np.arange(width)[None]
    bent = pixels[low, columns] * (1 - part) + pixels[low + 1, columns] * part
    bent[(source < 0) | (source > height - 1)] = 0
    return Image.fromarray(bent.astype(np.uint8))
