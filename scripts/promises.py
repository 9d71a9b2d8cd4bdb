"""Writes figures into docs/promises.md: each behind the test that printed it."""

import sys
from pathlib import Path

TABLE = Path("docs/promises.md")


def renewed(row: str, figures: dict[str, str]) -> str:
    """A row of the table with the newest figure of its test, where there is one."""
    cells = row.split("|")
    if len(cells) != 5:
        return row
    found = [figures[name] for name in cells[2].split("`")[1::2] if name in figures]
    if found:
        cells[3] = f" {'; '.join(found)} "
    return "|".join(cells)


def main() -> None:
    """Reads a file of names and figures."""
    lines = Path(sys.argv[1]).read_text().splitlines()
    figures = dict(line.split("\t", 1) for line in lines)
    table = TABLE.read_text().splitlines()
    TABLE.write_text("".join(f"{renewed(row, figures)}\n" for row in table))


main()
