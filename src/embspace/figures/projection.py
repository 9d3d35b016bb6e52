"""Maps: the words of a projection as points."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.hover import hover_texts
from embspace.figures.notes import note

_WEBGL_FROM = 3000  # fewer are drawn faster, and saved as true vectors, as SVG
_NOTHING = "none"
_CAMERA = {"eye": {"x": 1.45, "y": 1.45, "z": 1.1}, "center": {"x": 0, "y": 0, "z": -0.08}}  # the whole box in view
_TYPES = ("PER", "LOC", "ORG", "MISC")


def projection_map(
    result: pd.DataFrame,
    color: str = "language",
    symbol: str | None = "type",
    layer: int | None = None,
    dark: bool = False,
) -> go.Figure:
    """A scatter of a projection: a point per word, several layers side by side, in two or three dimensions.

    A point's box shows its sentence with the word marked; `customdata` is its row in `result`. A click on a language
    in the legend hides it in all layers.

    Args:
        result: of `analyses.projection.project`.
        color: a column; languages have their colors of everywhere, by family.
        symbol: a column that gives the marker, or None.
        layer: one of the result's; None: all of them.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such column or layer, or no rows.
    """
    for column in ("x", "y", "layer", color, *([symbol] if symbol else [])):
        if column not in result.columns:
            raise SettingsError(f"The result has no column {column!r}; it has {', '.join(map(str, result.columns))}.")
    layers = sorted(int(one) for one in result["layer"].unique())
    if layer is not None:
        last = result.attrs.get("settings", {}).get("n_layers", max(layers, default=0) + 1)
        wanted = layer % last if -last <= layer < 0 else layer
        if wanted not in layers:
            raise SettingsError(f"The result has no layer {layer}; it has {', '.join(map(str, layers))}.")
        layers = [wanted]
    if not layers:
        raise SettingsError("The result has no rows, so there is nothing to draw.")
    solid = "z" in result.columns
    names, colors = _colors(result, color)
    kinds = _values(result, symbol) if symbol else np.full(len(result), _NOTHING)
    marks = theme.symbols(_order(result, symbol), solid) if symbol else {_NOTHING: "circle"}
    shown = np.isin(result["layer"].to_numpy(dtype=np.int64), layers)
    texts = np.array(hover_texts(result.loc[shown]), dtype=object)
    where = np.cumsum(shown) - 1
    figure = _panels(layers, result, solid, dark)
    columns = _columns(len(layers))
    size = _size(int(shown.sum()) // len(layers), len(layers), solid)
    edge = {"width": 0 if solid else 0.6, "color": theme.look(dark).edge}
    for panel, number in enumerate(layers):
        at = (panel // columns + 1, panel % columns + 1)
        here = shown & (result["layer"].to_numpy(dtype=np.int64) == number)
        for group, kind in product(names, marks):
            rows = np.flatnonzero(here & (names[group] == 1) & (kinds == kind))
            if not len(rows):
                continue
            marker = {"color": colors[group], "symbol": marks[kind], "size": size, "opacity": 0.85, "line": edge}
            points = {axis: result[axis].to_numpy()[rows] for axis in (("x", "y", "z") if solid else ("x", "y"))}
            shared = {
                "mode": "markers",
                "marker": marker,
                "legendgroup": group,
                "showlegend": False,
                "name": group,
                "customdata": rows,
                "hovertext": texts[where[rows]],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
            kind_of_trace = go.Scatter3d if solid else go.Scattergl if shown.sum() > _WEBGL_FROM else go.Scatter
            figure.add_trace(kind_of_trace(**points, **shared), row=at[0], col=at[1])
    _legends(figure, color, symbol, names, colors, marks if symbol else {}, solid, dark)
    figure.update_layout(legend={"title": {"text": _titled(color)}}, legend2={"title": {"text": _titled(symbol)}})
    return note(figure, result)


def layer_name(number: int, n_layers: int) -> str:
    """What a layer is called: embeddings, layer 1, ..., output."""
    return "embeddings" if number == 0 else "output" if number == n_layers - 1 else f"layer {number}"


def _values(result: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """The values of a column as text, missing ones as "none"."""
    return np.array([_NOTHING if pd.isna(one) else str(one) for one in result[column].tolist()], dtype=object)


def _order(result: pd.DataFrame, column: str) -> list[str]:
    """The different values of a column as text: languages by family, types as papers list them, numbers by size."""
    found = set(_values(result, column))
    if column == "language":
        return theme.by_family(found)
    if pd.api.types.is_numeric_dtype(result[column]):
        return sorted(found, key=lambda one: (one == _NOTHING, 0 if one == _NOTHING else float(one)))
    return sorted(found, key=lambda one: (_TYPES.index(one) if one in _TYPES else len(_TYPES), one))


def _colors(result: pd.DataFrame, column: str) -> tuple[dict[str, NDArray[np.bool_]], dict[str, str]]:
    """Value -> which rows have it, in the legend's order; value -> color."""
    values, order = _values(result, column), _order(result, column)
    if column == "language":
        colors = {one: theme.language_color(one) for one in order}
    elif pd.api.types.is_numeric_dtype(result[column]):
        colors = theme.number_colors(order)
    else:
        colors = theme.category_colors(order)
    return {one: values == one for one in order}, colors


