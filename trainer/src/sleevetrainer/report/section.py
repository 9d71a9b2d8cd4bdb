"""A part of the page."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bokeh.plotting import figure

from .record import Record


@dataclass
class Section:
    """What a part shows; its template puts it in place."""

    says: list[str] = field(default_factory=list)
    """What the plots show, in sentences that are made of the figures."""
    plots: dict[str, figure] = field(default_factory=dict)
    """By the name by which the template calls them."""
    values: dict[str, Any] = field(default_factory=dict)
    """What else the template shows."""


@dataclass(frozen=True)
class Part:
    """A part of the page, shown by the template `report/ID.html`."""

    id: str
    title: str
    section: Callable[[Record], Section]
    """What it shows of a run; raises `MissingError` where the run has not come so far."""
