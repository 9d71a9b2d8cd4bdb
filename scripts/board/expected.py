"""Writes what the virtual board needs to know: its configuration, its lines, and what each scene should give.

What should be said and lit is what x86-64 says and lights, as tests/sleeves/golden-board.json keeps it
(tests/board_shows.rs writes and holds it).
"""

import json
import sys
import tomllib
from pathlib import Path

GOLDEN = Path("tests/sleeves/golden-board.json")

# The lines of the lamps that are no genre's; genres have those from 0 on.
SURE, BUSY = 22, 23

# The strip's lights.
LIGHTS = 8

# Scenes that are shown one after the other.
MOST = 8

# How far a probability must be from where another word would be said, so that no last bit of a sum turns it.
MARGIN = 0.02


def scenes(golden: dict) -> list[str]:
    """The scenes to be shown: each word that is said of any at least once, and never twice in a row.

    A sleeve that the network takes for none looks like an empty room, and cannot be told from one.
    """
    nothing = {shown["said"] for shown in golden.values() if shown["margin"] is None}
    usable = [
        name
        for name, shown in golden.items()
        if (shown["margin"] or 0.0) >= MARGIN
        and shown["said"] not in nothing
        and not name.startswith("empty")
    ]
    chosen, words = [], set()
    for again in (False, True):
        for name in usable:
            word = golden[name]["said"]
            follows = not chosen or golden[chosen[-1]]["said"] != word
            if follows and len(chosen) < MOST and name not in chosen and (again or word not in words):
                chosen.append(name)
                words.add(word)
    if len(chosen) < 3 or not any(golden[name]["lamps"] for name in chosen):
        sys.exit(f"{GOLDEN} has too few scenes of which something is said for sure")
    return chosen


def main(folder: Path) -> None:
    """Writes board.toml, lines, scenes, empty and clearest into a folder."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    bundle = tomllib.loads(Path("models/default/bundle.toml").read_text(encoding="utf-8"))
    genres = {genre["id"]: line for line, genre in enumerate(bundle["genres"])}
    lines = "".join(f"{genre} = {line}\n" for genre, line in genres.items())
    (folder / "board.toml").write_text(
        # To read words takes an emulated processor minutes.
        f'source = "v4l:auto"\nwords = false\n[indicators.gpio]\nchip = "pinctrl-bcm2711"\nsure = {SURE}\nbusy = {BUSY}\n'
        f"[indicators.gpio.genres]\n{lines}[indicators.strip]\nlights = {LIGHTS}\n"
        f'[indicators.oled]\nbus = "/dev/i2c-1"\n',
        encoding="utf-8",
    )
    numbered = [*genres.items(), ("sure", SURE), ("busy", BUSY)]
    (folder / "lines").write_text("".join(f"{name} {line}\n" for name, line in numbered), encoding="utf-8")

    rows = [f"{name}|{golden[name]['said']}|{' '.join(golden[name]['lamps'])}\n" for name in scenes(golden)]
    (folder / "scenes").write_text("".join(rows), encoding="utf-8")
    empty = [name for name, shown in golden.items() if shown["margin"] is None and name.startswith("empty")]
    if not empty:
        sys.exit(f"{GOLDEN} has no empty scene in which no sleeve is found")
    (folder / "empty").write_text(empty[0] + "\n", encoding="utf-8")
    # For what loses a little on its way, as YUYV loses colour.
    sure = [name for name, shown in golden.items() if shown["lamps"]]
    clearest = max(sure, key=lambda name: golden[name]["margin"])
    (folder / "clearest").write_text(f"{clearest}|{golden[clearest]['said']}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
