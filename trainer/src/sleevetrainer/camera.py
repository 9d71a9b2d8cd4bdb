"""Stage `camera`: does the network say the same of a sleeve that a camera sees, and know it again?"""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from .bundle import read, taught
from .covers import genre_places
from .onnx_file import session
from .preprocess import normalised, opened, scaled
from .run import Run
from .scenes import view

VIEW = 512
"""The side, in pixels, of a flattened sleeve, as a station's camera gives it."""


def camera(run: Run, bundle: Path, network: str | None = None) -> dict[str, Any]:
    """Shows the test split's covers to a camera and reads them flattened by nearly their true corners.

    All covers of the run are enrolled flat by their embeddings, and each view asks which of them is nearest.

    Args:
        run: A run that `prepare` has made.
        bundle: The bundle's folder.
        network: Another network's file in it; by default the one that the device uses.

    Returns:
        `views`, `accuracy_flat`, `accuracy` and `recall_at_1` of the views, and how many were `enrolled`.
    """
    description, content = read(bundle)
    reader = session((bundle / network).read_bytes() if network else content)
    size, genres = description["input"]["size"], [genre["id"] for genre in taught(description)]
    tables = [run.table("test"), run.table("train")]
    paths = [path for table in tables for path in table["image_path"]]
    enrolled = np.empty((len(paths), description["network"]["embedding"]), np.float32)
    test = tables[0]
    truth = genre_places(test["label"], genres)
    flat, seen, found = [], [], []
    for place, path in enumerate(tqdm(paths, desc="enrolling", unit="cover")):
        logits, embedding, _ = reader(normalised(scaled(opened(run.covers / path), size))[None])
        enrolled[place] = embedding[0]
        if place < len(test):
            flat.append(logits[0].argmax())
    random = np.random.default_rng(run.seed)
    for place, path in enumerate(tqdm(test["image_path"], desc="views", unit="view")):
        cover = np.asarray(opened(run.covers / path))
        picture = Image.fromarray(view(cover, random, VIEW))
        logits, embedding, _ = reader(normalised(scaled(picture, size))[None])
        seen.append(logits[0].argmax())
        found.append((enrolled @ embedding[0]).argmax() == place)
    result = {
        "views": len(test),
        "accuracy_flat": float(np.mean(np.equal(flat, truth))),
        "accuracy": float(np.mean(np.equal(seen, truth))),
        "agreement": float(np.mean(np.equal(seen, flat))),
        "enrolled": len(paths),
        "recall_at_1": float(np.mean(found)),
    }
    run.note("camera" if network is None else f"camera-{Path(network).stem}", result)
    return result
