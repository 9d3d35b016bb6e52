"""Language or type: each measure over the layers side by side, and shares of variance layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.checkpoint_names import short_names
from embspace.figures.escaping import escaped
from embspace.figures.line_ends import apart
from embspace.figures.notes import note
from embspace.figures.projection import layer_name
from embspace.figures.rows import check_rows

_PANELS = {
    "silhouette": ("silhouette", "mean silhouette (cosine)"),
    "purity": ("purity of neighbors", "purity above chance"),
    "nearer": ("nearer to its own", "share of words (chance: 0.5)"),
    "variance": ("variance", "share above chance"),
}
_MARKERS = ("circle", "diamond")
_GLYPHS = ("●", "◆")
_DASHES = ("solid", "dash")
_PATTERNS = ("", "/", "x", "")
_PIXELS = 400  # of height that all panels have for their data
_GAP = 16


def grouping_curves(result: pd.DataFrame, *, measures: Sequence[str] = tuple(_PANELS), dark: bool = False) -> go.Figure:
    """A panel per measure with a line per factor over the layers; of several checkpoints a row of panels each.

    Zero is what vectors that know nothing of the labels have: purity and variance are drawn as (value - chance) /
    (1 - chance), silhouettes as they are; of "nearer" the line of chance is at one half.

    Args:
        result: of `analyses.grouping.grouping`.
        measures: which panels, in their order.
        dark: for a dark page.

    Raises:
        SettingsError: the result has none of the measures, or no rows.
    """
    check_rows(result)
    known = [one for one in measures if one in set(result["measure"])]
    if not known:
        raise SettingsError(
            f"The result has none of {', '.join(measures)}; it has {', '.join(set(result['measure']))}."
        )
    kinds = list(dict.fromkeys(result["checkpoint"]))
    colors, factors = theme.look(dark), _factors(result)
    tints = theme.category_colors(factors)
    # One checkpoint has room for two rows of wider panels.
    wide = -(-len(known) // 2) if len(kinds) == 1 and len(known) > 2 else len(known)
    n_rows = -(-len(known) // wide) * len(kinds)
    figure = make_subplots(
        rows=n_rows,
        cols=wide,
        subplot_titles=[_PANELS.get(one, (one, ""))[0] for one in known],
        row_titles=[escaped(one) for one in short_names(kinds).values()] if len(kinds) > 1 else None,
        horizontal_spacing=0.09,
        vertical_spacing=0.3 / n_rows,
    )
    layers = sorted(int(one) for one in result["layer"].unique())
    names = [layer_name(one, _n_layers(result, layers)) for one in layers]
    for panel, measure in enumerate(known):
        middle = 0.5 if measure == "nearer" else 0.0
        rows = result.loc[(result["measure"] == measure) & result["factor"].isin(factors)]
        rows = rows.assign(shown=_shown(rows, measure))
        low, high = _span(rows["shown"].to_numpy(dtype=float), middle)
        for number, kind in enumerate(kinds):
            place = (number + panel // wide + 1, panel % wide + 1)
            own = rows.loc[rows["checkpoint"] == kind]
            ends: list[tuple[str, float]] = []
            for at, factor in enumerate(factors):
                line = own.loc[own["factor"] == factor].sort_values(by="layer")
                told = [names[layers.index(int(one))] for one in line["layer"]]
                figure.add_trace(_line(line, factor, told, tints[factor], at, measure), row=place[0], col=place[1])
                shown = line["shown"].to_numpy(dtype=float)
                if len(shown) and np.isfinite(shown[-1]):
                    ends.append((factor, float(shown[-1])))
            _name(figure, ends, place, layers, (low, high), tints, n_rows)
            chance = {"line": {"color": colors.muted, "width": 1.2, "dash": "dot"}, "layer": "below"}
            figure.add_hline(middle, *place, **chance)  # pyright: ignore[reportArgumentType]
            axis = {"range": [low, high], "title": {"text": _PANELS.get(measure, ("", measure))[1]}}
            figure.update_yaxes(**axis, row=place[0], col=place[1])
    short = [name.removeprefix("layer ") for name in names]
    room = max(0.5, (0.22 if wide < 4 else 0.36) * (layers[-1] - layers[0]))
    figure.update_xaxes(
        range=[layers[0] - 0.2, layers[-1] + room], tickvals=layers, ticktext=_sparse(short, 13 if wide < 4 else 5)
    )
    figure.update_xaxes(title={"text": "layer", "standoff": 2}, row=n_rows)
    figure.update_yaxes(nticks=5, showgrid=True, gridcolor=colors.line, gridwidth=1, title={"standoff": 4})
    figure.update_layout(template=theme.template(dark), uirevision="grouping", meta={"dark": dark}, showlegend=False)
    figure.update_layout(margin={"r": 36})
    figure.update_annotations(borderpad=0)
    for title in _notes(figure)[: len(known)]:
        title.update(font={"size": 13.5, "color": colors.text})
    return note(figure, result)


def variance_shares(result: pd.DataFrame, *, layer: int | None = None, dark: bool = False) -> go.Figure:
    """Bars of shares of variance: what language explains, what type beyond it, their interaction, and the rest.

    Args:
        result: of `analyses.grouping.grouping`.
        layer: unused where several layers are stored: all are drawn; a number draws that one alone.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no shares of variance.
    """
    rows = result.loc[result["measure"] == "variance"]
    if layer is not None:
        rows = rows.loc[rows["layer"] == layer]
    if not len(rows):
        raise SettingsError("The result has no shares of variance (of that layer), so there is nothing to draw.")
    colors, kinds = theme.look(dark), list(dict.fromkeys(rows["checkpoint"]))
    terms = list(dict.fromkeys(rows["factor"]))
    tints = theme.category_colors(terms[:2])
    fills = [*(tints[one] for one in terms[:2]), colors.muted, colors.line]
    layers = sorted(int(one) for one in rows["layer"].unique())
    names = [layer_name(one, _n_layers(result, layers)).removeprefix("layer ") for one in layers]
    figure = make_subplots(
        rows=1,
        cols=len(kinds),
        shared_yaxes=True,
        subplot_titles=[escaped(one) for one in short_names(kinds).values()] if kinds[1:] else None,
    )
    for column, kind in enumerate(kinds, 1):
        below = 0.0
        for term, fill, pattern in zip(terms, fills, _PATTERNS, strict=True):
            own = rows.loc[(rows["checkpoint"] == kind) & (rows["factor"] == term)].sort_values(by="layer")
            values = own["value"].to_numpy(dtype=float)
            figure.add_trace(
                go.Bar(
                    x=own["layer"].to_numpy(),
                    y=values,
                    name=term,
                    marker={"color": fill, "line": {"width": 0}, "pattern": _pattern(pattern, fill)},
                    text=[f"{one:.0%}" if one >= 0.045 else "" for one in values],
                    textposition="inside",
                    insidetextanchor="middle",
                    textangle=0,
                    insidetextfont={"color": theme.legible_on(fill), "size": 12},
                    customdata=_told(own, names, layers),
                    hovertemplate=f"{escaped(term)}, %{{customdata[0]}}<br>share <b>%{{y:.2%}}</b>%{{customdata[1]}}"
                    "<extra></extra>",
                ),
                row=1,
                col=column,
            )
            if len(values) and np.isfinite(values[-1]):
                if column == len(kinds):
                    label = f"{term} beyond {terms[0]}" if term == terms[1] else term
                    _beside(figure, label, below + values[-1] / 2, layers[-1] + 0.5, column)
                below += values[-1]
    moved = apart([-float(one["y"]) * _PIXELS for one in _labels(figure)], 17)
    for one, place in zip(_labels(figure), moved, strict=True):
        one.update(y=-place / _PIXELS)
    figure.update_xaxes(tickvals=layers, ticktext=names, title={"text": "layer"}, showline=False, ticks="")
    figure.update_yaxes(range=[0, 1], tickformat=".0%", title={"text": "share of variance"}, col=1)
    figure.update_layout(template=theme.template(dark), uirevision="shares", meta={"dark": dark}, showlegend=False)
    figure.update_layout(barmode="stack", bargap=0.18, margin={"r": 34 + round(6.4 * _longest(terms))})
    return note(figure, result)


def _factors(result: pd.DataFrame) -> list[str]:
    found = result.loc[result["measure"] == "silhouette", "factor"]
    return list(dict.fromkeys(found if len(found) else result["factor"]))[:2]


def _shown(rows: pd.DataFrame, measure: str) -> NDArray[np.float64]:
    values, chances = rows["value"].to_numpy(dtype=float), rows["chance"].to_numpy(dtype=float)
    return (values - chances) / (1 - chances) if measure.startswith(("purity", "variance")) else values


def _line(rows: pd.DataFrame, factor: str, names: list[str], color: str, number: int, measure: str) -> go.Scatter:
    told = [
        [name, f"{value:.3f}", f"<br>chance {chance:.3f}" if measure != "silhouette" else "", n]
        for name, value, chance, n in zip(names, rows["value"], rows["chance"], rows["n"], strict=True)
    ]
    return go.Scatter(
        x=rows["layer"].to_numpy(),
        y=rows["shown"].to_numpy(dtype=float),
        customdata=told,
        name=factor,
        mode="lines+markers",
        line={"color": color, "width": 2.4, "dash": _DASHES[number % 2]},
        marker={"size": 7, "color": color, "symbol": _MARKERS[number % 2]},
        hovertemplate=f"{escaped(measure)} by {escaped(factor)}, %{{customdata[0]}}<br><b>%{{customdata[1]}}</b>"
        "%{customdata[2]}<br>%{customdata[3]:,} words<extra></extra>",
    )


def _name(
    figure: go.Figure,
    ends: list[tuple[str, float]],
    place: tuple[int, int],
    layers: list[int],
    span: tuple[float, float],
    tints: dict[str, str],
    n_rows: int,
) -> None:
    """The factors' names beside the ends of their lines, moved apart where they would overlap."""
    unit = _PIXELS / n_rows / max(span[1] - span[0], 1e-300)
    places = apart([value * unit for _, value in ends], _GAP)
    for (name, _), at in zip(ends, places, strict=True):
        figure.add_annotation(
            text=f'<span style="color:{tints[name]}">{_GLYPHS[list(tints).index(name) % 2]}</span> {escaped(name)}',
            x=layers[-1],
            y=at / unit,
            xshift=9,
            xanchor="left",
            showarrow=False,
            font={"size": 12.5},
            row=place[0],
            col=place[1],
        )


