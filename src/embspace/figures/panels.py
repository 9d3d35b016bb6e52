"""Panels side by side: small figures of one kind, a title above each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from embspace.figures import theme
from embspace.figures.escaping import escaped


def panels(titles: Sequence[str], dark: bool, columns: int = 4, **settings: Any) -> go.Figure:
    """An empty figure with a panel per title (one without a title), at most `columns` in a row."""
    across = min(len(titles), columns)
    rows = math.ceil(len(titles) / across)
    across = math.ceil(len(titles) / rows)
    shown = [escaped(one) for one in titles] if len(titles) > 1 else None
    figure = make_subplots(
        rows, across, subplot_titles=shown, horizontal_spacing=0.12 / across, vertical_spacing=0.28 / rows, **settings
    )
    figure.update_annotations(font={"size": 13, "color": theme.look(dark).muted})
    figure.update_layout(template=theme.template(dark), meta={"dark": dark}, margin={"t": 40})
    if rows > 1:
        figure.update_layout(height=90 + 260 * rows)
    return figure


def place(figure: go.Figure, number: int) -> tuple[int, int]:
    """Row and column, from 1, of the panel of a number, from 0."""
    across = len(figure._grid_ref[0])  # pyright: ignore - what make_subplots knows of its figure
    return number // across + 1, number % across + 1


def axes_of(number: int) -> tuple[str, str]:
    """The names of a panel's axes, as annotations take them."""
    return ("x", "y") if number == 0 else (f"x{number + 1}", f"y{number + 1}")


def step_axes(figure: go.Figure, steps: np.ndarray) -> None:
    """Let all panels' x axes be steps of a training, a little wider than these."""
    first, last = float(steps.min()), float(steps.max())
    room = 0.03 * (last - first) or 1.0
    figure.update_xaxes(title={"text": "step"}, nticks=8, ticks="outside", ticklen=4, range=[first - room, last + room])
    if last - first < 8:
        figure.update_xaxes(dtick=1)  # there are no steps between
