"""Stage `report`: one page that opens offline and says which model is best, and why."""

from pathlib import Path

from ..run import Run, write_text
from .cost import cost
from .genres import confusion, genres
from .learning import learning
from .looks import looks
from .losses import losses
from .maps import maps
from .models import models
from .page import page
from .record import Record
from .section import Part
from .sources import sources
from .trust import trust

PARTS = (
    Part("models", "Which model is best, and why?", models),
    Part("genres", "Genre by genre", genres),
    Part("confusion", "What is taken for what?", confusion),
    Part("sources", "Source by source", sources),
    Part("losses", "Where is it wrong, and where is it sure?", losses),
    Part("trust", "Can its word be trusted?", trust),
    Part("looks", "What does it look at?", looks),
    Part("maps", "Do the genres part now?", maps),
    Part("learning", "How did it learn?", learning),
    Part("cost", "What does accuracy cost?", cost),
)
"""The page's parts in their order. Another one is a line here, a function that makes a `Section` of a
`Record`, and a template `report/ID.html`."""


def report(run: Run) -> Path:
    """Writes `report.html` from what the stages have left; no network is read.

    Args:
        run: A run, as far as it has come: parts whose stage was not run are left out, and said.

    Returns:
        The page.

    Raises:
        TrainerError: What was left belongs to another split, or the covers are gone.
    """
    record = Record.of(run)
    path = run.folder / "report.html"
    write_text(path, page(record, PARTS))
    return path
