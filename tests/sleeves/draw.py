# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "pillow==13.0.0"]
# ///
"""Draw the project's own sleeves: flat, and held in perspective before a room.

uv run tests/sleeves/draw.py            # into flat/ and scenes/ beside this file
uv run tests/sleeves/draw.py --check    # draw again elsewhere and compare, byte by byte
uv run tests/sleeves/draw.py NAME...    # these sleeves alone (corners.json is kept in step)
"""

import argparse
import filecmp
import json
import sys
import tempfile
from pathlib import Path

from PIL import Image

from drawing.catalogue import SLEEVES
from drawing.scenes import EMPTY, SCENES, photograph

HERE = Path(__file__).parent
FLAT_SIDE, MASTER_SIDE = 512, 1024
"""Pixels of a flat sleeve, and of the picture from which its scene is made."""
THUMB, GAP = 184, 8
"""Pixels of a sleeve in the gallery, and between two."""


def draw(names: list[str], out: Path) -> None:
    """Draw the sleeves `names` and their scenes into `out`, then what shows them all."""
    for folder in ("flat", "scenes"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    listing = out / "scenes" / "corners.json"
    corners = json.loads(listing.read_text()) if listing.exists() else {}
    seeds = {name: 1000 + 10 * place for place, name in enumerate([*SLEEVES, *EMPTY])}
    for name in names:
        canvas = SLEEVES[name]()
        canvas.finished(FLAT_SIDE).save(out / "flat" / f"{name}.jpg", quality=90, optimize=True)
        master = canvas.finished(MASTER_SIDE)
        picture, at = photograph(SCENES[name], master, seeds[name])
        _keep_scene(picture, out, name)
        corners[f"{name}.jpg"] = at.tolist()
        print(name, flush=True)
    for name, scene in EMPTY.items():
        picture, _ = photograph(scene, None, seeds[name])
        _keep_scene(picture, out, name)
        corners[f"{name}.jpg"] = None
    lines = [f"  {json.dumps(name)}: {json.dumps(at)}" for name, at in sorted(corners.items())]
    listing.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    _gallery(out).save(out / "gallery.jpg", quality=86, optimize=True)


def _keep_scene(picture: Image.Image, out: Path, name: str) -> None:
    picture.save(out / "scenes" / f"{name}.jpg", quality=85, optimize=True)


def _gallery(out: Path) -> Image.Image:
    """All flat sleeves on one sheet, eight in a row."""
    names = [name for name in SLEEVES if (out / "flat" / f"{name}.jpg").exists()]
    step = THUMB + GAP
    rows = -(-len(names) // 8)
    sheet = Image.new("RGB", (8 * step + GAP, rows * step + GAP), "#ffffff")
    for place, name in enumerate(names):
        with Image.open(out / "flat" / f"{name}.jpg") as flat:
            small = flat.resize((THUMB, THUMB), Image.Resampling.LANCZOS)
        sheet.paste(small, (GAP + place % 8 * step, GAP + place // 8 * step))
    return sheet


def check() -> int:
    """Draw everything into a temporary folder; 1 if a file differs from the one kept here."""
    with tempfile.TemporaryDirectory() as folder:
        draw(list(SLEEVES), Path(folder))
        drawn = sorted(p.relative_to(folder) for p in Path(folder).rglob("*") if p.is_file())
        kept = [HERE / path for path in drawn]
        differing = [
            str(path)
            for path, old in zip(drawn, kept, strict=True)
            if not old.exists() or not filecmp.cmp(Path(folder) / path, old, shallow=False)
        ]
    print(f"{len(drawn)} files, {len(differing)} differ: {' '.join(differing) or 'none'}")
    return 1 if differing else 0


def main() -> int:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw the project's own sleeves.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="these sleeves alone")
    parser.add_argument("--check", action="store_true", help="compare with what is kept here")
    parser.add_argument("--out", type=Path, default=HERE, help="draw into this folder")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(SLEEVES))
    if unknown:
        parser.error(f"no such sleeve: {', '.join(unknown)} (there are: {', '.join(SLEEVES)})")
    if given.check:
        return check()
    draw(given.names or list(SLEEVES), given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
