"""Step `read`: the words of all covers, by each pass; a second start goes on with what was read."""

import json
from collections.abc import Iterable
from pathlib import Path

import cv2
from tqdm import tqdm

from ..preprocess import centred_square, opened
from .reading import PASSES, Reader


def read_covers(
    reader: Reader, folder: Path, paths: Iterable[str], out: Path, passes: int = len(PASSES)
) -> None:
    """Reads covers, pass by pass, and appends a JSON object a line to `out`: `path`, `pass`, `lines`.

    What `out` holds already is not read again; a last line that was cut short is dropped.

    Args:
        reader: Reads the words.
        folder: Where the paths begin.
        paths: The covers.
        out: JSON lines. Each line of text has `text`, `confidence` and `corners` (fractions of the side).
        passes: How many passes.
    """
    done = set()
    if out.exists():
        whole = [line for line in out.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        out.write_bytes(b"".join(whole))
        done = {(row["path"], row["pass"]) for row in map(json.loads, whole)}
    cv2.setNumThreads(1)
    todo = [(path, number) for number in range(passes) for path in paths if (path, number) not in done]
    with out.open("a", encoding="utf-8") as file:
        for path, number in tqdm(todo, desc="reading the words", unit="pass"):
            cover = centred_square(opened(folder / path))
            lines = [
                {
                    "text": line.text,
                    "confidence": round(line.confidence, 4),
                    "corners": [[round(float(value), 4) for value in corner] for corner in line.corners],
                }
                for line in reader.read(cover, PASSES[number])
            ]
            file.write(json.dumps({"path": path, "pass": number, "lines": lines}, ensure_ascii=False) + "\n")
            file.flush()


def words_read(path: Path) -> dict[str, dict[int, list[dict]]]:
    """What `read_covers` has kept: the lines of each pass, of each cover."""
    read: dict[str, dict[int, list[dict]]] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            read.setdefault(row["path"], {})[row["pass"]] = row["lines"]
    return read
