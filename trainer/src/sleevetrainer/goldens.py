"""Pictures that hold the device to the trainer: how they are prepared, and what the network says of them.

They are drawn here, by numbers alone. They are no covers, never enter training, and nothing is tuned to
them.
"""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from .bundle import read
from .onnx_file import OUTPUTS, session
from .preprocess import normalised, opened, scaled
from .run import write_beside, write_json


def drawn() -> dict[str, bytes]:
    """The pictures by file name: odd sizes and every kind of file that a shop may have."""
    return {
        "square.png": _encoded(_picture(300, 300, 1), "PNG"),
        "odd.png": _encoded(_picture(151, 150, 2), "PNG"),
        "wide.png": _encoded(_picture(640, 481, 3), "PNG"),
        "small.png": _encoded(_picture(64, 64, 4), "PNG"),
        "noise.png": _encoded(_noise(256), "PNG"),
        "grey.png": _encoded(_picture(240, 240, 5).convert("L"), "PNG"),
        "palette.png": _encoded(_picture(200, 200, 6).quantize(32), "PNG"),
        "transparent.png": _encoded(_transparent(_picture(220, 220, 7)), "PNG"),
        "colour-444.jpg": _encoded(_picture(320, 320, 8), "JPEG", quality=90, subsampling=0),
        "colour-420.jpg": _encoded(_picture(333, 333, 9), "JPEG", quality=85, subsampling=2),
        "progressive.jpg": _encoded(_picture(300, 300, 10), "JPEG", quality=80, progressive=True),
        "grey.jpg": _encoded(_picture(300, 300, 11).convert("L"), "JPEG", quality=90),
        "turned.jpg": _turned(_picture(320, 240, 12)),
    }


def goldens(bundle: Path, out: Path) -> int:
    """Writes the pictures, each as it is prepared (`NAME.prepared.png`), and what the network says.

    `answers.json` holds logits and embedding by file name, as ONNX Runtime gives them.

    Args:
        bundle: The bundle whose input and network count.
        out: Where to.

    Returns:
        How many pictures there are.
    """
    description, network = read(bundle)
    size, run = description["input"]["size"], session(network)
    answers = {}
    for name, content in drawn().items():
        path = out / name
        # The pictures stay as they were first drawn: encoders change with their versions.
        if not path.exists():
            write_beside(path, lambda beside, content=content: beside.write_bytes(content))
        pixels = prepared(path, size)
        png = _encoded(Image.fromarray(pixels), "PNG")
        write_beside(out / f"{name}.prepared.png", lambda beside, png=png: beside.write_bytes(png))
        outputs = dict(zip(OUTPUTS, run(normalised(pixels)[None]), strict=True))
        answers[name] = {key: [round(float(value), 5) for value in outputs[key][0]] for key in OUTPUTS[:2]}
    write_json(out / "answers.json", {"bundle": description["network"]["sha256"], "pictures": answers})
    return len(answers)


def prepared(path: Path, size: int) -> np.ndarray:
    """A picture as the network takes it, before its values are normalised, `size x size x 3` uint8."""
    return scaled(opened(path), size)


def read_answers(out: Path) -> dict:
    """What `goldens` wrote in `answers.json`."""
    return json.loads((out / "answers.json").read_text(encoding="utf-8"))


def _picture(width: int, height: int, seed: int) -> Image.Image:
    """Ramps, stripes that alias when they are scaled badly, blocks and a little noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    ramps = np.stack([255 * x / width, 255 * y / height, 255 * (x + y) / (width + height)], axis=-1)
    stripes = 60 * np.sign(np.sin((x + seed * y) * (0.4 + 0.15 * seed)))[..., None]
    pixels = ramps + stripes * (y > height / 2)[..., None] + random.normal(0, 6, (height, width, 3))
    for _ in range(6):
        left, top = random.integers(0, width), random.integers(0, height)
        pixels[top : top + height // 5, left : left + width // 4] = random.integers(0, 256, 3)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _noise(side: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8))


def _transparent(picture: Image.Image) -> Image.Image:
    picture = picture.convert("RGBA")
    alpha = np.linspace(0, 255, picture.width).astype(np.uint8)
    picture.putalpha(Image.fromarray(np.broadcast_to(alpha, (picture.height, picture.width)).copy()))
    return picture


def _turned(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    return _encoded(picture, "JPEG", quality=92, subsampling=0, exif=exif)


def _encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
