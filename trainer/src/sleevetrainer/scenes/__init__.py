"""Camera truth: a flat cover in, a camera's view of it out, with its exact corners.

For training (`view`), for measuring the finder (`render`, `write`) and for measuring the network on what
a camera sees (`flattened`). Everything is drawn; photographs behind a sleeve are those that scikit-image,
scikit-learn and matplotlib ship. Chance comes from the generator that is handed in, and from nowhere else.

Points are pixels, x to the right and y down, and whole numbers are the centres of pixels. Corners go
clockwise from the sleeve's own top left.
"""

from .flatten import flattened
from .render import Scene, render
from .settings import Settings
from .view import view
from .write import write

__all__ = ["Scene", "Settings", "flattened", "render", "view", "write"]
