"""What a webcam makes of light: lens, exposure, sensor, sharpening, compression."""

import cv2
import numpy as np

from .noise import clouds, grain, lit
from .settings import Settings

_SUBSAMPLINGS = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422)


def photographed(picture: np.ndarray, random: np.random.Generator, settings: Settings) -> np.ndarray:
    """A picture as the camera delivers it; nothing in it moves by any of this.

    Args:
        picture: `h x w x 3`, uint8, RGB.
        random: Where chance comes from.
        settings: The strengths.

    Returns:
        The same shape, uint8.
    """
    height, width = picture.shape[:2]
    scale = settings.scale
    if random.random() < settings.low_resolution:
        part = random.uniform(0.35, 0.75)
        scale *= part
        size = max(16, round(width * part)), max(16, round(height * part))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    if settings.vignette > 0:
        picture = _vignetted(picture, random, settings.vignette)
    picture = _blurred(picture, random, settings, scale)
    if settings.exposure > 0 or settings.white_balance > 0:
        picture = cv2.LUT(picture, _developed(picture, random, settings))
    if random.random() < settings.sharpen:
        amount = random.uniform(0.2, 1.2)
        soft = cv2.GaussianBlur(picture, (0, 0), max(0.5, random.uniform(0.8, 1.6) * scale))
        picture = cv2.addWeighted(picture, 1 + amount, soft, -amount, 0)
    if settings.noise > 0:
        picture = _noisy(picture, random, settings.noise * random.beta(0.9, 3))
    if settings.jpeg is not None:
        picture = _compressed(picture, random, settings.jpeg)
    if picture.shape[:2] != (height, width):
        way = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[random.integers(2)]
        picture = cv2.resize(picture, (width, height), interpolation=way)
    return picture


def _vignetted(picture: np.ndarray, random: np.random.Generator, most: float) -> np.ndarray:
    height, width = picture.shape[:2]
    at = [np.linspace(-1, 1, 48, dtype=np.float32) * side for side in (height, width)]
    radius = np.hypot(at[0][:, None], at[1][None, :]) / np.hypot(width, height)
    gain = 1 - most * random.random() ** 2 * radius**2
    return lit(picture, cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR))


def _blurred(
    picture: np.ndarray, random: np.random.Generator, settings: Settings, scale: float
) -> np.ndarray:
    """Out of focus, mostly a little, and moved along a short line at times."""
    blur = settings.defocus * scale * random.beta(1.2, 3)
    if blur > 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    if random.random() < settings.motion:
        length = 18 * scale * random.beta(1, 2)
        picture = cv2.filter2D(picture, -1, _streak(length, random.uniform(0, np.pi)))
    return picture


def _streak(length: float, angle: float) -> np.ndarray:
    """The kernel of a straight motion, symmetric about its middle."""
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    half = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    for part in np.linspace(-1, 1, 4 * reach + 1):
        x, y = reach + half * part
        left, top = int(np.floor(x)), int(np.floor(y))
        fx, fy = x - left, y - top
        kernel[top : top + 2, left : left + 2] += np.outer([1 - fy, fy], [1 - fx, fx])
    return kernel / kernel.sum()


def _developed(picture: np.ndarray, random: np.random.Generator, settings: Settings) -> np.ndarray:
    """The curve of each colour, `1 x 256 x 3`: exposure and white balance in linear light, then contrast.

    The camera meters the picture and goes part of the way to a middle grey. Bright values roll off as
    cameras' do, instead of being cut at white.
    """
    metered = np.log2(0.2 / ((picture[::16, ::16].mean() / 255) ** 2.2 + 0.01))
    stops = 0.6 * metered * min(1.0, settings.exposure) + settings.exposure * random.normal(-0.1, 0.8)
    stops = np.clip(stops, -2.2, 2.6)
    gains = 2**stops * np.exp(settings.white_balance * random.normal(0, 1, 3) * (1, 0.3, 1))
    linear = (np.arange(256) / 255)[:, None] ** 2.2 * gains
    knee = 0.7
    rolled = knee + (1 - knee) * np.tanh((linear - knee) / (1 - knee))
    value = np.where(linear > knee, rolled, linear) ** (1 / 2.2)
    contrast = settings.exposure * random.normal(0.1, 0.25)
    value = value + contrast * value * (1 - value) * (2 * value - 1)
    black = settings.exposure * random.beta(1, 4) * 0.12  # stray light lifts the dark
    return np.clip(255 * (black + (1 - black) * value) + 0.5, 0, 255).astype(np.uint8)[None]


def _noisy(picture: np.ndarray, random: np.random.Generator, level: float) -> np.ndarray:
    """Shot noise, which grows with the light's root, over read noise; coarser in colour than in light."""
    height, width = picture.shape[:2]
    planes = list(cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)))
    amount = (level * np.sqrt(0.3 + 0.7 * np.arange(256) / 255)).astype(np.float32)
    own = cv2.multiply(cv2.LUT(planes[0], amount), grain(random, (height, width)))
    for place in (1, 2):
        small = grain(random, ((height + 1) // 2, (width + 1) // 2)) * np.float32(0.8 * level)
        spread = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        planes[place] = cv2.add(planes[place], spread, dtype=cv2.CV_8U)
    if random.random() < 0.5:  # blotches: what is left where the camera has smoothed
        coarse = max(2, width // 5), max(2, height // 5)
        own += 0.4 * level * clouds(random, (width, height), coarse)
    planes[0] = cv2.add(planes[0], own, dtype=cv2.CV_8U)
    return cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2RGB)


def _compressed(picture: np.ndarray, random: np.random.Generator, qualities: tuple[int, int]) -> np.ndarray:
    quality = int(random.integers(qualities[0], qualities[1] + 1))
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
    settings += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _SUBSAMPLINGS[random.integers(2)]]
    _, file = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), settings)
    return cv2.cvtColor(cv2.imdecode(file, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
