"""A score over epochs by setting: a panel per language, a line per setting, from pale to strong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from embspace.figures import theme
from embspace.figures.escaping import escaped
from embspace.figures.panels import panels, place
from embspace.figures.rows import check_rows
from embspace.figures.training import band

_PALEST = 0.35
"""how far along the scale of the theme the palest line is"""


def setting_curves(result: pd.DataFrame, *, title: str = "F1, %", dark: bool = False) -> go.Figure:
    """A panel per language: the first setting is gray and dashed, the others go from pale to strong in their order.

    Of several seeds the line is their mean, with one standard deviation (of a sample) around it.

    Args:
        result: `setting language seed epoch f1`.
        title: of the axis of scores.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no rows.
    """
    check_rows(result)
    settings = list(dict.fromkeys(map(str, result["setting"])))
    codes = theme.by_family(list(dict.fromkeys(map(str, result["language"]))))
    figure = panels([theme.language_name(one) for one in codes], dark, columns=2 if len(codes) < 5 else 3)
    colors = dict(zip(settings, [theme.look(dark).muted, *_shades(len(settings) - 1, dark)], strict=True))
    for number, code in enumerate(codes):
        row, column = place(figure, number)
        for at, setting in enumerate(settings):
            own = result.loc[(result["language"] == code) & (result["setting"].astype(str) == setting)]
            if own.empty:
                continue
            color = colors[setting]
            seeds = own.pivot_table(index="epoch", columns="seed", values="f1", aggfunc="last").dropna().sort_index()
            x, values = seeds.index.to_numpy(dtype=float), seeds.to_numpy(dtype=float)
            mean = values.mean(axis=1)
            several = values.shape[1] > 1
            spread = values.std(axis=1, ddof=1) if several else np.full(len(mean), np.nan)
            if several:
                figure.add_trace(band(x, mean, spread, color), row=row, col=column)
            line = go.Scatter(
                x=x,
                y=mean,
                customdata=["" if np.isnan(one) else f" ± {one:.2g} of {values.shape[1]} seeds" for one in spread],
                name=escaped(setting),
                mode="lines+markers",
                line={"color": color, "width": 2.2, "dash": "dash" if at == 0 else "solid"},
                marker={"size": 6, "color": color, "symbol": theme.LINE_MARKERS[at % len(theme.LINE_MARKERS)]},
                hovertemplate=f"{escaped(setting)}, {theme.language_name(code)}, epoch %{{x}}<br><b>%{{y:.2f}}</b>"
                "%{customdata}<extra></extra>",
                legendgroup=setting,
                showlegend=number == 0,
            )
            figure.add_trace(line, row=row, col=column)
    epochs = sorted(set(result["epoch"]))
    figure.update_xaxes(ticks="outside", ticklen=4)
    if len(epochs) <= 12:
        figure.update_xaxes(tickvals=epochs)
    last = place(figure, len(codes) - 1)[0]
    figure.update_xaxes(title={"text": "epoch"}, row=last)
    figure.update_yaxes(nticks=6, ticks="outside", ticklen=4, showgrid=True, gridcolor=theme.look(dark).line)
    figure.update_yaxes(title={"text": escaped(title)}, col=1)
    legend = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom", "itemsizing": "trace"}
    figure.update_layout(uirevision="curves", legend=legend, margin={"b": 78}, showlegend=True)
    return figure


def _shades(number: int, dark: bool) -> list[str]:
    """So many colors of one hue, from pale to strong."""
    places = [1.0] if number == 1 else list(np.linspace(_PALEST, 1.0, number))
    found: Any = sample_colorscale([list(one) for one in theme.sequential(dark)], places, colortype="tuple")
    return ["#" + "".join(f"{round(255 * channel):02x}" for channel in color) for color in found]
