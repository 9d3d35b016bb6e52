"""Maps: the words of a projection as points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.checkpoint_names import short_names
from embspace.figures.escaping import escaped
from embspace.figures.hover import hover_texts
from embspace.figures.map_layout import columns_of, legends, marker_size, panels
from embspace.figures.map_marks import NOTHING, QUIET, colors_of, shapes_of, turns_of, values_of
from embspace.figures.map_points import Points, Slice, checkpoints_of, n_layers, slices_of
from embspace.figures.map_steps import steps
from embspace.figures.notes import TRANSFORMED, note

_WEBGL_FROM = 3000  # fewer are drawn faster, and saved as true vectors, as SVG
_CUT_FROM = (
    3000  # points above which boxes show some words around the word, not the sentence: they travel with the page
)
_SAMPLED = "note of a sample"


def projection_map(
    result: pd.DataFrame,
    color: str = "language",
    symbol: str | None = "type",
    layer: int | Sequence[int] | None = None,
    dark: bool = False,
    *,
    checkpoint: str | None = None,
    animate: bool | Literal["layer", "checkpoint"] = False,
    lines: bool = False,
    marked: Sequence[int] | None = None,
    most: int = 50_000,
) -> go.Figure:
    """A scatter of a projection: a point per word, in two or three dimensions; layers and checkpoints side by side.

    A point's box shows its sentence with the word marked (of a large map some words around it); `customdata` is its row
    in `result`, of a map that plays its row in the first step. A click on a language in the legend hides it everywhere.
    Groups are drawn in turns, a random part of each at a time, so that none hides the others by coming last. Values of
    `symbol` beyond the markers that there are (16 in the plane, 8 in space) share one, the rarest, under "others".

    Args:
        result: of `analyses.projection.project`.
        color: a column; languages have their colors of everywhere, by family.
        symbol: a column that gives the marker, or None.
        layer: one of the result's, or several, -1 is the output, which the figure says; of several checkpoints the
            first's, and the layers of equal depth of the others. None: all of them.
        dark: for a dark page.
        checkpoint: one of the result's column `checkpoint`; None: all of them.
        animate: "layer" or "checkpoint" play one after another, by a slider and a button; what else there is stands
            side by side. True takes layers where there are several.
        lines: from the place of each word in the layer, or checkpoint, before.
        marked: rows that stand out, the others faded; None: all alike.
        most: words that are drawn; of more a random sample, each language with its share, and the figure says so.

    Raises:
        SettingsError: the result has no such column, layer or checkpoint, no rows, or nothing to play.
    """
    for column in ("x", "y", "layer", color, *([symbol] if symbol else [])):
        if column not in result.columns:
            raise SettingsError(f"The result has no column {column!r}; it has {', '.join(map(str, result.columns))}.")
    slices = chosen_slices(result, layer, checkpoint)
    grid = _grid(result, slices, animate)
    solid = "z" in result.columns
    points = Points(result, most)
    colors = colors_of(result, color, dark)
    shapes = shapes_of(result, symbol, solid) if symbol else {}
    marks = theme.symbols(dict.fromkeys(shapes.values()), solid) if symbol else {NOTHING: "circle"}
    columns = columns_of(len(grid), checkpoints_of([each[0] for each in grid]))
    axes = ["x", "y", "z"][: 3 if solid else 2]
    places = result[axes].to_numpy(dtype=np.float32)
    drawn = np.concatenate([points.rows(one) for one in slices])
    titles = [_name(result, grid, steps_of) for steps_of in grid]
    if len(grid) == 1 and layer is not None:
        titles = [layer_name(grid[0][0].layer, n_layers(result, grid[0][0]))]
    figure = panels(titles, places[drawn], solid, dark, columns)
    count = len(points.rows(slices[0]))
    size = marker_size(count, len(grid), solid)
    cut = 32 if count * len(grid) > _CUT_FROM else None
    kind_of_trace = go.Scatter3d if solid else go.Scattergl if count * len(grid) > _WEBGL_FROM else go.Scatter
    kind_of_line = go.Scatter3d if solid else go.Scattergl if kind_of_trace is go.Scattergl else go.Scatter
    changes: list[list[Any]] = [[] for _ in grid[0]]
    for panel, sequence in enumerate(grid):
        row, column = panel // columns + 1, panel % columns + 1
        if lines:
            segments = [_segments(result, points, places, one) for one in sequence]
            quiet = {"width": 1 if not solid else 2, "color": theme.look(dark).muted}
            figure.add_trace(
                kind_of_line(
                    **dict(zip(axes, segments[0].T, strict=True)),
                    mode="lines",
                    line=quiet,
                    opacity=0.25,
                    hoverinfo="skip",
                    showlegend=False,
                ),
                row=row,
                col=column,
            )
            for changed, segment in zip(changes, segments, strict=True):
                changed.append(kind_of_line(**dict(zip(axes, segment.T, strict=True))))
        rows = points.rows(sequence[0])
        texts = np.array(hover_texts(result.iloc[rows], cut), dtype=object)
        groups = values_of(result.iloc[rows], color)
        kinds = np.array([shapes.get(one, NOTHING) for one in values_of(result.iloc[rows], symbol)] if symbol else [])
        kinds = kinds if symbol else np.full(len(rows), NOTHING)
        words = points.words[rows]
        later = [points.of_words(words, one) for one in sequence]
        if len(sequence) > 1:
            _check_steady(result, later, [color, *([symbol] if symbol else [])])
        for group, kind, here in turns_of(groups, kinds, colors, marks):
            edge = {"width": 0 if solid else 0.6 if count <= 12_000 else 0, "color": theme.look(dark).edge}
            faint = kind in QUIET and len(marks) > 1
            marker = {"color": colors[group], "symbol": marks[kind], "size": size, "line": edge}
            marker["opacity"] = 0.35 if faint else 0.85
            standing_out: dict[str, Any] = {}
            if marked is not None:
                chosen = np.isin(rows[here], marked)
                if solid:  # what is drawn in space can be larger or smaller, but not faded point by point
                    marker["size"] = np.where(chosen, 1.6 * size, 0.5 * size)
                else:
                    standing_out["selectedpoints"] = np.flatnonzero(chosen)
            where = [dict(zip(axes, _at(places, step[here]).T, strict=True)) for step in later]
            figure.add_trace(
                kind_of_trace(
                    **where[0],
                    mode="markers",
                    marker=marker,
                    legendgroup=group,
                    showlegend=False,
                    name=escaped(group),
                    customdata=rows[here],
                    **standing_out,
                    hovertext=texts[here],
                    hovertemplate="%{hovertext}<extra></extra>",
                ),
                row=row,
                col=column,
            )
            for changed, coordinates in zip(changes, where, strict=True):
                changed.append(kind_of_trace(**coordinates))
    legends(figure, color, colors, symbol, marks if symbol else {}, solid)
    if len(grid[0]) > 1:
        names = [_name(result, [list(each) for each in zip(*grid, strict=True)], [one]) for one in grid[0]]
        steps(figure, names, changes, glide=kind_of_trace is go.Scatter)
    sample = f"{points.kept.sum():,} of {points.n_words:,} words, drawn at random" if points.n_words > most else ""
    return _said(note(figure, _centered(result)), sample)


def layer_name(number: int, n_layers: int) -> str:
    """What a layer is called: embeddings, layer 1, ..., output."""
    return "embeddings" if number == 0 else "output" if number == n_layers - 1 else f"layer {number}"


def chosen_slices(
    result: pd.DataFrame, layer: int | Sequence[int] | None = None, checkpoint: str | None = None
) -> list[Slice]:
    """The layers of checkpoints that `projection_map` draws; arguments as of it."""
    slices = slices_of(result)
    if checkpoint is not None:
        names = list(dict.fromkeys(str(one.checkpoint) for one in slices))
        slices = [one for one in slices if one.checkpoint == checkpoint]
        if not slices:
            raise SettingsError(f"The result has no checkpoint {checkpoint!r}; it has {', '.join(names)}.")
    if layer is None:
        return slices
    first = [one for one in slices if one.checkpoint == slices[0].checkpoint]
    count = n_layers(result, first[0])
    asked = list(layer) if isinstance(layer, Sequence) else [layer]
    numbers = sorted({int(one) % count if -count <= one < 0 else int(one) for one in asked})
    known = [one.layer for one in first]
    for given in numbers:
        if given not in known:
            raise SettingsError(f"The result has no layer {given}; it has {', '.join(map(str, known))}.")
    found = [one for one in first if one.layer in numbers]
    for name in dict.fromkeys(one.checkpoint for one in slices[len(first) :]):
        same = [one for one in slices if one.checkpoint == name]
        scale = max(1, n_layers(result, same[0]) - 1) / max(1, count - 1)
        found += [min(same, key=lambda one, deep=number * scale: abs(one.layer - deep)) for number in numbers]
    return found


def _grid(result: pd.DataFrame, slices: list[Slice], animate: bool | str) -> list[list[Slice]]:
    """For each panel the slices that it shows one after another."""
    if animate not in (False, True, "layer", "checkpoint"):
        raise SettingsError(f'animate={animate!r} is not possible; it is True, False, "layer" or "checkpoint".')
    if not animate:
        return [[one] for one in slices]
    names = list(dict.fromkeys(one.checkpoint for one in slices))
    by_name = {name: [one for one in slices if one.checkpoint == name] for name in names}
    if animate is True:
        animate = "layer" if len(by_name[names[0]]) > 1 else "checkpoint"
    depths = {len(one) for one in by_name.values()}
    if len(depths) > 1:
        raise SettingsError("The checkpoints have other numbers of layers, so they cannot play together; choose one.")
    found = list(by_name.values()) if animate == "layer" else [list(one) for one in zip(*by_name.values(), strict=True)]
    if len(found[0]) < 2:
        raise SettingsError(f"The result has one {animate}, so there is nothing to play; project several.")
    return found


def _name(result: pd.DataFrame, grid: list[list[Slice]], sequence: Sequence[Slice]) -> str:
    """What a panel or step is called: by what tells it from the others."""
    layers = {tuple(one.layer for one in each) for each in grid}
    names = {tuple(one.checkpoint for one in each) for each in grid}
    one = sequence[0]
    known = short_names(each.checkpoint or "" for every in grid for each in every)
    parts = [known[one.checkpoint or ""]] if len(names) > 1 else []
    if len(layers) > 1 and len({each.layer for each in sequence}) == 1:
        parts.append(layer_name(one.layer, n_layers(result, one)))
    return " · ".join(parts)


def short_name(checkpoint: str) -> str:
    """The last part of a folder or of a name on the hub."""
    return PurePath(checkpoint).name or checkpoint


def _segments(result: pd.DataFrame, points: Points, places: NDArray[np.float32], one: Slice) -> NDArray[np.float32]:
    """(3 n, axes) from the places before to those in a slice, a gap after each; a gap alone where nothing is before."""
    before = None
    for told in result.attrs.get("displacement", []):
        if told["layer"] == one.layer and one.checkpoint in (None, told["checkpoint"]):
            before = Slice(one.checkpoint and told["from_checkpoint"], told["from_layer"])
    gap = np.full((1, places.shape[1]), np.nan, dtype=np.float32)
    if before is None or before not in slices_of(result):
        return gap
    rows = points.rows(one)
    start = points.of_words(points.words[rows], before)
    return np.stack([_at(places, start), places[rows], np.repeat(gap, len(rows), axis=0)], axis=1).reshape(
        -1, len(gap[0])
    )


def _at(places: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The coordinates of rows; NaN for the row -1."""
    return np.where(rows[:, None] >= 0, places[rows], np.float32(np.nan))


