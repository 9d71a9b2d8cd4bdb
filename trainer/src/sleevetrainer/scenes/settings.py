"""How scenes are made: what happens, how often and how strongly."""

from dataclasses import dataclass, replace
from typing import Any, Self


@dataclass(frozen=True)
class Settings:
    """All strengths of a scene.

    A *rate* is the part of scenes that something happens to. Lengths in pixels are those of a frame whose
    longer side is 1280, and are scaled with it.
    """

    frame: tuple[int, int] = (1280, 720)
    """Width and height of the picture."""

    share: tuple[float, float] = (0.12, 0.75)
    """The part of the frame's area that a sleeve takes; less where it would not lie within the frame."""
    tilt: float = 45.0
    """Degrees by which a sleeve leans away from the camera's line of sight, at most, about any axis."""
    roll: float = 20.0
    """Degrees by which a sleeve is turned in its own plane, at most, by a hand that holds it upright."""
    turned: float = 0.12
    """Rate: turned in its own plane by any angle instead."""
    focal: tuple[float, float] = (0.65, 1.1)
    """The focal length in longer sides of the frame: 75 down to 49 degrees of view across it."""
    cut: float = 0.0
    """The part of a sleeve's extent that may lie outside of the frame, on any side."""

    photographs: float = 0.35
    """Rate: a photograph behind instead of a drawing."""
    alike: float = 0.1
    """Rate: a wall behind that has nearly the colour of the cover's own border."""
    behind: float = 6.0
    """Deviation, in pixels, of the blur of what is behind, at most."""
    person: float = 0.3
    """Rate: somebody stands behind the sleeve."""
    things: float = 0.25
    """Rate: a framed picture, a record or a row of spines behind; without a sleeve always more often."""

    wear: float = 1.0
    """Strength of worn corners, white edges, ring wear and scuffs: 0 for a sleeve from the press."""
    stickers: float = 0.15
    """Rate: a price sticker or two."""
    shrinkwrap: float = 0.15
    """Rate: in a film that wrinkles."""
    glare: float = 0.35
    """Rate: a lamp's or a window's reflection."""
    lighting: float = 0.3
    """How much darker than its brightest part a sleeve's darkest part may be lit."""
    shadow: float = 0.6
    """Strength of the shadow behind a sleeve, at most."""
    thickness: float = 0.012
    """How thick a sleeve is, at most, in sides of it."""
    hands: float = 0.7
    """Rate: held by one hand or two."""

    exposure: float = 0.7
    """Stops by which the exposure is off: deviation."""
    white_balance: float = 0.08
    """Logarithmic deviation of red's and blue's gains."""
    vignette: float = 0.35
    """How much darker the frame's corners are, at most."""
    motion: float = 0.2
    """Rate: moved while the shutter was open, by up to 18 pixels."""
    defocus: float = 1.8
    """Deviation of the lens's own blur, in pixels, at most."""
    sharpen: float = 0.35
    """Rate: sharpened by the camera, with its halos."""
    noise: float = 7.0
    """The sensor's noise in levels of 255, at most; mostly it is far less."""
    jpeg: tuple[int, int] | None = (40, 90)
    """Qualities of the camera's compression (MJPG), or none."""
    low_resolution: float = 0.15
    """Rate: taken at 35 to 75 % of the frame's size and scaled up."""

    jitter: float = 0.008
    """For views: deviation of each corner that the finder finds, in sides of the sleeve."""

    @property
    def scale(self) -> float:
        """What lengths in pixels are multiplied by."""
        return max(self.frame) / 1280

    def changed(self, **changes: Any) -> Self:
        """These settings with some of them changed."""
        return replace(self, **changes)

    @classmethod
    def clean(cls, **changes: Any) -> Self:
        """A sleeve from the press, held by nobody, before a perfect camera: only pose and background."""
        nothing = {
            "person": 0, "things": 0, "wear": 0, "stickers": 0, "shrinkwrap": 0, "glare": 0, "lighting": 0,
            "shadow": 0, "thickness": 0, "hands": 0, "exposure": 0, "white_balance": 0, "vignette": 0,
            "motion": 0, "defocus": 0, "sharpen": 0, "noise": 0, "jpeg": None, "low_resolution": 0,
            "jitter": 0,
        }  # fmt: skip
        return cls(**{**nothing, **changes})
