"""Small covers that the tests draw, and a whole run over them, made once."""

import io
import sys
import tomllib
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import onnx
import onnxruntime
import pytest
import skimage
from PIL import Image

from sleevetrainer.cli import main
from sleevetrainer.preprocess import normalised

GENRES = {
    "circles": (200, 60, 40),
    "stripes": (40, 120, 200),
    "tiles": (60, 160, 80),
    "waves": (180, 150, 40),
}
EACH = 30


def cover(genre: str, seed: int, side: int = 96) -> Image.Image:
    """A drawn cover: each genre has a pattern, each seed its own place, colour and size of it."""
    random = np.random.default_rng([seed, *genre.encode()])
    y, x = np.mgrid[0:side, 0:side] / side
    place, pitch, phase = random.uniform(0.2, 0.8, 2), random.uniform(6, 18), random.uniform(0, 6)
    pattern = {
        "circles": np.sin(pitch * 3 * np.hypot(x - place[0], y - place[1]) + phase),
        "stripes": np.sin(pitch * 3 * (x + place[0] * y) + phase),
        "tiles": np.sin(pitch * 2 * x + phase) * np.sin(pitch * 2 * y + phase),
        "waves": np.sin(pitch * 2 * (y + 0.1 * np.sin(6 * x + phase))),
    }[genre]
    base = 0.4 * np.array(GENRES[genre]) + random.uniform(0, 150, 3)
    blotches = random.normal(0, 1, (6, 6, 3))
    blotches = np.asarray(
        Image.fromarray((40 * blotches + 128).clip(0, 255).astype(np.uint8)).resize((side, side))
    )
    pixels = base * (0.7 + 0.3 * pattern[..., None]) + 0.8 * (blotches.astype(float) - 128)
    for _ in range(5):  # no two covers are alike, or they would all lie on one side of the split
        left, top, width, height = (random.uniform(0, 0.8, 4) * side).astype(int)
        pixels[top : top + height, left : left + width] = random.uniform(0, 255, 3)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def draw_covers(folder: Path, each: int = EACH) -> Path:
    """A folder of covers: a folder per genre, and a manifest that tells two sources."""
    rows = ["path,genre,source"]
    for genre in GENRES:
        (folder / genre).mkdir(parents=True)
        for seed in range(each):
            path = f"{genre}/{seed:03}.png"
            cover(genre, seed).save(folder / path)
            rows.append(f"{path},{genre},{'first' if seed % 3 else 'second'}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def command(*args: object) -> Done:
    """Runs `sleevetrainer` as a person would, but in this process: PyTorch takes seconds to load."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["sleevetrainer", *map(str, args)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
    return Done(status, out.getvalue(), err.getvalue())


# Drawn covers are more alike than real ones.
PREPARE = ("--min-covers", 5, "--alike", 0.99)
CROSS = ("--size", 64, "--reading-size", 64, "--batch", 16, "--epochs", 2, "--variants", 2)
FIT = (*CROSS, "--seeds", 2)
SHIPPED = Path(skimage.__file__).parent / "data"
"""Photographs, and other pictures that are no covers."""


@pytest.fixture(scope="session")
def covers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_covers(tmp_path_factory.mktemp("covers") / "drawn")


@pytest.fixture(scope="session")
def prepared(covers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "run"
    done = command("prepare", covers, "--out", run, *PREPARE)
    assert done.returncode == 0, done.stderr
    return run


@pytest.fixture(scope="session")
def whole(prepared: Path) -> tuple[Path, Path]:
    """A run with all stages done, and its bundle."""
    bundle = prepared.parent / "models" / "drawn"
    for stage in (
        ("baseline", prepared),
        ("teach", prepared),
        ("cross", prepared, *CROSS),
        ("fit", prepared, *FIT),
        ("doubt", prepared),
        ("cluster", prepared),
        ("strangers", prepared, SHIPPED, "--rooms", 6),
        ("upright", prepared),
        ("export", prepared, "--out", bundle),
        ("evaluate", prepared, "--bundle", bundle),
    ):
        done = command(*stage)
        assert done.returncode == 0, f"{stage[0]}: {done.stderr}"
    return prepared, bundle


def told_by_bundle(bundle: Path, output: str) -> tuple[np.ndarray, np.ndarray]:
    """A prepared cover of noise, and what this output, which must be there, tells of it."""
    size = tomllib.loads((bundle / "bundle.toml").read_text())["input"]["size"]
    pixels = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    model = onnx.load(bundle / "network.onnx")
    assert output in [one.name for one in model.graph.output]
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (told,) = session.run([output], {"cover": normalised(pixels)})
    return normalised(pixels), told
