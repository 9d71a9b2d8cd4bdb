"""Scenes: each sleeve held before a room, and where its corners then are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from PIL import Image

from . import rooms
from .blur import gaussian
from .colour import mix, rgb
from .hand import Grasp, Hand
from .homography import corners, warp
from .noise import grain
from .rooms import HEIGHT, WIDTH

FRAME = (WIDTH, HEIGHT)


@dataclass(frozen=True)
class Scene:
    """How a sleeve is held, where, and in what light. Lengths in pixels, angles in degrees."""

    room: Callable[[], np.ndarray]
    centre: tuple[float, float] = (639.5, 359.5)
    side: float = 440
    yaw: float = 0
    pitch: float = 0
    roll: float = 0
    light: tuple[float, float] = (225, 0.15)
    """Where the light comes from (0 right, 90 below, 225 upper left), and how uneven it is."""
    sheen: float = 0.0
    """Strength of a lamp's reflection on the sleeve, 0..1."""
    exposure: float = 1.0
    tint: str = "#ffffff"
    """The light's colour, which multiplies all."""
    blur: float = 0.7
    noise: float = 1.8
    """The sensor's noise: deviation in levels of 255."""
    hands: tuple[Hand, ...] = field(default=())


SCENES = {
    "jazz-trumpet": Scene(
        partial(rooms.shelf, 201), (600, 372), 470, yaw=-18, pitch=6, roll=-5, light=(225, 0.22),
        hands=(Hand(1, 0.62, lean=-24),),
    ),
    "metal-mountains": Scene(
        partial(rooms.bricks, 202), (700, 350), 400, yaw=24, pitch=-8, roll=8, exposure=0.88,
        noise=2.6,
    ),
    "classical-violin": Scene(
        partial(rooms.curtain, 203), (560, 340), 500, yaw=8, pitch=14, roll=3, light=(200, 0.2),
        tint="#fff1dc", hands=(Hand(2, 0.45, "fingers", "#e8b896", "#e9e4d8", lean=-8),),
    ),
    "electronic-grid": Scene(
        partial(rooms.dark, 204), (420, 384), 430, yaw=-27, pitch=5, roll=-12, light=(0, 0.35),
        exposure=0.9, noise=4.2, blur=0.9,
    ),
    "hiphop-skyline": Scene(
        partial(rooms.posters, 205), (650, 365), 420, yaw=12, pitch=-16, roll=-9,
        hands=(Hand(3, 0.45, skin="#8a5a3c", cloth="#c23b2e", lean=24),),
    ),
    "country-sunset": Scene(
        partial(rooms.planks, 206), (660, 352), 480, yaw=-10, pitch=10, roll=6, tint="#fff0d8",
        light=(315, 0.2),
    ),
    "pop-pastel": Scene(
        partial(rooms.tiles, 207), (610, 366), 390, yaw=20, pitch=12, roll=15, sheen=0.35,
        hands=(Hand(2, 0.8, "thumb", "#c98f6b", "#f2c14e", lean=10),),
    ),
    "rock-swirl": Scene(
        partial(rooms.posters, 208), (690, 356), 520, yaw=-14, pitch=-6, roll=4, tint="#fff6ea",
        hands=(Hand(1, 0.5, skin="#e2ae8b", cloth="#2f5b46", lean=-30),
               Hand(3, 0.5, skin="#e2ae8b", cloth="#2f5b46", lean=30)),
    ),
    "reggae-palms": Scene(
        partial(rooms.counter, 209), (520, 350), 450, yaw=16, pitch=-10, roll=-16,
        hands=(Hand(2, 0.5, "fingers", "#6b432c", "#3b6ea5", lean=6),),
    ),
    "minimal-white": Scene(
        partial(rooms.wall, 210, "#c9c5bb"), (660, 346), 430, yaw=-20, pitch=8, roll=-7,
        light=(225, 0.2),
    ),
    "minimal-black": Scene(
        partial(rooms.shelf, 211, "#3d2a1c"), (640, 365), 440, yaw=14, pitch=10, roll=10,
        sheen=0.3, hands=(Hand(1, 0.42, skin="#b97f5b", cloth="#7a7f88", lean=-26),),
    ),
    "ambient-dunes": Scene(
        partial(rooms.window, 212), (770, 346), 460, yaw=30, pitch=-6, roll=5, light=(180, 0.3),
        tint="#ffe9d2", exposure=0.92, noise=3.4,
    ),
    "folk-window": Scene(
        partial(rooms.wall, 213, "#8fa39a"), (630, 350), 560, yaw=6, pitch=-9, roll=-3,
        hands=(Hand(3, 0.4, skin="#eac0a2", cloth="#8c5a7a", lean=32),),
    ),
    "indie-collage": Scene(
        partial(rooms.planks, 214), (880, 330), 340, yaw=-22, pitch=-18, roll=22,
        light=(270, 0.2), noise=2.4,
    ),
    "soul-circles": Scene(
        partial(rooms.counter, 215), (590, 352), 400, yaw=8, pitch=6, roll=45,
        hands=(Hand(1, 0.55, skin="#7a4e35", cloth="#efe9dd", lean=0),),
    ),
    "punk-halftone": Scene(
        partial(rooms.bricks, 216), (400, 400), 310, yaw=-32, pitch=10, roll=-20, sheen=0.2,
        noise=2.7, blur=0.9,
    ),
}  # fmt: skip
"""How each sleeve of the catalogue is held."""

