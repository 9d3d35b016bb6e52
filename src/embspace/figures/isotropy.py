"""Curves over layers: how evenly each language's words use the space, with the interval of each curve as a band."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.checkpoint_names import short_names
from embspace.figures.escaping import escaped
from embspace.figures.line_ends import MOST, LineEnd, name_ends
from embspace.figures.notes import note
from embspace.figures.projection import layer_name
from embspace.figures.rows import check_rows

TITLES = {
    "mean_cosine": "mean cosine",
    "isoscore": "IsoScore",
    "partition": "partition-function isotropy",
    "effective_dimension": "effective dimension",
    "mrr": "mean reciprocal rank",
    "accuracy": "accuracy",
    "top_1": "share of the largest dimension",
    "top_3": "share of the 3 largest dimensions",
    "top_5": "share of the 5 largest dimensions",
}
_LOGARITHMIC = ("partition",)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def isotropy_curves(
    result: pd.DataFrame, measure: str | None = None, *, bands: bool = True, dark: bool = False
) -> go.Figure:
    """A line per language over the layers, from the embeddings to the output; checkpoints differ by their dashes.

    Args:
        result: of `analyses.isotropy.isotropy`.
        measure: one of the result's; None: the first that it has.
        bands: draw `low` to `high` around each line, where the result has them.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such measure, or no rows.
    """
    result, title = _of_measure(result, measure)
    layers = sorted(int(one) for one in result["layer"].unique())
    settings = result.attrs.get("settings", {})
    n_layers = settings.get("n_layers") or next((one["n_layers"] for one in settings.get("spaces", ())), layers[-1] + 1)
    names = [layer_name(one, n_layers) for one in layers]
    kinds = list(dict.fromkeys(result["checkpoint"])) if "checkpoint" in result.columns else [None]
    codes = theme.by_family(result["language"])
    logarithmic = title == TITLES["partition"]
    shown = {"value", *(("low", "high") if bands else ())} & set(result.columns)
    figure = go.Figure()
    lines: list[go.Scatter] = []
    ends: list[LineEnd] = []
    kin = ""
    for number, code in enumerate(codes):
        heading = {"legendgrouptitle": {"text": theme.family(code)}} if theme.family(code) != kin else {}
        kin, color = theme.family(code), theme.language_color(code, dark)
        for kind, dash in zip(kinds, _cycled(_DASHES, len(kinds)), strict=True):
            rows = result.loc[result["language"] == code]
            rows = (rows if kind is None else rows.loc[rows["checkpoint"] == kind]).sort_values(by="layer")
            said = escaped(
                theme.language_name(code) + ("" if kind is None else f", {short_names(map(str, kinds))[kind]}")
            )
            values = rows["value"].to_numpy(dtype=float)
            if bands and "low" in rows.columns and rows["low"].notna().any():
                figure.add_trace(_band(rows, color))
            hover = f"{said}, %{{customdata[0]}}<br>{title} <b>%{{y:.4{'g' if logarithmic else 'f'}}}</b>"
            hover += "%{customdata[2]}<br>%{customdata[1]:,} words<extra></extra>"
            told = [names[layers.index(at)] for at in rows["layer"]]
            lines.append(
                go.Scatter(
                    x=rows["layer"].to_numpy(),
                    y=values,
                    customdata=list(zip(told, rows["n"], _intervals(rows), strict=True)),
                    name=said,
                    mode="lines+markers",
                    line={"color": color, "width": 2.2, "dash": dash},
                    marker={"size": 6, "color": color, "symbol": theme.LINE_MARKERS[number % len(theme.LINE_MARKERS)]},
                    hovertemplate=hover,
                    legendgroup=code,
                    **heading,
                )
            )
            heading = {}
            if len(values) and np.isfinite(values[-1]) and (kind is None or kind == kinds[0]):
                end = math.log10(values[-1]) if logarithmic and values[-1] > 0 else values[-1]
                ends.append(LineEnd(theme.language_name(code), float(rows["layer"].iloc[-1]), float(end), color))
    figure.add_traces(lines)
    span = _span(result[sorted(shown)].to_numpy(dtype=float), logarithmic)
    short = [name.removeprefix("layer ") for name in names]
    figure.update_xaxes(tickvals=layers, ticktext=short, title={"text": "layer"})
    figure.update_xaxes(range=[layers[0] - 0.2, layers[-1] + 0.12])
    figure.update_yaxes(title={"text": title}, nticks=6, ticks="outside", ticklen=4, range=span)
    figure.update_yaxes(showgrid=True, gridcolor=theme.look(dark).line, gridwidth=1)
    if logarithmic:
        figure.update_yaxes(type="log", exponentformat="power")
    figure.update_layout(template=theme.template(dark), uirevision="isotropy", meta={"dark": dark})
    figure.update_layout(legend={"tracegroupgap": 2, "itemsizing": "trace"}, margin={"t": 34})
    if len(ends) <= MOST:
        figure.update_layout(showlegend=False)
        name_ends(figure, ends, span)
        _checkpoints(figure, kinds, dark)
    return note(figure, result)


def _of_measure(result: pd.DataFrame, measure: str | None) -> tuple[pd.DataFrame, str]:
    """The rows of a measure, and what it is called; results of one measure need not name it."""
    check_rows(result)
    if "measure" not in result.columns:
        return result, TITLES["mean_cosine"]
    held = list(dict.fromkeys(result["measure"]))
    wanted = measure or held[0]
    if wanted not in held:
        raise SettingsError(f"The result has no measure {wanted!r}; it has {', '.join(held)}.")
    rows = result.loc[result["measure"] == wanted]
    rows.attrs = result.attrs
    return rows, TITLES.get(wanted, wanted)


def _band(rows: pd.DataFrame, color: str) -> go.Scatter:
    """From `low` to `high`, in a hint of the line's color."""
    rows = rows.loc[rows["low"].notna()]
    around = np.concatenate([rows["layer"].to_numpy(), rows["layer"].to_numpy()[::-1]])
    edge = np.concatenate([rows["low"].to_numpy(dtype=float), rows["high"].to_numpy(dtype=float)[::-1]])
    look = {"fill": "toself", "fillcolor": theme.faint(color), "line": {"width": 0}, "mode": "lines"}
    return go.Scatter(x=around, y=edge, hoverinfo="skip", showlegend=False, name="interval", **look)