def _span(values: Any, middle: float) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    low, high = min(middle, *known, middle), max(middle, *known, middle)
    room = 0.08 * (high - low) or 0.1
    return float(low - room), float(high + room)


def _sparse(names: list[str], most: int) -> list[str]:
    """Every name where there is room for it, else the first, the last and some between."""
    step = -(-len(names) // most)
    last = len(names) - 1
    short = {"embeddings": "emb.", "output": "out."} if last > 3 else {}
    return [
        short.get(name, name) if at in (0, last) or (at % step == 0 and at + step <= last) else ""
        for at, name in enumerate(names)
    ]


def _beside(figure: go.Figure, label: str, y: float, x: float, column: int) -> None:
    figure.add_annotation(
        text=escaped(label),
        name="share",
        x=x,
        y=y,
        xanchor="left",
        showarrow=False,
        font={"size": 12.5},
        row=1,
        col=column,
    )


def _notes(figure: go.Figure) -> list[Any]:
    notes: Any = figure.layout["annotations"]
    return list(notes)


def _labels(figure: go.Figure) -> list[Any]:
    return [one for one in _notes(figure) if one["name"] == "share"]


def _told(rows: pd.DataFrame, names: list[str], layers: list[int]) -> list[list[str]]:
    found = []
    for layer, f, p, n in zip(rows["layer"], rows["f"], rows["p"], rows["n"], strict=True):
        said = f"<br>pseudo-F {f:,.1f}" if np.isfinite(f) else ""
        said += f", p = {p:.3g}" if np.isfinite(p) else ""
        found.append([names[layers.index(int(layer))], f"{said}<br>{n:,} words"])
    return found


def _pattern(shape: str, fill: str) -> dict[str, Any]:
    return {"shape": shape, "fillmode": "overlay", "fgcolor": theme.legible_on(fill), "fgopacity": 0.22, "size": 7}


def _longest(terms: list[str]) -> int:
    return max(len(one) for one in [*terms, f"{terms[1]} beyond {terms[0]}"])


def _n_layers(result: pd.DataFrame, layers: list[int]) -> int:
    settings = result.attrs.get("settings", {})
    first = settings.get("spaces", [settings])[0]
    return int(first.get("n_layers", layers[-1] + 1))
