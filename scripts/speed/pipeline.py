"""Times all that is done with a picture, from a JPEG's bytes to a genre, against the script that one would write.

    pipeline.py CONTENDER BUNDLE SCENES OUT

`SCENES` is a folder of JPEGs, with `corners.json` beside them, which tells where the sleeves are, or with what `sleevetrainer
scenes` writes. Writes `OUT-whole.json`,
and prints the table for docs/speed.md.
"""

import csv
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from turns import PICTURES, TURNS, Contender, measured, processor, python, table

GOOD = 0.9
"""The part of both outlines together that they share, from which on a sleeve counts as found."""


def shared(one: list | None, other: list | None) -> float:
    """Intersection over union of two outlines; 1 where neither is there."""
    if one is None or other is None:
        return float(one is other)
    one, other = (cv2.convexHull(np.float32(outline)) for outline in (one, other))
    common, _ = cv2.intersectConvexConvex(one, other)
    return common / (cv2.contourArea(one) + cv2.contourArea(other) - common)


def truths(scenes: Path) -> dict[str, tuple[list | None, str | None]]:
    """Of each scene the sleeve's outline, and its genre, where that is told."""
    if (scenes / "corners.json").exists():
        corners = json.loads((scenes / "corners.json").read_text())
        return {name: (outline, None) for name, outline in corners.items()}
    with (scenes / "scenes.csv").open() as rows:
        return {row["image_path"]: (outline(row), row["label"] or None) for row in csv.DictReader(rows)}


def outline(row: dict[str, str]) -> list | None:
    """The corners of a row of `scenes.csv`."""
    return [[float(row[f"x{at}"]), float(row[f"y{at}"])] for at in range(4)] if row["x0"] else None


def part(right: list[bool]) -> float | None:
    """The part of answers that are right; none where there are no answers."""
    return round(float(np.mean(right)), 3) if right else None


def percent(part: float | None) -> str:
    """As the table has it."""
    return "" if part is None else f"{100 * part:.0f} %"


def main(contender: str, bundle: str, scenes: str, out: str) -> None:
    """Measures, prints, writes."""
    contenders = [
        Contender("Sleevesight", [contender, "whole", "-", bundle, scenes]),
        Contender("OpenCV and ONNX Runtime", python("hobbyist.py", bundle, scenes)),
    ]
    measured(contenders)
    names = sorted(path.name for path in Path(scenes).glob("*.jpg"))
    told = [truths(Path(scenes))[name] for name in names]
    rows = []
    for one in contenders:
        pairs = list(zip(one.answers, told, strict=True))
        found = [shared(answer["corners"], outline) >= GOOD for answer, (outline, _) in pairs]
        right = [answer["genre"] == genre for answer, (outline, genre) in pairs if outline and genre]
        rows.append({**one.figures(), "found": part(found), "right": part(right)})
    figures = {"processor": processor(), "scenes": len(names), "runs": TURNS * PICTURES, "rows": rows}
    Path(f"{out}-whole.json").write_text(json.dumps(figures, indent=1) + "\n")
    lines = [
        [
            one["name"],
            one["cpu_ms"],
            "{} to {}".format(*one["cpu_quartiles_ms"]),
            one["wall_ms"],
            one["start_ms"],
            one["start_cpu_ms"],
            one["peak_mb"],
            percent(one["found"]),
            percent(one["right"]),
        ]
        for one in rows
    ]
    columns = [
        "",
        "CPU ms",
        "quartiles",
        "wall ms",
        "start ms",
        "start, CPU ms",
        "peak MB",
        "outline right",
        "genre right",
    ]
    print(table(columns, lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
