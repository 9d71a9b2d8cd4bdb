"""Step `tables`: tables of artists and albums become what the device looks names up in.

Anyone may bring tables of his own:

- artists: CSV, `artist,genre,weight,sources`; a row for each genre of an artist. `sources` names the lists
  that say so, with spaces between; it may be empty.
- albums: CSV, `artist,title,year,source`.

Either may be compressed (`.gz`). What comes out are tables of tab-separated UTF-8, compressed:
`artists.tsv.gz`, `albums.tsv.gz` and, of record labels, `labels.tsv.gz` (`docs/bundle.md`).
"""

import csv
import gzip
import importlib.resources
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import TrainerError
from .fold import folded, squashed

GENRES = [
    "classical",
    "country",
    "electronic",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "rock",
    "blues",
    "reggae",
    "soul_rnb",
    "folk",
    "punk",
    "latin",
    "world",
    "soundtrack",
    "other",
]
"""The genres of the tables: the sixteen, and `other` for what none of them is."""

LEFT_OUT = {
    **dict.fromkeys(
        [
            "spotify_kaggle",
            "spotify_billboard",
            "spotify_danlsn",
            "spotify_buzzify",
            "spotify_huyminhvo",
            "spotify_mwreed",
            "spotify_yihsuan",
            "data_surfers_ru",
            "billboard_country",
        ],
        "from Spotify, whose terms forbid passing its data on",
    ),
    **dict.fromkeys(
        ["olga_musicbrainz", "musicbrainz_rg"],
        "tags of MusicBrainz are for non-commercial use only (CC BY-NC-SA)",
    ),
    "progarchives_albums": "GPL-3",
    "aoty_metacritic": "GPL-2",
}
"""Sources that are not shipped, and why."""

TRUST = {
    "dbpedia": 1.6,
    "rym_top5000": 1.4,
    "rym_scrape": 1.4,
    "discogs_purarue": 1.4,
    "nyphil": 1.3,
    "allmusic": 1.2,
    "pitchfork": 1.2,
    "sovietmusic": 1.2,
    "metalarchives_names": 0.9,
    "motown": 0.8,
    "nyphil_surname": 0.7,
}
"""How much a source counts; 1 where it is not named here."""

FAMILIES = {
    "deathmetal_kaggle": "metalarchives",
    "metalarchives_names": "metalarchives",
    "plex_allmusic": "allmusic",
    "rym_top5000": "rym",
    "rym_scrape": "rym",
    "nyphil_surname": "nyphil",
}
"""Sources that say the same thing twice; each other one is its own."""

MIN_SHARE = 0.08
"""The least share of a genre that is kept of an artist."""

MAX_GENRES = 4
"""The most genres that are kept of an artist."""

MAX_SOURCES = 255
MAX_COUNT = 65535
"""The largest numbers that a table can hold."""

MIN_KEY = 3
"""Letters of a name without spaces, at least."""

MAX_KEY = 40
"""Letters of it, at most: what is longer is a list of players."""


@dataclass
class Artist:
    """An artist and what the sources say."""

    name: str
    genres: Counter = field(default_factory=Counter)
    families: set[str] = field(default_factory=set)
    albums: set[str] = field(default_factory=set)
    common: int = 0
    """Titles of other artists that hold the name."""


@dataclass(frozen=True)
class Tables:
    """What is shipped: the tables, compressed, and counts of what went in."""

    artists: bytes
    albums: bytes
    labels: bytes
    sources: dict[str, dict[str, int]]
    """How many `artists` and `albums` each source tells of."""
    counts: dict[str, int]
    """How many `artists`, `albums` and `labels` there are."""


def tables(artists: Path, albums: Path, left_out: Iterable[str] = LEFT_OUT) -> Tables:
    """Makes the tables, without the sources that are left out.

    Raises:
        TrainerError: A table is missing, or is none.
    """
    left_out = set(left_out)
    told: dict[str, set[str]] = defaultdict(set)
    known: dict[str, Artist] = {}
    for row in _rows(artists, ("artist", "genre")):
        allowed = [source for source in row.get("sources", "").split() if source not in left_out]
        lists = [source for source in allowed if source != "alias"]
        if row["genre"] not in GENRES or (row.get("sources") and not lists):
            continue
        key = squashed(row["artist"])
        if not MIN_KEY <= len(key) <= MAX_KEY:
            continue
        artist = known.setdefault(key, Artist(row["artist"]))
        weight = sum(TRUST.get(source, 1.0) for source in lists) or float(row.get("weight") or 1)
        artist.genres[row["genre"]] += weight
        artist.families |= {FAMILIES.get(source, source) for source in lists}
        for source in lists:
            told[source].add(key)
    albums_told: Counter[tuple[str, str]] = Counter()
    titles = list(_titles(albums, known, left_out, albums_told))
    known = {key: artist for key, artist in known.items() if _is_kept(artist)}
    titles = [title for title in titles if title[0] in known]
    _count_common(known, titles)
    labels = labels_table()
    sources: dict[str, dict[str, int]] = {}
    for source, keys in sorted(told.items()):
        sources[source] = {"artists": len(keys & known.keys()), "albums": 0}
    for (source, key), count in sorted(albums_told.items()):
        if source and key in known:
            sources.setdefault(source, {"artists": 0, "albums": 0})["albums"] += count
    counts = {"artists": len(known), "albums": len(titles), "labels": len(labels)}
    return Tables(*_written(known, titles), _compressed(labels), sources, counts)


