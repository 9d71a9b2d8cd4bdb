"""How all plots look: one theme, few lines, text that stays readable on a phone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, InlineStyleSheet, LabelSet, Span, Whisker
from bokeh.plotting import figure
from bokeh.themes import Theme

from .bootstrap import Interval
from .record import Model

INK, SOFT, LINE, GROUND, BEST = "#1c1f24", "#626a75", "#e3e6ea", "#ffffff", "#0b6e4f"

FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"

THEME = Theme(
    json={
        "attrs": {
            "Plot": {
                "background_fill_color": None,
                "border_fill_color": None,
                "outline_line_color": None,
                "min_border": 6,
            },
            "Axis": {
                "axis_line_color": None,
                "major_tick_line_color": None,
                "minor_tick_line_color": None,
                "major_label_text_color": SOFT,
                "major_label_text_font": FONT,
                "major_label_text_font_size": "13px",
                "axis_label_text_color": SOFT,
                "axis_label_text_font": FONT,
                "axis_label_text_font_size": "13px",
                "axis_label_text_font_style": "normal",
            },
            "Grid": {"grid_line_color": LINE},
            "Title": {
                "text_color": INK,
                "text_font": FONT,
                "text_font_size": "14px",
                "text_font_style": "bold",
            },
            "Legend": {
                "label_text_color": INK,
                "label_text_font": FONT,
                "label_text_font_size": "13px",
                "border_line_color": None,
                "background_fill_alpha": 0.75,
                "padding": 4,
                "spacing": 1,
            },
        }
    }
)

SCROLLS = ":host, .bk-events { touch-action: pan-y !important; }"
"""A finger that moves over a plot moves the page."""


def plot(title: str, height: int, x: str = "", y: str = "", **options: Any) -> figure:
    """An empty plot as wide as its place.

    Args:
        title: What it shows.
        height: In pixels.
        x: What the horizontal axis tells.
        y: What the vertical axis tells.
        options: Of `bokeh.plotting.figure`.
    """
    shown = figure(
        title=title,
        height=height,
        sizing_mode="stretch_width",
        x_axis_label=x or None,
        y_axis_label=y or None,
        tools=options.pop("tools", ""),
        toolbar_location=None,
        stylesheets=[InlineStyleSheet(css=SCROLLS)],
        **options,
    )
    shown.toolbar.logo = None
    return shown


def row_plot(title: str, rows: Sequence[str], row_height: int, x: str, **options: Any) -> figure:
    """An empty plot with a row for each name, from the top down; see `plot`."""
    shown = plot(title, 62 + row_height * len(rows), x, y_range=(len(rows) - 0.4, -0.6), **options)
    shown.xaxis.ticker.desired_num_ticks = 4
    shown.yaxis.ticker = FixedTicker(ticks=list(range(len(rows))))
    shown.yaxis.major_label_overrides = dict(enumerate(rows))
    shown.yaxis.major_label_text_color = INK
    shown.ygrid.grid_line_color = None
    return shown


def upright(x: float, **look: Any) -> Span:
    """A vertical line to compare with."""
    return Span(location=x, dimension="height", **({"line_color": SOFT, "line_dash": "4 3"} | look))


def intervals(
    shown: figure,
    rows: Sequence[float],
    of: Sequence[Interval],
    colors: Sequence[str],
    labels: Sequence[str],
    **look: Any,
) -> None:
    """Draws a dot for each value and a line through its interval, a row each.

    Args:
        shown: The plot.
        rows: Where, on the vertical axis.
        of: The values.
        colors: A colour each.
        labels: What the hover calls them.
        look: Of the dots.
    """
    source = ColumnDataSource(
        {
            "row": list(rows),
            "value": [one.value for one in of],
            "low": [one.low for one in of],
            "high": [one.high for one in of],
            "color": colors,
            "label": labels,
        }
    )
    whisker = Whisker(
        base="row",
        lower="low",
        upper="high",
        source=source,
        dimension="width",
        line_color="color",
        line_width=2,
    )
    whisker.upper_head = whisker.lower_head = None
    shown.add_layout(whisker)
    dots = shown.scatter("value", "row", source=source, color="color", **({"size": 9} | look))
    shown.add_tools(
        HoverTool(
            renderers=[dots],
            tooltips=hint("@label", "@value{0.000} (@low{0.000} to @high{0.000})"),
            point_policy="snap_to_data",
        )
    )


def models_apart(
    shown: figure, titles: Sequence[str], models: Sequence[Model], found: dict[str, list[Interval]]
) -> None:
    """Draws the intervals of several models in each row, the last model's larger.

    Args:
        shown: A plot with a row per title.
        titles: The rows' titles.
        models: The models, from above.
        found: By the model's id, an interval per row.
    """
    for number, model in enumerate(models):
        rows = np.arange(len(titles)) + 0.2 * (number - (len(models) - 1) / 2)
        labels = [f"{title}, {model.title}" for title in titles]
        size = 11 if model is models[-1] else 8
        intervals(shown, rows, found[model.id], [model.color] * len(rows), labels, size=size)


def padded(low: float, high: float) -> tuple[float, float]:
    """A range that leaves a little air around its ends."""
    air = 0.06 * max(high - low, 0.01)
    return low - air, high + air


def key_above(shown: figure) -> None:
    """Puts a plot's key above it, where it hides nothing."""
    key = shown.legend[0]
    shown.center.remove(key)
    key.orientation, key.location, key.margin, key.padding, key.spacing = "horizontal", "left", 0, 0, 14
    shown.add_layout(key, "above")


def labels(shown: figure, x: str, y: str, text: str, source: ColumnDataSource, **look: Any) -> None:
    """Writes a label beside each point of a source."""
    words = {
        "text_font": value(FONT),
        "text_font_size": "13px",
        "text_color": INK,
        "x_offset": 9,
        "y_offset": 5,
    }
    shown.add_layout(LabelSet(x=x, y=y, text=text, source=source, **(words | look)))


def hint(title: str, text: str) -> str:
    """What is shown beside the pointer; `@column` stands for a value."""
    return (
        f'<div style="font: 13px/1.4 {FONT}; color: {INK}; padding: 2px 4px">'
        f'<b>{title}</b><br><span style="color: {SOFT}">{text}</span></div>'
    )