def _intervals(rows: pd.DataFrame) -> list[str]:
    if "low" not in rows.columns:
        return [""] * len(rows)
    bounds = zip(rows["low"], rows["high"], strict=True)
    return ["" if pd.isna(low) else f" ({low:.4f} – {high:.4f})" for low, high in bounds]


def _span(drawn: NDArray[np.float64], logarithmic: bool) -> tuple[float, float]:
    """Bottom and top of the axis: all that is drawn, and a little room."""
    held = drawn[np.isfinite(drawn) & ((drawn > 0) | (not logarithmic))]
    if logarithmic:
        held = np.log10(held)
    low, high = (float(held.min()), float(held.max())) if len(held) else (0.0, 1.0)
    room = 0.05 * (high - low) or 0.05
    return low - room, high + room


def _checkpoints(figure: go.Figure, kinds: Sequence[str | None], dark: bool) -> None:
    """Which dash is which checkpoint, where there are several."""
    if len(kinds) < 2:
        return
    figure.update_traces(showlegend=False)
    for kind, dash in zip(short_names(map(str, kinds)).values(), _cycled(_DASHES, len(kinds)), strict=True):
        line = {"color": theme.look(dark).muted, "width": 2.2, "dash": dash}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="lines", line=line, name=escaped(kind)))
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "trace", "itemwidth": 40}
    figure.update_layout(showlegend=True, legend=legend)


def _cycled(values: tuple[str, ...], count: int) -> list[str]:
    return [values[at % len(values)] for at in range(count)]
