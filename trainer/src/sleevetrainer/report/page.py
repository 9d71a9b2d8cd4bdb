"""The page: all parts in one file that asks nothing of any network."""

from collections.abc import Sequence
from typing import Any

from bokeh.embed import components
from bokeh.resources import Resources
from markupsafe import Markup

from ..bundle import TEMPLATES
from .record import MissingError, Record
from .section import Part, Section
from .style import THEME


def page(record: Record, parts: Sequence[Part]) -> str:
    """The page as HTML: plots, pictures, styles and the library that draws, all inside it.

    Parts whose stage was not run are left out, with a sentence that says which command makes them.
    """
    sections: dict[str, Section] = {}
    absent: dict[str, str] = {}
    for part in parts:
        try:
            sections[part.id] = part.section(record)
        except MissingError as missing:
            absent[part.id] = str(missing)
    plots = {(id_, name): plot for id_, section in sections.items() for name, plot in section.plots.items()}
    script, places = components(tuple(plots.values()), theme=THEME) if plots else ("", ())
    drawn: dict[str, dict[str, Any]] = {id_: {} for id_ in sections}
    for (id_, name), place in zip(plots, places, strict=True):
        drawn[id_][name] = Markup(place)
    library = Resources(mode="inline", components=["bokeh"]).js_raw if plots else []
    return TEMPLATES.get_template("report/page.html").render(
        record=record,
        parts=[part for part in parts if part.id in sections],
        sections=sections,
        drawn=drawn,
        absent=[(part.title, absent[part.id]) for part in parts if part.id in absent],
        library=[Markup(text) for text in library],
        script=Markup(script),
    )
