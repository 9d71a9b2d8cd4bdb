"""The bundle as a folder: networks, `bundle.toml` and `MODEL_CARD.md`, put in its place at one go."""

import hashlib
import json
import os
import shutil
import tempfile
import tomllib
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from scipy.special import softmax

from .errors import TrainerError
from .names import ID

FORMAT = 2
"""The format of the bundles that are written."""

WORDS = "words"
"""The folder of what reads a sleeve's words. Exporting a network leaves it as it is."""

TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("sleevetrainer"),
    autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


# A JSON string is a TOML basic string.
TEMPLATES.globals["text"] = partial(json.dumps, ensure_ascii=False)


def write(
    folder: Path, networks: dict[str, bytes], description: dict[str, Any], findings: dict[str, Any]
) -> None:
    """Writes a bundle beside its place, then renames it into it; `default` beside it points at it.

    Args:
        folder: The bundle's folder, `models/<name>`; one that is there is replaced.
        networks: The networks' bytes by file name; the description names the one that is used.
        description: What becomes `bundle.toml`, without the network's hash.
        findings: What `MODEL_CARD.md` tells beside it.
    """
    for genre in description["genres"]:
        for name in (genre["id"], genre["family"]):
            if not ID.fullmatch(name):
                raise TrainerError(
                    f'"{name}" cannot be an id in a bundle; prepare the run anew, which makes ids of names'
                )
    description["network"]["sha256"] = hashlib.sha256(networks[description["network"]["file"]]).hexdigest()
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        toml = TEMPLATES.get_template("bundle.toml").render(description)
        if tomllib.loads(toml) != description:
            raise TrainerError(f"{folder}: the description holds what TOML cannot; look at the genres' names")
        card = TEMPLATES.get_template("MODEL_CARD.md").render(description | findings)
        files = {**networks, "bundle.toml": toml.encode(), "MODEL_CARD.md": card.encode()}
        for name, content in files.items():
            with (beside / name).open("wb") as file:
                file.write(content)
                os.fsync(file.fileno())
        beside.chmod(0o755)
        if (folder / WORDS).is_dir():
            shutil.copytree(folder / WORDS, beside / WORDS)
        old = beside.with_name(beside.name + "-old")
        with suppress(FileNotFoundError):
            folder.rename(old)
        beside.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    point_default(folder)


def point_default(folder: Path) -> None:
    """Points `default`, beside a bundle, at it; a real folder of that name is left alone.

    Raises:
        TrainerError: `default` is a folder, and not a link.
    """
    default = folder.with_name("default")
    if folder.name == "default":
        return
    if default.exists() and not default.is_symlink():
        raise TrainerError(f"{default} is a folder, not a link; move it away, then link it to {folder.name}")
    link = folder.with_name(f".default-{os.getpid()}")
    link.symlink_to(folder.name)
    link.replace(default)


def taught(description: dict[str, Any]) -> list[dict[str, Any]]:
    """The genres with a logit, in the order of the logits."""
    return [genre for genre in description["genres"] if "prior" not in genre]


def share(description: dict[str, Any]) -> float:
    """What is left of 1 for the genres with a logit: the others have their priors."""
    return 1 - sum(genre.get("prior", 0) for genre in description["genres"])


def picture_probabilities(description: dict[str, Any], logits: np.ndarray) -> np.ndarray:
    """The probabilities of the genres with a logit, as the device tells them by the picture, `n x taught`."""
    return share(description) * softmax(logits / description["calibration"]["temperature"], axis=1)


def read(folder: Path) -> tuple[dict[str, Any], bytes]:
    """A bundle's description and its network.

    Raises:
        TrainerError: It is not whole.
    """
    try:
        description = tomllib.loads((folder / "bundle.toml").read_text(encoding="utf-8"))
        network = (folder / description["network"]["file"]).read_bytes()
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise TrainerError(
            f"{folder} holds no whole bundle ({error}); type: sleevetrainer export RUN"
        ) from error
    if hashlib.sha256(network).hexdigest() != description["network"]["sha256"]:
        raise TrainerError(
            f"{folder}: network.onnx is not the one that bundle.toml tells of; export it again"
        )
    return description, network
