"""The command `sleevetrainer words`: a step a word."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import TrainerError

app = typer.Typer(no_args_is_help=True)

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The run folder that prepare has made.")]
BundleFolder = Annotated[Path, typer.Option(metavar="DIR", help="The bundle's folder.")]
BUNDLE = Path("models/default")


@app.callback()
def about() -> None:
    """What the device reads the words on a sleeve by; scripts/train-words goes all the way."""


@app.command()
def tables(
    artists: Annotated[Path, typer.Argument(metavar="ARTISTS", help="CSV: artist,genre,weight,sources.")],
    albums: Annotated[Path, typer.Argument(metavar="ALBUMS", help="CSV: artist,title,year,source.")],
    out: Annotated[Path, typer.Option(metavar="RUN", help="The run folder.")],
    leave_out: Annotated[
        list[str] | None, typer.Option(metavar="SOURCE", help="A source to leave out, too; may be repeated.")
    ] = None,
    take: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="A source to take that is left out by default; may be repeated."),
    ] = None,
) -> None:
    """Makes the tables that names are looked up in, and says which sources went in."""
    from ..run import Run, write_beside
    from .known import FOLDER
    from .tables import LEFT_OUT
    from .tables import tables as step

    run = Run.opened(out)
    left_out = {source: why for source, why in LEFT_OUT.items() if source not in (take or [])}
    left_out |= dict.fromkeys(leave_out or [], "as the owner wanted")
    made = step(artists, albums, left_out)
    for name in ("artists", "albums", "labels"):
        content = getattr(made, name)
        write_beside(
            run.folder / FOLDER / f"{name}.tsv.gz",
            lambda beside, content=content: beside.write_bytes(content),
        )
    run.note("words-tables", {"sources": made.sources, "left_out": left_out, "counts": made.counts})
    for source, counts in made.sources.items():
        typer.echo(f"{source:22} {counts['artists']:7} artists {counts['albums']:7} albums")
    typer.echo(f"left out: {', '.join(sorted(left_out)) or 'none'}")
    typer.echo(", ".join(f"{count} {name}" for name, count in made.counts.items()))


@app.command()
def read(
    run: RunFolder,
    more: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Covers outside the split, with a manifest.csv.")
    ] = None,
    networks: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Networks of a bundle (models/NAME/words); made anew by default."),
    ] = None,
    passes: Annotated[int, typer.Option(min=1, max=5, help="Passes over each cover.")] = 5,
) -> None:
    """Reads the words of all covers; goes on where it was stopped."""
    from ..run import Run
    from .covers import read_covers
    from .fit import NETWORKS
    from .known import FOLDER, kept, listed
    from .reading import Reader

    opened = Run.opened(run)
    covers = listed(opened, more)
    folder = opened.folder / FOLDER
    version = _networks(folder, networks)
    kept(opened, covers)
    detector, recogniser, letters = ((folder / name).read_bytes() for name in NETWORKS)
    reader = Reader(detector, recogniser, letters.decode())
    read_covers(reader, opened.covers, [cover.path for cover in covers], folder / "read.jsonl", passes)
    counts = {part: sum(cover.part == part for cover in covers) for part in ("train", "test", "more")}
    opened.note("words-read", {"covers": counts, "passes": passes, "networks": version})
    typer.echo(", ".join(f"{count} {part}" for part, count in counts.items()))


def _networks(folder: Path, given: Path | None) -> str:
    """Puts the networks into a run's folder, where they are not yet; tells where from."""
    from ..run import write_beside
    from .fit import NETWORKS
    from .networks import PACKAGE
    from .networks import networks as made

    if given is None and all((folder / name).exists() for name in NETWORKS):
        return "those of the run"
    if given is None:
        both = made()
        contents = (both.detector, both.recogniser, both.letters.encode())
        version = f"{PACKAGE} {both.version}"
    else:
        try:
            contents = tuple((given / name).read_bytes() for name in NETWORKS)
        except OSError as error:
            raise TrainerError(f"{given} holds no networks that read words ({error})") from error
        version = str(given)
    is_read = (folder / "read.jsonl").exists()
    for name, content in zip(NETWORKS, contents, strict=True):
        path = folder / name
        if is_read and path.exists() and path.read_bytes() != content:
            raise TrainerError(f"{folder / 'read.jsonl'} was read by other networks; delete it to read anew")
    for name, content in zip(NETWORKS, contents, strict=True):
        write_beside(folder / name, lambda beside, content=content: beside.write_bytes(content))
    return version


@app.command()
def fit(
    run: RunFolder,
    bundle: BundleFolder = BUNDLE,
    albums: Annotated[
        int | None, typer.Option(min=0, help="Albums of the tables to learn from; all by default.")
    ] = None,
) -> None:
    """Fits classifier and confidence, and writes the bundle's words/ with SOURCES.md and NOTICE."""
    from ..run import Run
    from .fit import fit as step

    result = step(Run.opened(run), bundle.resolve(), albums)
    typer.echo(
        f"fitted to {result['covers']} covers and {result['albums']} albums; the artist is named on "
        f"{100 * result['named']:.1f} % of covers not shown, "
        f"and right for {100 * result['right']:.1f} % of these"
    )


@app.command()
def fuse(run: RunFolder, bundle: BundleFolder = BUNDLE) -> None:
    """Fits how picture and words count together, and writes the bundle's words/fusion.toml."""
    from ..run import Run
    from .fuse import fuse as step

    result = step(Run.opened(run), bundle.resolve())
    for which, count in result["fitted_to"].items():
        typer.echo(f"fitted to {count} covers: {which}")
    typer.echo(
        f"picture {result['picture']:.3f}, classifier {result['classifier']:.3f}, names {result['names']:.3f}"
    )
    for caution, level in result["thresholds"].items():
        typer.echo(
            f"caution {caution}: a genre for {100 * level['said']:.0f} % of the test split, right for "
            f"{100 * level['right']:.0f} % of these"
        )


@app.command()
def evaluate(run: RunFolder, bundle: BundleFolder = BUNDLE) -> None:
    """Measures picture, words, and both on the test split; writes RUN/words-evaluate.json."""
    from ..run import Run
    from .evaluate import evaluate as step

    result = step(Run.opened(run), bundle.resolve())
    for name in ("test", "outside"):
        if name in result:
            _told(name, result[name])


def _told(name: str, figures: dict[str, Any]) -> None:
    """Prints the figures of some covers as tables."""
    typer.echo(f"{name}: {figures['covers']} covers")
    typer.echo(f"{'':24} picture   words    both  words shuffled")
    for key, title in (("all_genres", "all genres"), ("taught_genres", "genres that were taught")):
        rates = figures[key]
        if "both" in rates:
            columns = [f"{100 * rates[column]:7.1f}" for column in ("picture", "words", "both", "shuffled")]
            typer.echo(f"{title:24} {' '.join(columns)}")
    typer.echo(
        f"a name on {100 * figures['named']:.1f} % of covers, "
        f"right for {100 * figures['right_of_named']:.1f} % of these "
        f"and for {100 * figures['right_of_others']:.1f} % of the others"
    )
    for key in ("by_genre", "by_source"):
        typer.echo(f"{key.replace('_', ' '):36} covers   named picture    both")
        for label, rates in figures[key].items():
            columns = [f"{100 * rates[column]:7.1f}" for column in ("named", "picture", "both")]
            typer.echo(f"{label:36} {rates['covers']:6} {' '.join(columns)}")
