"""Histograms of the distances of related and unrelated words, a panel per checkpoint."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from embspace.analyses.results import unique_labels
from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.checkpoint_names import short_names
from embspace.figures.notes import note
from embspace.figures.panels import axes_of, panels, place
from embspace.figures.rows import check_rows, of_layer

_METRICS = {"l2": "L<sub>2</sub> distance", "cosine": "cosine distance"}
_OPACITY = {"related": 0.42, "unrelated": 0.12}  # told apart in gray too: one is filled, the other an outline
_HEADROOM = 1.3


def relatedness_histograms(
    result: pd.DataFrame,
    *,
    layer: int | None = None,
    metric: str | None = None,
    columns: int = 4,
    dark: bool = False,
) -> go.Figure:
    """Two overlaid histograms of equal area in a panel per checkpoint, on one axis; AUC and difference in the panel.

    Args:
        result: of `analyses.relatedness.relatedness_distances`.
        layer: one of the result's (negative ones count from the output); None: the highest of each checkpoint.
        metric: "l2" or "cosine"; None: the first that the result has.
        columns: panels in a row, at most.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such layer or metric, or no rows.
    """
    check_rows(result)
    held = list(dict.fromkeys(result["metric"]))
    metric = str(held[0]) if metric is None else metric
    if metric not in held:
        raise SettingsError(f"The result has no metric {metric!r}; it has {', '.join(held)}.")
    shown = result.loc[result["metric"] == metric]
    settings = result.attrs.get("settings", {})
    spaces = settings.get("spaces") or [settings]
    labels = unique_labels([str(one.get("checkpoint", "")) for one in spaces])
    known = dict(zip(labels, spaces, strict=True))
    checkpoints = list(dict.fromkeys(shown["checkpoint"]))
    parts: list[pd.DataFrame] = []
    titles: list[str] = []
    names = short_names(checkpoints)
    for checkpoint in checkpoints:
        own = shown.loc[shown["checkpoint"] == checkpoint]
        rows, name = of_layer(own, layer, known.get(checkpoint, {}).get("n_layers"), of=checkpoint)
        parts.append(rows)
        titles.append(f"{names[checkpoint]}, {name}")
    figure = panels(titles, dark, columns)
    colors = dict(zip(_OPACITY, theme.two_colors(dark), strict=True))
    for number, part in enumerate(parts):
        at, top = place(figure, number), 0.0
        for kind in ("unrelated", "related"):
            rows = part.loc[part["kind"] == kind]
            trace = _outline(rows, kind, metric, colors[kind])
            figure.add_trace(trace.update(showlegend=number == 0), row=at[0], col=at[1])
            top = max(top, float(_heights(rows).max()))
        # The numbers stand above the histograms, whose peaks may be at the very left.
        figure.update_yaxes(range=[0, top * _HEADROOM], row=at[0], col=at[1])
        _numbers(figure, number, part, dark)
    # One axis for all: what training draws together lies at the left of it.
    figure.update_xaxes(matches="x", showticklabels=True, title={"text": _METRICS.get(metric, metric)}, nticks=6)
    figure.update_xaxes(range=[*_extent(parts)])
    figure.update_yaxes(showticklabels=False, ticks="", showline=False)
    legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "itemsizing": "trace", "traceorder": "reversed"}
    if len(parts) > 1:
        legend |= {"y": 0, "yref": "container"}
        figure.update_layout(margin={"b": 70})
    figure.update_layout(uirevision="relatedness", legend=legend)
    return note(figure, result)


def _outline(rows: pd.DataFrame, kind: str, metric: str, color: str) -> go.Scatter:
    """The outline of a histogram of area 1."""
    low, high = rows["low"].to_numpy(dtype=float), rows["high"].to_numpy(dtype=float)
    counts = rows["count"].to_numpy(dtype=float)
    return go.Scatter(
        x=np.concatenate([low[:1], low, high[-1:]]),
        y=np.concatenate([[0.0], _heights(rows), [0.0]]),
        customdata=np.concatenate([[[np.nan] * 3], np.stack([low, high, counts], axis=1), [[np.nan] * 3]]),
        mode="lines",
        line={"color": color, "width": 2, "shape": "hv"},
        fill="tozeroy",
        fillcolor=theme.faint(color, _OPACITY[kind]),
        name=f"{kind} words",
        legendgroup=kind,
        hovertemplate=f"{kind}<br>{metric} %{{customdata[0]:.4g}} – %{{customdata[1]:.4g}}"
        "<br><b>%{customdata[2]:,.0f}</b> pairs<extra></extra>",
    )


def _heights(rows: pd.DataFrame) -> NDArray[np.float64]:
    """(bins,) of a histogram of area 1."""
    counts, widths = rows["count"].to_numpy(dtype=float), (rows["high"] - rows["low"]).to_numpy(dtype=float)
    return counts / counts.sum() / widths


def _numbers(figure: go.Figure, number: int, part: pd.DataFrame, dark: bool) -> None:
    axes = axes_of(number)
    difference = f"{part['difference'].iloc[0]:#.3g}".rstrip(".")
    figure.add_annotation(
        text=f"AUC <b>{part['auc'].iloc[0]:.3f}</b><br>difference <b>{difference}</b>",
        xref=f"{axes[0]} domain",
        yref=f"{axes[1]} domain",
        x=0.03,
        y=0.98,
        xanchor="left",
        yanchor="top",
        align="left",
        showarrow=False,
        font={"size": 12, "color": theme.look(dark).text},
    )


def _extent(parts: list[pd.DataFrame]) -> tuple[float, float]:
    """What holds all bins with a pair, and a little room."""
    held = pd.concat(parts)
    held = held.loc[held["count"] > 0]
    low, high = float(held["low"].min()), float(held["high"].max())
    return low - 0.02 * (high - low), high + 0.02 * (high - low)
