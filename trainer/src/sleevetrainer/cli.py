"""The command `sleevetrainer`: a stage a word."""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import TrainerError
from .words.cli import app as words

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(words, name="words")

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The run folder that prepare has made.")]


class Split(StrEnum):
    """A part of the covers."""

    train = "train"
    test = "test"


@app.callback()
def about(context: typer.Context) -> None:
    """From covers to a bundle, a stage a word: from fetch and prepare to export, evaluate and report."""
    # As PyTorch's launchers tell it; elsewhere, all would do the same work and write the same files.
    if int(os.environ.get("WORLD_SIZE", 1)) > 1 and context.invoked_subcommand != "fit":
        raise TrainerError(
            f"only fit runs in several processes; type: sleevetrainer {context.invoked_subcommand}"
        )


@app.command()
def prepare(
    covers: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A folder per genre.")] = None,
    out: Annotated[Path, typer.Option(metavar="RUN", help="The run folder to make.")] = Path("runs/default"),
    seed: Annotated[int, typer.Option(help="The seed of every random choice.")] = 42,
    min_covers: Annotated[int, typer.Option(help="Genres with fewer covers are left out.")] = 100,
    train_csv: Annotated[Path | None, typer.Option(help="A split that is given: image_path,label.")] = None,
    test_csv: Annotated[Path | None, typer.Option(help="The other half of it.")] = None,
    alike: Annotated[float, typer.Option(help="Cosine from which covers stay on one side.")] = 0.78,
    hold_out: Annotated[str | None, typer.Option(metavar="SOURCE", help="A source not to train on.")] = None,
) -> None:
    """Reads covers, leaves out what is none, and splits them."""
    from .covers import covers_folder
    from .prepare import Recipe
    from .prepare import prepare as stage

    run = stage(covers_folder(covers), out, Recipe(seed, min_covers, train_csv, test_csv, alike, hold_out))
    for genre, counts in run.about["counts"].items():
        typer.echo(
            f"{genre:14} {counts['train']:5} train {counts['test']:5} test"
            + (f" {counts['held_out']:5} held out" if hold_out else "")
        )
    for note in run.about["notes"]:
        typer.echo(note, err=True)
    typer.echo(f"{run.about['left_out']} files left out, with reasons: {run.folder / 'left_out.csv'}")


@app.command()
def fetch(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="The covers' folder to make, or to go on with.")],
    contact: Annotated[str, typer.Option(help="Whom the archive may write to: you@example.org, or a page.")],
    table: Annotated[Path | None, typer.Option(help="id,genre[,split]; by default the study's own.")] = None,
    kind: Annotated[
        str, typer.Option(help="What the ids are of: release-group or release.")
    ] = "release-group",
    side: Annotated[int, typer.Option(help="The covers' longer side: 250, 500 or 1200 pixels.")] = 250,
    per_second: Annotated[float, typer.Option(min=0.001, help="Requests a second, at most.")] = 1.0,
    ask_again: Annotated[bool, typer.Option("--ask-again", help="Ask for what was missing, too.")] = False,
    server: Annotated[
        str, typer.Option(help="Another archive of this kind.")
    ] = "https://coverartarchive.org",
) -> None:
    """Fetches covers by their MusicBrainz identifiers; goes on where it was stopped."""
    from .archive import Archive, Manners
    from .fetch import fetch as stage

    counts = stage(out, Archive(contact, server, Manners(per_second)), table, kind, side, ask_again)
    typer.echo(
        f"{counts['fetched']} covers fetched, {counts['there']} were there, {counts['missing']} are missing"
    )
    if counts["missing"] or counts["again"]:
        typer.echo(f"what is missing, and why: {out / 'missing.csv'}")
    if counts["again"]:
        typer.echo(f"{counts['again']} could not be had this time; type the same command again", err=True)