def _check_steady(result: pd.DataFrame, later: list[NDArray[np.int64]], columns: Sequence[str]) -> None:
    """Refuse marks that would have to change while the map plays."""
    for column in columns:
        values = values_of(result, column)
        if any((values[step[step >= 0]] != values[later[0][step >= 0]]).any() for step in later[1:]):
            raise SettingsError(
                f"{column!r} differs from step to step, and points keep their marks while a map plays; "
                "mark them by another column, or show the steps side by side."
            )


def _said(figure: go.Figure, sample: str) -> go.Figure:
    """A figure with its notes at the left, where no buttons are: what is drawn of how much, what was done first."""
    dark = bool(figure.to_dict()["layout"]["meta"]["dark"])
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "yshift": 17}
    notes: list[Any] = list(figure.select_annotations(selector={"name": TRANSFORMED}))
    if notes:
        notes[0].update(place, text=f"{sample} · {notes[0].text}" if sample else notes[0].text)
        return figure
    if sample:
        font = {"size": 11.5, "color": theme.look(dark).muted}
        figure.add_annotation(text=sample, name=_SAMPLED, showarrow=False, font=font, borderpad=0, **place)
    return figure


def _centered(result: pd.DataFrame) -> pd.DataFrame:
    """A result whose settings name the centering of `project` among the transforms, for the figure to say."""
    settings = result.attrs.get("settings", {})
    if settings.get("center") != "language":
        return result
    known = [{**one, "transforms": [*one.get("transforms", ()), "center"]} for one in settings.get("spaces", ())]
    told = result.copy(deep=False)
    told.attrs = {
        "settings": {**settings, "transforms": [*settings.get("transforms", ()), "center"]}
        | ({"spaces": known} if known else {})
    }
    return told
