"""A sleeve in space: where a pinhole camera sees its corners, and its picture put there.

Coordinates on the sleeve are *shares*: (0, 0) its own top left corner, (1, 1) its bottom right
one. Coordinates in a scene are pixels, and whole numbers are the centres of pixels: the centre of
the top left pixel is (0, 0), the picture reaches from -0.5 to width - 0.5.
"""

import numpy as np

FOCAL = 1100.0
"""The camera's focal length in pixels: a 60 degree view across 1280 px."""

UNIT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
"""A sleeve's corners in shares, clockwise from its top left."""


def corners(
    frame: tuple[int, int],
    centre: tuple[float, float],
    side: float,
    yaw: float,
    pitch: float,
    roll: float,
) -> np.ndarray:
    """The four corners, clockwise from the sleeve's own top left, in pixels, to 0.001 px.

    `frame` is the scene's width and height, `centre` where the sleeve's middle is seen, `side` how
    long a side would be, seen squarely, at that distance (all in pixels). The sleeve is turned
    about its vertical axis (`yaw`), its horizontal one (`pitch`), then in the picture's plane,
    clockwise (`roll`), all in degrees.
    """
    (cy, sy), (cp, sp), (cr, sr) = (
        (np.cos(a), np.sin(a)) for a in np.radians((yaw, pitch, roll))
    )  # fmt: skip
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    flat = np.column_stack([(UNIT - 0.5) * side, np.zeros(4)])
    middle = np.array([(frame[0] - 1) / 2, (frame[1] - 1) / 2])
    seen = flat @ (about_z @ about_x @ about_y).T
    seen += [*(np.array(centre) - middle), FOCAL]
    return np.round(middle + FOCAL * seen[:, :2] / seen[:, 2:], 3)


def homography(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The 3 x 3 matrix that takes the four points of `source` to those of `target`."""
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(right)), 1.0).reshape(3, 3)


def through(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """`points` (n x 2) taken through a homography."""
    seen = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return seen[:, :2] / seen[:, 2:]


def warp(picture: np.ndarray, target: np.ndarray, frame: tuple[int, int], finer: int = 4) -> tuple:
    """Put a square `picture` (floats) where its corners fall on `target`.

    Each pixel of the scene is the mean of `finer` x `finer` samples, each interpolated between
    the picture's pixels. Returns the colours and the coverage (0..1), both of the frame's size.
    """
    width, height = frame
    back = np.linalg.inv(homography(UNIT, target))
    side = len(picture)
    total = np.zeros((height, width, 3), np.float32)
    cover = np.zeros((height, width), np.float32)
    left, top = np.maximum(np.floor(target.min(0)).astype(int) - 1, 0)
    right, bottom = np.minimum(np.ceil(target.max(0)).astype(int) + 2, frame)
    for step in range(finer * finer):
        dx, dy = ((n + 0.5) / finer - 0.5 for n in (step % finer, step // finer))
        x, y = np.meshgrid(np.arange(left, right) + dx, np.arange(top, bottom) + dy)
        w = back[2, 0] * x + back[2, 1] * y + back[2, 2]
        u = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / w
        v = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / w
        inside = (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
        colours = _between(picture, u[inside] * side - 0.5, v[inside] * side - 0.5)
        cover[top:bottom, left:right][inside] += 1
        total[top:bottom, left:right][inside] += colours
    return total / np.maximum(cover, 1)[..., None], cover / finer**2


def _between(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bilinear samples of `picture` at pixel positions, its border continued outwards."""
    last = len(picture) - 1
    x, y = np.clip(x, 0, last), np.clip(y, 0, last)
    x0, y0 = np.minimum(x.astype(int), last - 1), np.minimum(y.astype(int), last - 1)
    fx, fy = (x - x0)[:, None].astype(np.float32), (y - y0)[:, None].astype(np.float32)
    upper = picture[y0, x0] * (1 - fx) + picture[y0, x0 + 1] * fx
    lower = picture[y0 + 1, x0] * (1 - fx) + picture[y0 + 1, x0 + 1] * fx
    return upper * (1 - fy) + lower * fy