Epochs = Annotated[int | None, typer.Option(help="Epochs with all but the kept blocks.")]
FrozenEpochs = Annotated[int | None, typer.Option(help="Epochs with the head alone, before.")]
Size = Annotated[int | None, typer.Option(help="The side of the training crops, in pixels.")]
ReadingSize = Annotated[int | None, typer.Option(help="The side at which whole covers are read.")]
Batch = Annotated[int | None, typer.Option(help="Covers a step.")]
Variants = Annotated[int | None, typer.Option(help="How often each cover is disturbed.")]
HeadRate = Annotated[float | None, typer.Option(help="The frozen phase's rate; 0: the finder's.")]
Rate = Annotated[float | None, typer.Option(help="The head's rate while the network learns.")]
Gentler = Annotated[float | None, typer.Option(help="How much lower that of its first blocks is.")]
Trust = Annotated[float | None, typer.Option(help="The teachers' part of the targets, 0 to 1.")]


def recipe_of(context: typer.Context) -> Any:
    """The recipe with what was named on the command line."""
    from .recipe import Recipe, quick

    return quick(Recipe(), **{name: value for name, value in context.params.items() if name != "run"})


@app.command()
def cross(
    context: typer.Context,
    run: RunFolder,
    epochs: Epochs = None,
    frozen_epochs: FrozenEpochs = None,
    size: Size = None,
    reading_size: ReadingSize = None,
    batch: Batch = None,
    variants: Variants = None,
    head_rate: HeadRate = None,
    rate: Rate = None,
    gentler: Gentler = None,
    trust: Trust = None,
) -> None:
    """Lets networks say what they think of covers that they were not shown; goes on where it was stopped."""
    from .cross import cross as stage
    from .run import Run

    result = stage(Run.opened(run), recipe_of(context))
    said("covers not shown", result)
    for side, figures in result["sizes"].items():
        said(f"at {side} px", figures)


@app.command()
def fit(
    context: typer.Context,
    run: RunFolder,
    epochs: Epochs = None,
    frozen_epochs: FrozenEpochs = None,
    size: Size = None,
    reading_size: ReadingSize = None,
    batch: Batch = None,
    variants: Variants = None,
    head_rate: HeadRate = None,
    rate: Rate = None,
    gentler: Gentler = None,
    trust: Trust = None,
    seeds: Annotated[int | None, typer.Option(help="Networks whose mean ships.")] = None,
) -> None:
    """Fine-tunes the networks whose mean ships; goes on where it was stopped."""
    from .fit import fit as stage
    from .run import Run

    stage(Run.opened(run), recipe_of(context))


@app.command()
def baseline(run: RunFolder) -> None:
    """Measures k-nearest neighbours and a linear head on frozen ImageNet features."""
    from .baseline import baseline as stage
    from .run import Run

    for name, result in stage(Run.opened(run)).items():
        said(name, result)


@app.command()
def teach(run: RunFolder) -> None:
    """Lets linear heads say what they think of covers that they were not shown; networks learn from them."""
    from .run import Run
    from .teacher import teach as stage

    said("teacher", stage(Run.opened(run)))


@app.command()
def doubt(run: RunFolder) -> None:
    """Lists covers whose label nobody believes, the most doubtful first, and draws a contact sheet."""
    from .doubt import doubt as stage
    from .run import Run

    result = stage(Run.opened(run))
    parts = ", ".join(f"{genre} {100 * part:.0f} %" for genre, part in result["genres"].items())
    typer.echo(f"{result['covers']} labels are doubted: {parts}")
    typer.echo(f"look at {run / 'doubts.png'}; all of them: {run / 'doubts.csv'}")


@app.command()
def strangers(
    run: RunFolder,
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR...]", help="Where photographs lie, at any depth.")
    ] = None,
    rooms: Annotated[int, typer.Option(help="Rendered rooms without a sleeve beside them.")] = 300,
) -> None:
    """Fits what tells sleeves from other pictures, on photographs that lie on this machine."""
    from .run import Run
    from .strangers import FOLDERS
    from .strangers import strangers as stage

    result = stage(Run.opened(run), folders or [Path(folder) for folder in FOLDERS], rooms)
    typer.echo(f"{result['pictures']} pictures and {result['rooms']} rendered rooms")
    for name, refused in result["score"].items():
        typer.echo(
            f"{name:12} refuses {100 * refused['strangers']:5.1f} % of them, "
            f"{100 * refused['covers']:4.1f} % of covers, {100 * refused['views']:4.1f} % of covers seen"
        )


