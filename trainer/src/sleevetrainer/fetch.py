"""Stage `fetch`: covers by their MusicBrainz identifiers, a folder per genre, for `prepare`.

The table that comes with the trainer, `study.csv`, is the split of the study that the project started from.
"""

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from importlib import resources
from pathlib import Path
from uuid import UUID

from tqdm import tqdm

from .archive import ENDINGS, Archive, MissingError, TroubleError, ending
from .errors import TrainerError
from .run import write_beside, write_rows

KINDS = ("release-group", "release")
"""What identifiers may be of."""

SIDES = (250, 500, 1200)
"""The longer side, in pixels, of what the archive keeps."""

IN_A_ROW = 5
"""After so many covers in a row that could not be had, it is not the covers."""


@dataclass(frozen=True)
class Wanted:
    """A row of the table."""

    id: str
    """A MusicBrainz identifier."""
    genre: str
    split: str = ""
    """`train`, `test`, or nothing."""

    def paths(self) -> list[str]:
        """Where its cover may lie, below the covers' folder."""
        return [f"{self.genre}/{self.id}{end}" for end in ENDINGS.values()]


@dataclass(frozen=True)
class Lacking:
    """A row of `missing.csv`."""

    asked: str
    id: str
    genre: str
    reason: str
    again: str
    """`yes` where it is asked for again the next time; `no` where the archive has none."""


def study() -> Path:
    """The study's own table: `id,genre,split`."""
    return Path(str(resources.files(__package__) / "study.csv"))


def fetch(
    out: Path,
    archive: Archive,
    table: Path | None = None,
    kind: str = KINDS[0],
    side: int = SIDES[0],
    ask_again: bool = False,
) -> dict[str, int]:
    """Fetches the covers of a table that are not there yet.

    It writes `GENRE/ID.jpg`, `missing.csv`, and where the table tells the split `train.csv` and `test.csv`
    (`image_path,label`). What was stopped goes on where it was.

    Args:
        out: The covers' folder.
        archive: Where they come from.
        table: `id,genre` or `id,genre,split`; the study's own by default.
        kind: What the identifiers are of, one of `KINDS`.
        side: How large, one of `SIDES`.
        ask_again: Whether to ask for what the archive did not have the last time.

    Returns:
        How many covers were `fetched`, were `there`, are `missing`, and are to be asked for `again`.

    Raises:
        TrainerError: The table is none, or the archive is not to be had.
    """
    if kind not in KINDS or side not in SIDES:
        raise TrainerError(f"the archive has {' and '.join(KINDS)}, at {', '.join(map(str, SIDES))} pixels")
    rows = wanted(table or study())
    lacking = _lacking(out / "missing.csv")
    counts = {"fetched": 0, "there": 0, "missing": 0, "again": 0}
    troubles = 0
    try:
        progress = tqdm(rows, desc="covers", unit="cover")
        for row in progress:
            asked = f"{kind}/{row.id}/front-{side}"
            told = lacking.get(row.id)
            if _there(out, row):
                outcome, told = "there", None
            elif told and (told.asked, told.again) == (asked, "no") and not ask_again:
                outcome = "missing"
            else:
                outcome, told = _asked(out, archive, row, asked)
                troubles = troubles + 1 if outcome == "again" else 0
            counts[outcome] += 1
            progress.set_postfix(counts, refresh=False)
            if told != lacking.get(row.id):
                lacking.pop(row.id, None)
                lacking |= {row.id: told} if told else {}
                _write_lacking(out / "missing.csv", lacking)
            if troubles >= IN_A_ROW:
                raise TrainerError(
                    f"{troubles} covers in a row could not be had from {archive.server} ({told.reason}); "
                    "type the same command again later, and it goes on from here"
                )
    finally:
        _write_split(out, rows)
    return counts


def wanted(table: Path) -> list[Wanted]:
    """The rows of a table `id,genre` or `id,genre,split`.

    Raises:
        TrainerError: It is none; the message names the line.
    """
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainerError(f"{table} is no table of identifiers ({error})") from error
    if not rows or not {"id", "genre"} <= rows[0].keys():
        raise TrainerError(
            f"{table} names no covers; it needs the columns id and genre, split if there is one"
        )
    found: dict[str, Wanted] = {}
    for line, row in enumerate(rows, start=2):
        one = Wanted(*((row.get(field.name) or "").strip() for field in fields(Wanted)))
        fault = _fault(one) or (f"{one.id} is there twice" if one.id.lower() in found else None)
        if fault:
            raise TrainerError(f"{table}, line {line}: {fault}")
        found[one.id.lower()] = Wanted(one.id.lower(), one.genre, one.split)
    return list(found.values())


def _fault(row: Wanted) -> str | None:
    """What is wrong with a row; `None` where nothing is."""
    try:
        is_id = str(UUID(row.id)) == row.id.lower()
    except ValueError:
        is_id = False
    if not is_id:
        return f"'{row.id}' is no MusicBrainz identifier, such as ceac5cab-011f-4b3d-aa9a-6b1f4b941408"
    if (
        not row.genre.isprintable()
        or not row.genre
        or row.genre[0] == "."
        or set(row.genre) & set('/\\:*?"<>|')
    ):
        return f"'{row.genre}' is no name for a genre's folder"
    if row.split not in ("", "train", "test"):
        return f"'{row.split}' is no part of a split; it is train, test, or left empty"
    return None


def _there(out: Path, row: Wanted) -> bool:
    """Whether a whole cover is there; what is broken is taken away."""
    for path in (out / path for path in row.paths()):
        if path.is_file():
            try:
                ending(path.read_bytes())
            except TroubleError:
                path.unlink()
            else:
                return True
    return False


def _asked(out: Path, archive: Archive, row: Wanted, asked: str) -> tuple[str, Lacking | None]:
    """Asks for a cover, and writes it whole or not at all."""
    try:
        body, end = archive.cover(asked)
    except MissingError as reason:
        return "missing", Lacking(asked, row.id, row.genre, str(reason), "no")
    except TroubleError as reason:
        return "again", Lacking(asked, row.id, row.genre, str(reason), "yes")
    path = out / row.genre / f"{row.id}{end}"
    try:
        write_beside(path, lambda beside: beside.write_bytes(body))
    except OSError as error:
        raise TrainerError(
            f"{path} cannot be written ({error.strerror}); make room, or name another folder"
        ) from error
    return "fetched", None


def _lacking(path: Path) -> dict[str, Lacking]:
    """What an earlier fetch has written down, by identifier."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [field.name for field in fields(Lacking)]
    if rows and not set(names) <= rows[0].keys():
        raise TrainerError(f"{path} was not written by this program; move it away")
    return {row["id"]: Lacking(*(row[name] for name in names)) for row in rows}


def _write_lacking(path: Path, lacking: dict[str, Lacking]) -> None:
    write_rows(path, [field.name for field in fields(Lacking)], map(astuple, lacking.values()))


def _write_split(out: Path, rows: Sequence[Wanted]) -> None:
    """The split of what is there, as `prepare --train-csv --test-csv` takes it."""
    for part in ("train", "test"):
        found = [
            (path, row.genre)
            for row in rows
            if row.split == part
            for path in row.paths()
            if (out / path).is_file()
        ]
        if found:
            write_rows(out / f"{part}.csv", ("image_path", "label"), found)
