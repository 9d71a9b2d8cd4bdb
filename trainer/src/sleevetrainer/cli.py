"""The command `sleevetrainer`: a stage a word."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .errors import TrainerError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The run folder that prepare has made.")]


@app.callback()
def about() -> None:
    """From a folder of covers to a model bundle: prepare, baseline, cluster, fit, export, evaluate."""


@app.command()
def prepare(
    covers: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A folder per genre.")] = None,
    out: Annotated[Path, typer.Option(metavar="RUN", help="The run folder to make.")] = Path("runs/default"),
    seed: Annotated[int, typer.Option(help="The seed of every random choice.")] = 42,
    min_covers: Annotated[int, typer.Option(help="Genres with fewer covers are left out.")] = 100,
    train_csv: Annotated[Path | None, typer.Option(help="A split that is given: image_path,label.")] = None,
    test_csv: Annotated[Path | None, typer.Option(help="The other half of it.")] = None,
) -> None:
    """Reads covers, leaves out what is none, and splits them."""
    from .covers import covers_folder
    from .prepare import Recipe
    from .prepare import prepare as stage

    run = stage(covers_folder(covers), out, Recipe(seed, min_covers, train_csv, test_csv))
    for genre, counts in run.about["counts"].items():
        typer.echo(f"{genre:14} {counts['train']:5} train (of them {counts['valid']} valid) {counts['test']:5} test")
    typer.echo(f"{run.about['left_out']} files left out, with reasons: {run.folder / 'left_out.csv'}")


@app.command()
def fit(
    run: RunFolder,
    epochs: Annotated[int | None, typer.Option(help="Epochs with the whole network.")] = None,
    frozen_epochs: Annotated[int | None, typer.Option(help="Epochs with the head alone, before.")] = None,
    size: Annotated[int | None, typer.Option(help="The side of the training crops, in pixels.")] = None,
    batch: Annotated[int | None, typer.Option(help="Covers a step.")] = None,
    head_rate: Annotated[float | None, typer.Option(help="Learning rate; 0 takes the finder's.")] = None,
    patience: Annotated[int | None, typer.Option(help="Epochs without gain until it ends.")] = None,
) -> None:
    """Fine-tunes the network; goes on where it was stopped."""
    from .fit import Recipe, quick
    from .fit import fit as stage
    from .run import Run

    changes = {"epochs": epochs, "frozen_epochs": frozen_epochs, "size": size, "batch": batch}
    stage(Run.opened(run), quick(Recipe(), **changes, head_rate=head_rate, patience=patience))


def main() -> None:
    """Runs a stage; what goes wrong is one sentence."""
    try:
        app()
    except TrainerError as error:
        typer.echo(f"sleevetrainer: {error}", err=True)
        sys.exit(2)
