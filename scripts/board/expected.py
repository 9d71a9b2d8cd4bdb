"""Writes what the virtual board needs to know: its configuration, its lines, and what each scene should give.

What should be said is what `classify` says on x86-64, as tests/sleeves/golden-scenes.json keeps it.
"""

import json
import sys
import tomllib
from pathlib import Path

# The lines of the lamps that are no genre's; genres have those from 0 on.
SURE, BUSY = 22, 23

# Scenes of which the golden file says a genre, one after the other.
MOST = 4


def main(folder: Path) -> None:
    """Writes board.toml, lines and scenes into a folder."""
    golden = json.loads(Path("tests/sleeves/golden-scenes.json").read_text(encoding="utf-8"))
    bundle = tomllib.loads(Path("models/lite0/bundle.toml").read_text(encoding="utf-8"))
    genres = {genre["id"]: (line, genre["en"]) for line, genre in enumerate(bundle["genres"])}
    lines = "".join(f"{genre} = {line}\n" for genre, (line, _) in genres.items())
    (folder / "board.toml").write_text(
        f'source = "v4l:auto"\n[indicators.gpio]\nchip = "pinctrl-bcm2711"\nsure = {SURE}\nbusy = {BUSY}\n'
        f'[indicators.gpio.genres]\n{lines}[indicators.strip]\nlights = 8\n[indicators.oled]\nbus = "/dev/i2c-1"\n',
        encoding="utf-8",
    )
    numbered = [(genre, line) for genre, (line, _) in genres.items()] + [("sure", SURE), ("busy", BUSY)]
    (folder / "lines").write_text("".join(f"{name} {line}\n" for name, line in numbered), encoding="utf-8")

    scenes, last = [], None
    for name, said in golden.items():
        # Far from the threshold, so that no last bit of an emulated sum turns it; and not what was said before.
        if said["verdict"] == "genre" and said["genre"] != last and max(said["probabilities"].values()) > 0.55:
            last = said["genre"]
            scenes.append(f"{Path(name).stem}|● {genres[last][1]} |{last} sure\n")
    if len(scenes) < 2:
        sys.exit("the golden file has too few scenes that are sure of a genre")
    (folder / "scenes").write_text("".join(scenes[:MOST]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