def _titled(column: str | None) -> str:
    """What a legend says above itself: nothing where its entries speak for themselves."""
    return {None: "", "language": "", "type": "", "n_pieces": "pieces"}.get(column, str(column))


def _columns(panels: int) -> int:
    return panels if panels <= 3 else math.ceil(panels / math.ceil(panels / 4))


def _size(points: int, panels: int, solid: bool) -> float:
    """Marker size in pixels: smaller where there are more points, or more panels."""
    size = 8.5 if points <= 300 else 7 if points <= 3000 else 5 if points <= 12_000 else 3.5
    return (size - (1.5 if panels > 2 else 0)) * (0.7 if solid else 1)


def _panels(layers: list[int], result: pd.DataFrame, solid: bool, dark: bool) -> go.Figure:
    """An empty figure with a panel per layer, all of one extent."""
    columns = _columns(len(layers))
    rows = math.ceil(len(layers) / columns)
    n_layers = result.attrs.get("settings", {}).get("n_layers", max(layers) + 1)
    figure = make_subplots(
        rows,
        columns,
        specs=[[{"type": "scene" if solid else "xy"}] * columns for _ in range(rows)],
        subplot_titles=[layer_name(one, n_layers) for one in layers] if len(layers) > 1 else None,
        horizontal_spacing=0.02,
        vertical_spacing=0.08 / rows,
    )
    colors = theme.look(dark)
    figure.update_layout(template=theme.template(dark), uirevision="projection", meta={"dark": dark})
    figure.update_annotations(font={"size": 13, "color": colors.muted})
    figure.update_layout(margin={"t": 34, "b": 12, "l": 12, "r": 12})
    within = np.isin(result["layer"].to_numpy(), layers)
    points = [result[axis].to_numpy(dtype=float)[within] for axis in ("x", "y")]
    spans = [(float(one.min()), float(one.max())) for one in points]
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


def _legends(
    figure: go.Figure,
    color: str,
    symbol: str | None,
    names: dict[str, NDArray[np.bool_]],
    colors: dict[str, str],
    marks: dict[str, str],
    solid: bool,
    dark: bool,
) -> None:
    """A legend of colors, languages under their families, and below it one of symbols.

    The legends' entries are traces without points: one entry for a language, though it has a trace per type and layer.
    """
    trace = go.Scatter3d if solid else go.Scatter
    nowhere = {axis: [None] for axis in (("x", "y", "z") if solid else ("x", "y"))}
    title = ""
    for group in names:
        marker = {"color": colors[group], "symbol": "circle", "size": 9}
        kin = theme.family(group) if color == "language" else ""
        entry: dict[str, Any] = {
            "name": theme.language_name(group) if color == "language" else group,
            "legendgroup": group,
        }
        if kin != title:
            entry["legendgrouptitle"] = {"text": kin}
            title = kin
        figure.add_trace(trace(**nowhere, mode="markers", marker=marker, hoverinfo="skip", **entry))
    if len(marks) > 1:
        for kind, mark in marks.items():
            marker = {"color": theme.look(dark).muted, "symbol": mark, "size": 9}
            name = theme.language_name(kind) if symbol == "language" else kind
            figure.add_trace(
                trace(**nowhere, mode="markers", marker=marker, name=name, hoverinfo="skip", legend="legend2")
            )
        top = {"orientation": "h", "x": 0, "y": -0.01, "yanchor": "top", "itemclick": False, "itemdoubleclick": False}
        figure.update_layout(legend2={**top, "font": {"size": 12.5}, "itemsizing": "constant"})
    figure.update_layout(legend={"groupclick": "togglegroup", "tracegroupgap": 2, "y": 1, "yanchor": "top", "x": 1.01})
