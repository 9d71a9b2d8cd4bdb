"""The words on a flat cover, read by ONNX Runtime as the device reads them by tract.

Detection follows Liao et al., "Real-time Scene Text Detection with Differentiable Binarization" (AAAI 2020),
whose network gives a map of shrunk text; recognition is greedy CTC (Graves et al., ICML 2006).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import onnxruntime
from PIL import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
"""Of the detector's input, values from 0 to 1, in the order of the channels B, G, R."""

HEIGHT = 48
"""The height of the recogniser's input in pixels."""

WIDTHS = (128, 256, 448)
"""The widths of its inputs: a line takes the least that it fits into, and is squeezed into the last."""

MAX_LINES = 8
"""Lines that are recognised of a cover: the largest."""

MIN_SIDE_PX = 3.0
"""The shorter side of a region of text in the detector's map, at least."""

MIN_CHARS = 1
"""Letters of a line, at least."""

STANDING = 1.5
"""A region so many times higher than wide holds a line that runs upwards."""


@dataclass(frozen=True)
class Pass:
    """One way of reading a cover."""

    side: int
    """The side to which the detector's input is scaled, pixels."""
    pixel: float = 0.3
    """The probability from which a pixel is text."""
    region: float = 0.5
    """The mean probability from which a region is."""
    growth: float = 1.6
    """By how much a region grows: the distance is its area times this by its perimeter."""
    prepare: Callable[[np.ndarray], np.ndarray] | None = None
    """What is done to the pixels before, `n x n x 3` uint8."""


@dataclass(frozen=True)
class Line:
    """One line of text."""

    text: str
    confidence: float
    """The mean over its letters, 0 to 1."""
    corners: np.ndarray
    """`4 x 2`, fractions of the cover's side, clockwise from the text's top left."""


def inverted(pixels: np.ndarray) -> np.ndarray:
    """Light as dark, and dark as light."""
    return 255 - pixels


def evened(pixels: np.ndarray) -> np.ndarray:
    """Brightness evened out: twice the difference from the mean of the surroundings."""
    side = len(pixels) // 8 * 2 + 1
    mean = cv2.blur(pixels.astype(np.float32), (side, side), borderType=cv2.BORDER_REPLICATE)
    return np.clip(128 + 2 * (pixels - mean), 0, 255).astype(np.uint8)


PASSES = (
    Pass(384),
    Pass(512, pixel=0.2, region=0.3, growth=1.9),
    Pass(256),
    Pass(384, prepare=inverted),
    Pass(384, prepare=evened),
)
"""In the order in which they are read: each finds what those before have missed."""


