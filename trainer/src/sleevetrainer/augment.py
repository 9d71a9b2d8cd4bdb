"""What a cover goes through before the network sees it in training.

The sources of covers leak the genre: by sharpness, JPEG traces, borders and colour. Each step here
takes the value out of one of these, so that what is learned is on the sleeve and not in the file.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from .scenes import view

VIEW = 224
"""The side, in pixels, of a camera's view of a cover."""


@dataclass(frozen=True)
class Disturbance:
    """How much a cover is disturbed; a rate is the part of covers that a step happens to."""

    view: float = 0.5
    """Rate: shown as a camera sees it, held, worn and lit (`scenes.view`)."""
    smallest_crop: float = 0.35
    """The least area that is kept of a cover."""
    rescale: float = 0.7
    """Rate: scaled down to 40 to 100 % of the side and up again, which takes sharpness away."""
    blur: float = 0.2
    """Rate: blurred by up to 1.2 pixels."""
    jpeg: float = 0.6
    """Rate: compressed at a quality of 25 to 95."""
    colour: float = 0.8
    """Rate: brightness, contrast, saturation and white balance changed."""
    grey: float = 0.05
    """Rate: colour taken away altogether."""
    border: float = 0.3
    """Rate: a border painted over the edges, of any grey: white margins say nothing any more."""
    turn: float = 8.0
    """Degrees by which a cover is turned, at most."""

    def __call__(self, pixels: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
        """Disturbs one cover.

        Args:
            pixels: `h x h x 3`, uint8.
            size: The side of the result in pixels.
            random: Where chance comes from.

        Returns:
            `size x size x 3`, uint8.
        """
        if random.random() < self.view:
            pixels = view(pixels, random, VIEW)
        picture = Image.fromarray(pixels)
        if random.random() < self.border:
            picture = _bordered(picture, random)
        picture = self._cropped(picture, size, random)
        if random.random() < 0.5:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if random.random() < self.rescale:
            picture = _rescaled(picture, random)
        if random.random() < self.blur:
            picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.2)))
        if random.random() < self.colour:
            picture = _recoloured(picture, random)
        if random.random() < self.grey:
            picture = picture.convert("L").convert("RGB")
        if random.random() < self.jpeg:
            picture = _recompressed(picture, random)
        return np.asarray(picture)

    def _cropped(self, picture: Image.Image, size: int, random: np.random.Generator) -> Image.Image:
        """A part of the picture, slightly turned, scaled to `size`."""
        side = picture.width
        area = random.uniform(self.smallest_crop, 1.0)
        aspect = np.exp(random.uniform(-0.2, 0.2))
        width = min(side, side * np.sqrt(area * aspect))
        height = min(side, side * np.sqrt(area / aspect))
        left, top = random.uniform(0, side - width), random.uniform(0, side - height)
        if self.turn > 0 and random.random() < 0.5:
            picture = picture.rotate(random.uniform(-self.turn, self.turn), Image.Resampling.BILINEAR)
        box = (left, top, left + width, top + height)
        return picture.resize((size, size), Image.Resampling.BILINEAR, box=box)


SEEN = Disturbance(
    view=1.0, smallest_crop=0.9, rescale=0.2, blur=0.0, jpeg=0.2, colour=0.2, grey=0.0, border=0.0, turn=4.0
)
"""How a camera sees covers, and what is held up like one: flattened, not quite exactly."""


def _rescaled(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    filters = [
        Image.Resampling.BILINEAR,
        Image.Resampling.BICUBIC,
        Image.Resampling.LANCZOS,
        Image.Resampling.BOX,
    ]
    side = max(16, round(picture.width * random.uniform(0.4, 1.0)))
    down, up = random.integers(4), random.integers(3)
    return picture.resize((side, side), filters[down]).resize(picture.size, filters[up])


def _recompressed(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=int(random.integers(25, 96)), subsampling=int(random.choice([0, 2])))
    return Image.open(file).convert("RGB")


def _recoloured(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhance(picture).enhance(random.uniform(0.7, 1.3))
    balance = random.uniform(0.88, 1.12, 3)
    return Image.fromarray(np.clip(np.asarray(picture) * balance, 0, 255).astype(np.uint8))


def _bordered(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    pixels = np.array(picture)
    widths = random.integers(0, max(2, picture.width // 20), 4)
    shade = random.integers(0, 256)
    top, bottom, left, right = widths
    pixels[:top] = shade
    pixels[len(pixels) - bottom :] = shade
    pixels[:, :left] = shade
    pixels[:, len(pixels) - right :] = shade
    return Image.fromarray(pixels)