@app.command()
def upright(run: RunFolder) -> None:
    """Fits what tells which way up a cover lies."""
    from .run import Run
    from .upright import upright as stage

    result = stage(Run.opened(run))
    for quarters, told in enumerate(result["told"]):
        typer.echo(f"turned by {90 * quarters:3} degrees: told for {100 * told:5.1f} % of the covers")
    typer.echo(
        f"turned upright: {100 * sum(result['mended']) / 3:.1f} % of those that lie turned; "
        f"turned wrongly: {100 * result['wrongly']:.1f} % of upright ones"
    )


@app.command()
def cluster(run: RunFolder) -> None:
    """Clusters the covers and draws their map."""
    from .cluster import cluster as stage
    from .run import Run

    for kind, result in stage(Run.opened(run)).items():
        typer.echo(
            f"{kind:10} purity {result['purity']:.3f}, "
            f"normalised mutual information {result['normalised_mutual_information']:.3f}"
        )


@app.command()
def export(
    run: RunFolder,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The bundle's folder.")] = Path("models/lite0"),
    size: Annotated[int | None, typer.Option(help="The input's side; by default the recipe's.")] = None,
    elsewhere: Annotated[
        Path | None, typer.Option(metavar="RUN", help="A run with a source held out, to calibrate by, too.")
    ] = None,
) -> None:
    """Exports the network as a bundle, calibrated and measured as it is shipped."""
    from .export import export as stage
    from .run import Run

    result = stage(Run.opened(run), out, size, Run.opened(elsewhere) if elsewhere else None)
    quantising = result["quantising"]
    for name, held in quantising["compared"].items():
        typer.echo(
            f"{name:18} {quantising['megabytes'][name]:5.2f} MB, says what fp32 says for "
            f"{100 * held['agreement']:5.1f} %, logits off by {held['root_mean_square']:.3f}"
        )
    typer.echo("test split:")
    for name, measured in result["test"].items():
        said(name, measured)
    typer.echo(f"the bundle: {out}")


@app.command()
def evaluate(
    run: RunFolder,
    bundle: Annotated[Path, typer.Option(metavar="DIR", help="The bundle to measure.")] = Path(
        "models/default"
    ),
) -> None:
    """Measures a bundle beside the baseline, and keeps what it says of each cover."""
    from .evaluate import evaluate as stage
    from .run import Run

    for name, result in stage(Run.opened(run), bundle).items():
        said(name, result)
        if "calibration_error" in result:
            error, families = result["calibration_error"], result["family_calibration_error"]
            typer.echo(
                f"{name:18} calibration error {error['value']:.3f} "
                f"({error['low']:.3f} to {error['high']:.3f}), "
                f"families {result['family_accuracy']:.3f}, theirs {families['value']:.3f}"
            )
            for caution, level in result["cautions"].items():
                typer.echo(
                    f"{name:18} caution {caution}: a genre for {100 * level['said']:.0f} %, "
                    f"right for {100 * level['right']:.0f} % of these"
                )
        if "kept" in result:
            for key, figure in (("", "mean recall"), ("_accuracy", "accuracy")):
                typer.echo(
                    f"{name:18} {figure} {result[f'there{key}']:.3f}, of the same genres in the test split "
                    f"{result[f'at_home{key}']:.3f}: {result[f'kept{key}']:.2f} of it"
                )
    typer.echo(f"to look at it, type: sleevetrainer report {run}")


@app.command()
def report(run: RunFolder) -> None:
    """Writes one page that opens offline: which model is best, and why."""
    from .report import report as stage
    from .run import Run

    typer.echo(f"the report: {stage(Run.opened(run))}")


@app.command()
def camera(
    run: RunFolder,
    bundle: Annotated[Path, typer.Option(metavar="DIR", help="The bundle to measure.")] = Path(
        "models/default"
    ),
    network: Annotated[str | None, typer.Option(metavar="FILE", help="Another network in it.")] = None,
) -> None:
    """Measures a bundle on covers as a camera sees them: is it right, does it know them again?"""
    from .camera import camera as stage
    from .run import Run

    result = stage(Run.opened(run), bundle, network)
    typer.echo(
        f"{result['views']} views: accuracy {result['accuracy']:.3f}, flat {result['accuracy_flat']:.3f}; "
        f"the very cover is nearest among {result['enrolled']} for {100 * result['recall_at_1']:.1f} %"
    )


