"""Curves over layers: the mean cosine within each language."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.projection import layer_name


def isotropy_curves(result: pd.DataFrame, dark: bool = False) -> go.Figure:
    """A line per language over the layers, from the embeddings to the output.

    Args:
        result: of `analyses.isotropy.isotropy`, with `layer language value n`.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no rows.
    """
    if not len(result):
        raise SettingsError("The result has no rows, so there is nothing to draw.")
    layers = sorted(int(one) for one in result["layer"].unique())
    n_layers = result.attrs.get("settings", {}).get("n_layers", layers[-1] + 1)
    names = [layer_name(one, n_layers) for one in layers]
    colors = theme.look(dark)
    figure = go.Figure()
    kin = ""
    for code in theme.by_family(result["language"]):
        lines = result.loc[result["language"] == code].sort_values(by="layer")
        title = {"legendgrouptitle": {"text": theme.family(code)}} if theme.family(code) != kin else {}
        kin = theme.family(code)
        figure.add_trace(
            go.Scatter(
                x=lines["layer"].to_numpy(),
                y=lines["value"].to_numpy(dtype=float),
                customdata=[[names[layers.index(at)], n] for at, n in zip(lines["layer"], lines["n"], strict=True)],
                name=theme.language_name(code),
                mode="lines+markers",
                line={"color": theme.language_color(code), "width": 2.2},
                marker={"size": 6, "color": theme.language_color(code)},
                hovertemplate=f"{theme.language_name(code)}, %{{customdata[0]}}<br>mean cosine <b>%{{y:.4f}}</b>"
                "<br>%{customdata[1]:,} words<extra></extra>",
                legendgroup=code,
                **title,
            )
        )
    short = [name.removeprefix("layer ") for name in names]
    figure.update_xaxes(
        tickvals=layers, ticktext=short, title={"text": "layer"}, range=[layers[0] - 0.2, layers[-1] + 0.2]
    )
    figure.update_yaxes(title={"text": "mean cosine"}, nticks=6, ticks="outside", ticklen=4)
    figure.update_yaxes(showgrid=True, gridcolor=colors.line, gridwidth=1)
    figure.update_layout(
        template=theme.template(dark),
        uirevision="isotropy",
        meta={"dark": dark},
        legend={"tracegroupgap": 2, "itemsizing": "trace"},
        margin={"t": 34},
    )
    return figure
