"""Curves of neighbors that stay between two checkpoints or layers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.figures import theme
from embspace.figures.escaping import escaped
from embspace.figures.line_ends import MOST, LineEnd, name_ends
from embspace.figures.notes import note
from embspace.figures.pairs_of_layers import layer_names


def overlap_curves(result: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """A line per language over the layers: the share of neighbors that stay; all words in a broken line.

    Args:
        result: of `analyses.neighbor_overlap.neighbor_overlap`.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no rows.
    """
    colors = theme.look(dark)
    steps = list(dict.fromkeys(zip(result["layer"], result["layer_after"], strict=True)))
    before, after = (layer_names(result, side, [step[side] for step in steps]) for side in (0, 1))
    names = [one if one == other else f"{one} → {other}" for one, other in zip(before, after, strict=True)]
    figure = go.Figure()
    ends: list[LineEnd] = []
    codes = [*theme.by_family(set(result["language"]) - {"all"}), "all"]
    for number, code in enumerate(codes):
        rows = result.loc[result["language"] == code]
        at = [steps.index(step) for step in zip(rows["layer"], rows["layer_after"], strict=True)]
        color = colors.text if code == "all" else theme.language_color(code, dark)
        name = "all words" if code == "all" else theme.language_name(code)
        values = rows["value"].to_numpy(dtype=float)
        figure.add_trace(
            go.Scatter(
                x=at,
                y=values,
                customdata=list(zip([names[one] for one in at], rows["n"], strict=True)),
                name=escaped(name),
                mode="lines+markers",
                line={"color": color, "width": 2.2, "dash": "dash" if code == "all" else "solid"},
                marker={"size": 6, "color": color, "symbol": theme.LINE_MARKERS[number % len(theme.LINE_MARKERS)]},
                hovertemplate=f"{escaped(name)}, %{{customdata[0]}}<br>overlap <b>%{{y:.4f}}</b>"
                "<br>%{customdata[1]:,} words<extra></extra>",
            )
        )
        if len(values) and np.isfinite(values[-1]):
            ends.append(LineEnd(name, float(at[-1]), float(values[-1]), color))
    k = result.attrs.get("settings", {}).get("k", "k")
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=[one.replace("layer ", "") for one in names])
    figure.update_xaxes(title={"text": "layer"}, range=[-0.2, len(names) - 0.88])
    figure.update_yaxes(title={"text": f"overlap of the {k} nearest neighbors"}, range=[0, 1.02], nticks=6)
    figure.update_yaxes(showgrid=True, gridcolor=colors.line, ticks="outside", ticklen=4)
    figure.update_layout(template=theme.template(dark), uirevision="overlap", meta={"dark": dark}, margin={"t": 34})
    if len(ends) <= MOST:
        figure.update_layout(showlegend=False)
        name_ends(figure, ends, (0, 1.02))
    return note(figure, result)