@app.command()
def stock(
    run: RunFolder,
    bundle: Annotated[Path, typer.Option(metavar="DIR", help="The bundle to fit it for.")] = Path(
        "models/default"
    ),
) -> None:
    """Fits when a record of a shop's stock is known, and writes it into the bundle (stock.toml)."""
    from .run import Run
    from .stock import stock as stage

    result = stage(Run.opened(run), bundle)
    typer.echo(
        f"of {result['enrolled']} covers in stock {100 * result['known']:.1f} % are known from a view, "
        f"and {100 * result['false']:.2f} % of views whose covers are not are taken for another; of the "
        f"{result['unseen']} that the network was not trained on {100 * result['known_unseen']:.1f} % and "
        f"{100 * result['false_unseen']:.2f} %"
    )


@app.command()
def scenes(
    run: RunFolder,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to.")],
    count: Annotated[int, typer.Option(help="How many.")] = 1000,
    seed: Annotated[int, typer.Option(help="The seed of every random choice.")] = 0,
    empty: Annotated[float, typer.Option(help="The part of them without a sleeve.")] = 0.2,
    split: Annotated[Split, typer.Option(help="Whose covers.")] = Split.test,
) -> None:
    """Renders covers as a camera sees them, with exact corners (scenes.csv)."""
    from .run import Run
    from .scenes import write

    opened = Run.opened(run)
    paths = opened.table(split.value)["image_path"].tolist()
    typer.echo(write(opened.covers, paths, out, count, seed, empty))


@app.command()
def finder(
    clues: Annotated[Path, typer.Argument(metavar="CSV", help="What the example `clues` has written.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to.")] = Path(
        "src/sleeve/assessor-closer.json"
    ),
    seed: Annotated[int, typer.Option(help="The seed of every random choice.")] = 0,
) -> None:
    """Fits what the device's finder tells a sleeve's outline by; scripts/train-finder goes all the way."""
    from .finder import finder as stage

    typer.echo(json.dumps(stage(clues, out, seed)))


@app.command()
def compare(runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Fitted runs.")]) -> None:
    """Puts runs beside one another as CSV: what was changed in each, and what it gave."""
    from .compare import compare as stage
    from .run import Run

    typer.echo(stage([Run.opened(run) for run in runs]).to_csv(index=False), nl=False)


@app.command()
def goldens(
    bundle: Annotated[Path, typer.Option(metavar="DIR", help="The bundle that counts.")] = Path(
        "models/default"
    ),
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to.")] = Path("tests/preparation"),
    sleeves: Annotated[Path, typer.Option(metavar="DIR", help="Sleeves with words.")] = Path(
        "tests/sleeves/flat"
    ),
    words: Annotated[Path, typer.Option(metavar="JSON", help="Where their lines go.")] = Path(
        "tests/words/lines.json"
    ),
) -> None:
    """Writes what holds the device to the trainer: pictures as they are prepared, and words on sleeves."""
    from .goldens import goldens as stage
    from .words.goldens import goldens as lines

    typer.echo(f"{stage(bundle, out)} pictures in {out}")
    if (bundle / "words").is_dir():
        typer.echo(f"{lines(bundle / 'words', sleeves, words)} lines in {words}")


def said(name: str, result: dict[str, Any]) -> None:
    """Prints a model's main figures on one line."""
    keys = {"accuracy": "accuracy", "balanced_accuracy": "balanced", "macro_f1": "macro F1", "top3": "top-3"}
    told = ", ".join(f"{title} {result[key]:.3f}" for key, title in keys.items() if key in result)
    typer.echo(f"{name:18} {told}")


def main() -> None:
    """Runs a stage; what goes wrong is one sentence."""
    # Threads that wait awake slow each other tenfold where a core is busy with something else.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        app()
    except TrainerError as error:
        typer.echo(f"sleevetrainer: {error}", err=True)
        sys.exit(2)
