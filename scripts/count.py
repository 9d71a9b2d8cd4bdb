"""Holds counts of instructions against those that are kept.

    count.py ANNOTATED KEPT.json

With REGENERATE=1 they are kept in their place.
"""

import json
import os
import re
import sys
from pathlib import Path

PARTS = {
    "from start to verdict": r"PROGRAM TOTALS",
    "loading the network": r"network::tract::Network::load\b",
    "a reading": r"network::tract::Network::read\b",
    "of it, convolutions of bytes": r"int8::kernel::Packed::run\b",
    "scaling a cover": r"picture::resize(_by)?\b",
}
"""What is counted, by the functions in which it is done, with what these call."""

MOST = 1.03
"""By how much a count may grow."""


def counts(annotated: str) -> dict[str, int]:
    """The instructions of each part, in millions."""
    found = {}
    for part, pattern in PARTS.items():
        lines = [line for line in annotated.splitlines() if re.search(pattern, line)]
        # A line of a source that names a function, and was not run, has no number.
        counted = [re.match(r"\s*([\d,]+)", line) for line in lines]
        numbers = [int(count[1].replace(",", "")) for count in counted if count]
        if not numbers:
            raise SystemExit(f"count.py: nothing is counted for '{part}'; is {pattern} called otherwise now?")
        found[part] = round(max(numbers) / 1e6, 2)
    return found


def main(annotated: str, kept: str) -> None:
    """Prints what was counted; says what grew."""
    now = counts(Path(annotated).read_text())
    if os.environ.get("REGENERATE") == "1":
        Path(kept).write_text(json.dumps(now, indent=1) + "\n")
    before = json.loads(Path(kept).read_text())
    for part, millions in now.items():
        print(f"{part}: {millions} million instructions, {100 * (millions / before[part] - 1):+.1f} %")
    grown = [part for part, millions in now.items() if millions > MOST * before[part]]
    if grown:
        raise SystemExit(
            f"count.py: it takes more instructions than before: {', '.join(grown)}; make it fast again, or, where that is "
            "meant, type: REGENERATE=1 scripts/count"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
