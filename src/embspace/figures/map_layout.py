"""The panels of a map, their frames, and the legends beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from embspace.figures import theme
from embspace.figures.escaping import escaped

_CAMERA = {"eye": {"x": 1.45, "y": 1.45, "z": 1.1}, "center": {"x": 0, "y": 0, "z": -0.08}}  # the whole box in view

_MOST_IN_ROW = 7


def columns_of(panels: int, checkpoints: int = 1) -> int:
    """How many panels stand in a row; the layers of several checkpoints in a row for each, unless they are many."""
    each, rest = divmod(panels, checkpoints)
    if checkpoints > 1 and not rest and 1 < each <= _MOST_IN_ROW:
        return each
    return panels if panels <= 3 else math.ceil(panels / math.ceil(panels / 4))


def marker_size(points: int, panels: int, solid: bool) -> float:
    """In pixels: smaller where there are more points, or more panels."""
    size = 8.5 if points <= 300 else 7 if points <= 3000 else 5 if points <= 12_000 else 3.5
    return (size - (1.5 if panels > 2 else 0)) * (0.7 if solid else 1)


def panels(titles: Sequence[str], points: NDArray[np.float64], solid: bool, dark: bool, columns: int) -> go.Figure:
    """An empty figure with a panel per title, all of one extent, that of the points."""
    rows = math.ceil(len(titles) / columns)
    figure = make_subplots(
        rows,
        columns,
        specs=[[{"type": "scene" if solid else "xy"}] * columns for _ in range(rows)],
        subplot_titles=[escaped(one) for one in titles] if any(titles) else None,
        horizontal_spacing=0.02,
        vertical_spacing=0.08 / rows,
    )
    colors = theme.look(dark)
    figure.update_layout(template=theme.template(dark), uirevision="projection", meta={"dark": dark})
    figure.update_annotations(font={"size": 13, "color": colors.muted})
    figure.update_layout(margin={"t": 34, "b": 12, "l": 12, "r": 12})
    spans = [(float(np.nanmin(one)), float(np.nanmax(one))) for one in points.T[:2]]
    room = 0.04 * max(max(high - low for low, high in spans), 1e-9)
    quiet = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False, "title": None}
    if solid:
        face = {
            "showbackground": True,
            "backgroundcolor": colors.surface,
            "gridcolor": colors.line,
            "showspikes": False,
        }
        axis = {**quiet, **face, "showgrid": True, "title": {"text": ""}}
        figure.update_scenes(xaxis=axis, yaxis=axis, zaxis=axis, aspectmode="data", dragmode="orbit", camera=_CAMERA)
        return figure
    frame_line = {**quiet, "showline": True, "mirror": True, "linecolor": colors.line}
    # Equal units on both axes; panels zoom together.
    ranges = [[low - room, high + room] for low, high in spans]
    figure.update_xaxes(**frame_line, range=ranges[0], matches="x")
    figure.update_yaxes(**frame_line, range=ranges[1], matches="y")
    # The first panel leads, the others match it.
    figure.update_layout(xaxis={"matches": None}, yaxis={"matches": None, "scaleanchor": "x"})
    return figure


def legends(
    figure: go.Figure, color: str, colors: dict[str, str], symbol: str | None, marks: dict[str, str], solid: bool
) -> None:
    """Add a legend of colors, languages under their families, and below it one of symbols.

    The legends' entries are traces without points: one entry for a language, though it has a trace per type and layer.
    """
    trace = go.Scatter3d if solid else go.Scatter
    nowhere = {axis: [None] for axis in (("x", "y", "z") if solid else ("x", "y"))}
    dark = bool(figure.to_dict()["layout"]["meta"]["dark"])
    title = ""
    for group, shade in colors.items():
        marker = {"color": shade, "symbol": "circle", "size": 9}
        kin = theme.family(group) if color == "language" else ""
        entry: dict[str, Any] = {"name": named(color, group), "legendgroup": group}
        if kin != title:
            entry["legendgrouptitle"] = {"text": kin}
            title = kin
        figure.add_trace(trace(**nowhere, mode="markers", marker=marker, hoverinfo="skip", **entry))
    if len(marks) > 1:
        for kind, mark in marks.items():
            marker = {"color": theme.look(dark).muted, "symbol": mark, "size": 9}
            name = named(symbol, kind)
            figure.add_trace(
                trace(**nowhere, mode="markers", marker=marker, name=name, hoverinfo="skip", legend="legend2")
            )
        top = {"orientation": "h", "x": 0, "y": -0.01, "yanchor": "top", "itemclick": False, "itemdoubleclick": False}
        figure.update_layout(legend2={**top, "font": {"size": 12.5}, "itemsizing": "constant"})
    figure.update_layout(legend={"groupclick": "togglegroup", "tracegroupgap": 2, "y": 1, "yanchor": "top", "x": 1.01})
    figure.update_layout(legend={"title": {"text": _titled(color)}}, legend2={"title": {"text": _titled(symbol)}})


def named(column: str | None, value: str) -> str:
    """A value as a legend says it, safe in a figure: languages by their names."""
    return escaped(theme.language_name(value) if column == "language" else value)


def _titled(column: str | None) -> str:
    """What a legend says above itself: nothing where its entries speak for themselves."""
    return {None: "", "language": "", "type": "", "n_pieces": "pieces"}.get(column, escaped(str(column)))
