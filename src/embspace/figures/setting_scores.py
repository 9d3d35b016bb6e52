"""Scores of settings side by side: a dot per setting and language, with the deviation over seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.figures import theme
from embspace.figures.escaping import escaped
from embspace.figures.line_ends import LineEnd, name_ends
from embspace.figures.panels import axes_of, panels, place
from embspace.figures.rows import check_rows

_WIDE = 0.34
"""the share of a setting's room over which its languages stand side by side"""
_FAINT = 0.45


def setting_scores(result: pd.DataFrame, *, title: str = "F1, %", joined: bool = True, dark: bool = False) -> go.Figure:
    """Settings from left to right, a color per language; a panel per `group` where there are several.

    Args:
        result: `setting language mean deviation n`, perhaps `group`; settings in the order of their first rows.
        title: of the axis of scores.
        joined: draw a line through the dots of a language, where settings are steps of one thing.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no rows.
    """
    check_rows(result)
    settings = list(dict.fromkeys(map(str, result["setting"])))
    codes = theme.by_family(list(dict.fromkeys(map(str, result["language"]))))
    groups = list(dict.fromkeys(map(str, result["group"]))) if "group" in result.columns else [""]
    figure = panels(groups, dark, columns=3, shared_yaxes=True)
    low, high = _span(result)
    named = joined and len(groups) == 1
    for number, group in enumerate(groups):
        part = result.loc[result["group"].astype(str) == group] if "group" in result.columns else result
        row, column = place(figure, number)
        ends = []
        for at, code in enumerate(codes):
            own = part.loc[part["language"] == code]
            if own.empty:
                continue
            aside = _WIDE * (at / (len(codes) - 1) - 0.5) if len(codes) > 1 else 0.0
            x = [settings.index(str(one)) + aside for one in own["setting"]]
            trace = _dots(own, x, code, at, joined, dark).update(showlegend=number == 0)
            figure.add_trace(trace, row=row, col=column)
            last = float(own["mean"].to_numpy(dtype=float)[-1])
            end = x[-1] - aside + _WIDE / 2  # right of the dots of all languages, whose deviations would cross a name
            ends.append(LineEnd(theme.language_name(code), end, last, theme.language_color(code, dark)))
        if named:
            name_ends(figure, ends, (low, high), axes_of(number))
    names = [escaped(one) for one in settings]
    figure.update_xaxes(tickvals=list(range(len(settings))), ticktext=names, range=[-0.5, len(settings) - 0.5])
    figure.update_xaxes(tickfont={"size": 12.5, "color": theme.look(dark).text})
    figure.update_yaxes(range=[low, high], nticks=6, ticks="outside", ticklen=4)
    figure.update_yaxes(showgrid=True, gridcolor=theme.look(dark).line)
    figure.update_yaxes(title={"text": escaped(title)}, col=1)
    legend = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"}
    figure.update_layout(uirevision="settings", showlegend=not named, legend=legend)
    if not named:
        figure.update_layout(margin={"b": 70})
    return figure


def _dots(own: pd.DataFrame, x: list[float], code: str, at: int, joined: bool, dark: bool) -> go.Scatter:
    color, name = theme.language_color(code, dark), theme.language_name(code)
    spread = own["deviation"].to_numpy(dtype=float)
    told = [
        f"{escaped(str(row['setting']))}, {name}<br><b>{row['mean']:.2f}</b>"
        + (f" ± {row['deviation']:.2g} of {row['n']} seeds" if np.isfinite(row["deviation"]) else ", one seed")
        for row in own.to_dict("records")
    ]
    return go.Scatter(
        x=x,
        y=own["mean"],
        error_y={"type": "data", "array": np.nan_to_num(spread), "color": color, "thickness": 1.4, "width": 4},
        customdata=told,
        name=name,
        mode="lines+markers" if joined else "markers",
        line={"color": theme.faint(color, _FAINT), "width": 1.6},
        marker={"size": 9, "color": color, "symbol": theme.LINE_MARKERS[at % len(theme.LINE_MARKERS)]},
        hovertemplate="%{customdata}<extra></extra>",
        legendgroup=code,
    )


def _span(result: pd.DataFrame) -> tuple[float, float]:
    means, spread = result["mean"].to_numpy(dtype=float), np.nan_to_num(result["deviation"].to_numpy(dtype=float))
    low, high = float(np.nanmin(means - spread)), float(np.nanmax(means + spread))
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room