class Reader:
    """Reads the words of flat covers."""

    def __init__(self, detector: bytes, recogniser: bytes, letters: str) -> None:
        """Takes both networks, and the letters of the recogniser's classes, but for the blank."""
        self.detector = _session(detector)
        self.recogniser = _session(recogniser)
        self.letters = letters

    def read(self, cover: Image.Image, how: Pass = PASSES[0]) -> list[Line]:
        """The lines on a cover, the largest first.

        Args:
            cover: Square, RGB.
            how: The pass.
        """
        pixels = np.asarray(cover.convert("RGB"))
        if how.prepare:
            pixels = how.prepare(pixels)
        regions = self.regions(pixels, how)
        lines = []
        for corners in regions[:MAX_LINES]:
            text, confidence = self.recognised(cropped(pixels, corners * len(pixels)))
            if len(text.strip()) >= MIN_CHARS:
                lines.append(Line(text.strip(), confidence, corners))
        return lines

    def map_of(self, pixels: np.ndarray, side: int) -> np.ndarray:
        """How likely each pixel is text, `side x side`."""
        scaled = np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))
        values = (scaled[:, :, ::-1].astype(np.float32) / 255 - MEAN) / STD
        return self.detector(np.ascontiguousarray(values.transpose(2, 0, 1)[None]))[0, 0]

    def regions(self, pixels: np.ndarray, how: Pass) -> list[np.ndarray]:
        """The regions of text, the largest first: `4 x 2` each, fractions of the side."""
        likely = self.map_of(pixels, how.side)
        contours, _ = cv2.findContours(
            (likely > how.pixel).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        found = []
        for contour in contours:
            (x, y), (width, height), angle = cv2.minAreaRect(contour)
            if min(width, height) < MIN_SIDE_PX:
                continue
            inside = cv2.boxPoints(((x, y), (width, height), angle))
            if _mean_inside(likely, inside) < how.region:
                continue
            more = 2 * width * height * how.growth / (2 * (width + height))
            grown = cv2.boxPoints(((x, y), (width + more, height + more), angle))
            found.append((-(width + more) * (height + more), ordered(grown) / how.side))
        found.sort(key=lambda region: region[0])
        return [corners for _, corners in found]

    def recognised(self, line: np.ndarray) -> tuple[str, float]:
        """The text of a line's pixels, and how surely it was read."""
        width = next(width for width in (*WIDTHS, 0) if width >= line.shape[1] or not width) or WIDTHS[-1]
        if line.shape[1] > width:
            line = np.asarray(Image.fromarray(line).resize((width, HEIGHT), Image.Resampling.BILINEAR))
        values = np.zeros((1, 3, HEIGHT, width), np.float32)
        values[0, :, :, : line.shape[1]] = (line[:, :, ::-1].astype(np.float32) / 127.5 - 1).transpose(
            2, 0, 1
        )
        return decoded(self.recogniser(values)[0], self.letters)


def decoded(probabilities: np.ndarray, letters: str) -> tuple[str, float]:
    """The likeliest letters, repeats and blanks dropped, and the mean of their probabilities.

    Args:
        probabilities: `steps x classes`, the first class blank.
        letters: The letter of each other class.
    """
    classes, likely = probabilities.argmax(1), probabilities.max(1)
    kept = (classes != 0) & np.r_[True, classes[1:] != classes[:-1]]
    text = "".join(letters[place - 1] for place in classes[kept])
    return text, float(likely[kept].mean()) if kept.any() else 0.0


def ordered(corners: np.ndarray) -> np.ndarray:
    """Corners clockwise from the top left: of the two on the left the upper one is the first, `4 x 2`."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2][np.argsort(by_x[:2, 1])], by_x[2:][np.argsort(by_x[2:, 1])]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def cropped(pixels: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """A region made level, `HEIGHT` pixels high, as wide as its shape asks for.

    Args:
        pixels: `n x n x 3`, uint8.
        corners: `4 x 2`, pixels, clockwise from the top left.
    """

    def side(a: int, b: int) -> float:
        return float(np.linalg.norm(corners[a] - corners[b]))

    width, height = max(side(0, 1), side(3, 2), 1.0), max(side(0, 3), side(1, 2), 1.0)
    if height >= STANDING * width:
        corners, width, height = np.roll(corners, -1, axis=0), height, width
    aimed = max(round(HEIGHT * width / height), 8)
    larger = max(1.0, height / HEIGHT)
    wide, high = round(aimed * larger), round(HEIGHT * larger)
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32) - 0.5
    level = cv2.warpPerspective(
        pixels,
        cv2.getPerspectiveTransform(corners.astype(np.float32) - 0.5, target),
        (wide, high),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if (wide, high) == (aimed, HEIGHT):
        return level
    return np.asarray(Image.fromarray(level).resize((aimed, HEIGHT), Image.Resampling.BILINEAR))


def _mean_inside(likely: np.ndarray, corners: np.ndarray) -> float:
    """The mean of a map within four corners."""
    least = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    most = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, likely.shape[::-1])
    mask = np.zeros((most[1] - least[1], most[0] - least[0]), np.uint8)
    cv2.fillPoly(mask, [(corners - least).astype(np.int32)], 1)
    return cv2.mean(likely[least[1] : most[1], least[0] : most[0]], mask)[0]


@lru_cache(maxsize=4)
def _session(model: bytes) -> Callable[[np.ndarray], np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    runtime = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda values: runtime.run(None, {"x": values})[0]