EMPTY = {
    "empty-room": Scene(partial(rooms.shelf, 217)),
    "empty-wall": Scene(partial(rooms.wall, 218), noise=2.6),
}
"""Rooms in which nobody holds anything."""


def photograph(scene: Scene, sleeve: Image.Image | None, seed: int) -> tuple:
    """The scene as a picture, and the sleeve's corners in it (or None).

    `seed` is for the sensor's noise.
    """
    picture, at = scene.room(), None
    if sleeve is not None:
        at = corners(FRAME, scene.centre, scene.side, scene.yaw, scene.pitch, scene.roll)
        picture = _held(picture, scene, sleeve, at)
    picture = picture * scene.exposure * (rgb(scene.tint) / 255)
    picture = gaussian(picture.astype(np.float32), scene.blur)
    speck = np.stack([grain(HEIGHT, WIDTH, seed + channel) for channel in range(3)], -1)
    speck = 0.6 * speck + 0.8 * grain(HEIGHT, WIDTH, seed + 3)[..., None]
    picture = picture + speck * scene.noise * (0.6 + 0.4 * np.sqrt(np.clip(picture, 0, 255) / 255))
    return Image.fromarray((np.clip(picture, 0, 255) + 0.5).astype(np.uint8)), at


def _held(picture: np.ndarray, scene: Scene, sleeve: Image.Image, at: np.ndarray) -> np.ndarray:
    """The sleeve in its light before the room, its shadow behind, hands over its edges."""
    flat = np.asarray(sleeve, np.float32)
    colours, cover = warp(flat, at, FRAME)
    _, behind = warp(flat[:2, :2], at + np.array((16, 24)), FRAME, finer=1)
    picture = picture * (1 - 0.55 * gaussian(behind, 17))[..., None]
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    angle, uneven = np.radians(scene.light[0]), scene.light[1]
    across = (
        (x - at[:, 0].mean()) * np.cos(angle) + (y - at[:, 1].mean()) * np.sin(angle)
    ) / scene.side
    colours = colours * (0.93 + uneven * 1.6 * across)[..., None]
    band = np.exp(-(((across - 0.16 + 0.1 * np.sin(y / 90)) / 0.16) ** 2)) * scene.sheen * 0.45
    colours = mix(np.clip(colours, 0, 255), rgb("#ffffff"), band)
    grasps = [Grasp(hand, at, FRAME) for hand in scene.hands]
    for grasp in grasps:
        picture = grasp.behind(picture)
    picture = mix(picture, colours, cover)
    for grasp in grasps:
        picture = grasp.before(picture, cover)
    return picture