def _is_kept(artist: Artist) -> bool:
    """Whether a name is worth its place: one of a script that is read, and not of a band without a record.

    Lists of metal bands name some ninety thousand, of which most never pressed a record: noise would match
    them.
    """
    obscure = bool(artist.families) and artist.families <= {"metalarchives"}
    read = all(ord(letter) < 0x530 for letter in squashed(artist.name))
    return read and (not obscure or bool(artist.albums))


def labels_table() -> list[str]:
    """The rows of the record labels, which were written by hand (`labels.tsv`: the label and its genre)."""
    text = (importlib.resources.files(__package__) / "labels.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return ["\t".join([name, f"{GENRES.index(genre)}:100", "1", "0", "0", "0"]) for name, genre in rows]


def _rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, restval="")
            missing = [column for column in columns if column not in (table.fieldnames or ())]
            if missing:
                raise TrainerError(f"{path} has no column {missing[0]}; it needs {', '.join(columns)}")
            yield from table
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise TrainerError(f"{path} is no table ({error})") from error


def _titles(
    path: Path, known: dict[str, Artist], left_out: set[str], told: Counter[tuple[str, str]]
) -> Iterator[tuple[str, str, str]]:
    """Key of the artist, title, year; each title of an artist once, with the earliest year.

    Counts in `told` the rows of each source and artist.
    """
    years: dict[tuple[str, str], str] = {}
    names: dict[tuple[str, str], str] = {}
    for row in _rows(path, ("artist", "title")):
        key, title = squashed(row["artist"]), row["title"].strip()
        # What stands in brackets at the end tells of an edition.
        title = re.sub(r"\s*[\(\[][^()\[\]]*[\)\]]\s*$", "", title) or title
        if row.get("source") in left_out or key not in known or len(squashed(title)) < MIN_KEY:
            continue
        place = (key, squashed(title))
        names.setdefault(place, title)
        year = row.get("year", "").strip()[:4]
        if year.isdigit() and (not years.get(place) or year < years[place]):
            years[place] = year
        known[key].albums.add(place[1])
        told[row.get("source", ""), key] += 1
    for (key, squash), title in names.items():
        yield key, title, years.get((key, squash), "")


def _count_common(known: dict[str, Artist], titles: list[tuple[str, str, str]]) -> None:
    """Counts how many titles of others hold each name as whole words."""
    for key, title, _ in titles:
        words = folded(title).split()
        runs = {
            "".join(words[start:end])
            for start in range(len(words))
            for end in range(start + 1, min(len(words), start + 4) + 1)
        }
        for run in runs:
            if run in known and run != key:
                known[run].common += 1


def _written(known: dict[str, Artist], titles: list[tuple[str, str, str]]) -> tuple[bytes, bytes]:
    keys = sorted(known)
    places = {key: place for place, key in enumerate(keys)}
    rows = []
    for key in keys:
        artist = known[key]
        total = sum(artist.genres.values())
        shares = [
            (genre, weight / total)
            for genre, weight in artist.genres.most_common(MAX_GENRES)
            if weight / total >= MIN_SHARE
        ] or [(artist.genres.most_common(1)[0][0], 1.0)]
        whole = sum(share for _, share in shares)
        genres = ",".join(f"{GENRES.index(genre)}:{round(100 * share / whole)}" for genre, share in shares)
        metal_only = artist.families <= {"metalarchives"} and bool(artist.families)
        counts = [
            min(len(artist.families) or 1, MAX_SOURCES),
            min(len(artist.albums), MAX_COUNT),
            min(artist.common, MAX_COUNT),
            int(metal_only),
        ]
        rows.append("\t".join([_plain(artist.name), genres, *map(str, counts)]))
    of_artist = defaultdict(list)
    for key, title, year in titles:
        of_artist[places[key]].append((_plain(title), year))
    albums = [
        "\t".join([str(place), title, year])
        for place, own in sorted(of_artist.items())
        for title, year in sorted(own)
    ]
    return _compressed(rows), _compressed(albums)


def _plain(text: str) -> str:
    """A text without tabs, line ends and other control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _compressed(rows: list[str]) -> bytes:
    out = io.BytesIO()
    # No name and no time in the header: the same tables are the same bytes.
    with gzip.GzipFile("", "wb", 9, out, mtime=0) as file:
        file.write(("\n".join(rows) + "\n").encode())
    return out.getvalue()
