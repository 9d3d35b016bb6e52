"""Bars of systems beside a baseline, with the deviation over seeds and the stars of a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.analyses.significance import STARS
from embspace.figures import theme
from embspace.figures.drawing import shortened
from embspace.figures.escaping import escaped
from embspace.figures.panels import axes_of, panels, place
from embspace.figures.rows import check_rows

_TESTS = {"t": "paired t-test", "permutation": "permutation test", "sign": "sign test"}
_BAR, _FRAME, _WIDTH = 26, 74, 900  # pixels: of a bar, around those of a panel, of all panels in a row
_LETTER = 7.4


def significance_bars(result: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """A bar per system, as long as its mean, with the deviation over seeds; a panel per dataset, language or the like.

    Beside each bar stand its mean and the stars of the test against the baseline, whose bar is gray and whose mean is
    a line through the panel. Bars of systems that do not differ from it significantly are pale.

    Args:
        result: of `analyses.significance.significance`, or of `analyses.stage_scores.stage_significance`, each of whose
            systems stands against the one before it.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no rows.
    """
    check_rows(result)
    settings = result.attrs.get("settings", {})
    by = [name for name in settings.get("by", ()) if name in result.columns]
    systems = list(dict.fromkeys(map(str, result["system"])))
    parts: list[Any] = list(result.groupby(by, sort=False, dropna=False)) if by else [((), result)]
    titles = [" · ".join(_said(name, value) for name, value in zip(by, group, strict=True)) for group, _ in parts]
    figure = panels(titles, dark, columns=1 if len(parts) == 1 else 3 if len(systems) > 6 else 4, shared_yaxes=True)
    colors = theme.look(dark)
    places = [place(figure, number) for number in range(len(parts))]
    rows, across = (max(side) for side in zip(*places, strict=True))
    room = _room(result, across)
    seeds = " of seeds" if (result["n_seeds"].to_numpy() > 1).any() else ""
    measure = f"mean {escaped(str(settings.get('measure', 'score')))}{seeds}"
    for number, (_, part) in enumerate(parts):
        row, column = places[number]
        for trace in _bars(part, systems, settings, dark):
            figure.add_trace(trace, row=row, col=column)
        x, y = axes_of(number)
        for mean in part.loc[part["system"] == part["baseline"], "mean"]:
            ends = {"x0": mean, "x1": mean, "y0": 0, "y1": 1, "xref": x, "yref": f"{y} domain"}
            figure.add_shape(type="line", **ends, line={"color": colors.text, "width": 1, "dash": "dot"})
        lowest = number + across >= len(parts)
        figure.update_xaxes(title={"text": measure if lowest else ""}, range=room, row=row, col=column)
    labels = [escaped(shortened(one)) for one in systems]
    figure.update_yaxes(tickvals=list(range(len(systems))), ticktext=labels, showline=False, ticks="")
    figure.update_yaxes(range=[len(systems) - 0.4, -0.6], tickfont={"size": 12.5, "color": colors.text})
    figure.update_yaxes(ticks="outside", ticklen=6, tickcolor="rgba(0,0,0,0)", zeroline=False)
    figure.update_xaxes(nticks=5, showgrid=True, gridcolor=colors.line, zeroline=True, zerolinecolor=colors.muted)
    figure.update_layout(
        height=max(240, rows * (_FRAME + _BAR * len(systems)) + 40),
        title={"text": _legend(settings), "font": {"size": 13, "color": colors.muted}},
        margin={"t": 64 if len(parts) > 1 else 44},
        showlegend=False,
        bargap=0.32,
        uirevision="significance",
    )
    return figure


def _bars(part: pd.DataFrame, systems: Sequence[str], settings: dict[str, Any], dark: bool) -> list[Any]:
    """The bars of a panel, and what is written beside them."""
    colors, blues = theme.look(dark), [color for _, color in theme.sequential(dark)]
    strong, pale = (blues[4], blues[2]) if dark else (blues[3], blues[1])
    starred = part["stars"].astype(bool)
    fills = [
        colors.muted if system == base else strong if star else pale
        for system, base, star in zip(part["system"], part["baseline"], starred, strict=True)
    ]
    at = [systems.index(str(one)) for one in part["system"]]
    means, deviations = (part[name].to_numpy(dtype=float) for name in ("mean", "deviation"))
    spread = np.nan_to_num(deviations)
    test = _TESTS.get(str(settings.get("test")), "test")
    bar = go.Bar(
        x=means,
        y=at,
        orientation="h",
        marker={"color": fills, "line": {"width": 0}},
        error_x={"type": "data", "array": spread, "color": colors.text, "thickness": 1.2, "width": 3},
        customdata=[_hover(row, test) for row in part.to_dict("records")],
        hovertemplate="%{customdata}<extra></extra>",
    )
    text = go.Scatter(
        x=np.maximum(means + spread, max([0.0, *part.loc[part["system"] == part["baseline"], "mean"]])),
        y=at,
        mode="text",
        text=[f" {_number(mean)} {stars}" for mean, stars in zip(means, part["stars"], strict=True)],
        textposition="middle right",
        textfont={"size": 12, "color": colors.text},
        hoverinfo="skip",
        cliponaxis=False,
    )
    return [bar, text]


def _hover(row: dict[Any, Any], test: str) -> str:
    lines = [escaped(str(row["system"])), f"mean <b>{row['mean']:.4g}</b>"]
    if row["n_seeds"] > 1:
        lines[1] += f" ± {row['deviation']:.2g} of {row['n_seeds']} seeds"
    if row["system"] == row["baseline"]:
        lines.append("the baseline")
    else:
        p = "undefined" if np.isnan(row["p"]) else f"{row['p']:.3g}"
        lines += [f"{row['difference']:+.4g} beside {escaped(str(row['baseline']))}", f"{test}: p {p}, n {row['n']:,}"]
    return "<br>".join(lines)


def _room(result: pd.DataFrame, across: int) -> list[float]:
    """Ends of the axis: from zero, as bars are, with room for what is written beside the longest."""
    means, spread = result["mean"].to_numpy(dtype=float), np.nan_to_num(result["deviation"].to_numpy(dtype=float))
    low, high = min(0.0, float((means - spread).min())), max(0.0, float((means + spread).max()))
    longest = max(len(_number(mean)) + 1 + len(stars) for mean, stars in zip(means, result["stars"], strict=True))
    share = min(0.6, (_LETTER * longest + 12) / (_WIDTH / across))
    wide = (high - low) / (1 - share) or 1.0
    return [low * 1.05, low + wide]


def _number(mean: float) -> str:
    return f"{mean:.3f}" if abs(mean) < 10 else f"{mean:.1f}"


def _said(name: str, value: object) -> str:
    return theme.language_name(str(value)) if name.startswith("language") else str(value)


def _legend(settings: dict[str, Any]) -> str:
    alpha = float(settings.get("alpha", 0.05))
    levels = [f"{'*' * (rank + 1)} p &lt; {alpha * share:.3g}" for rank, share in enumerate(STARS)]
    test = _TESTS.get(str(settings.get("test")), "test")
    if "systems" in settings:  # each is compared with the one before it
        told = (f"{'*' * at} from {escaped(str(one))}" for at, one in enumerate(settings["systems"][:-1], 1))
        return f"{test}, p &lt; {alpha:.3g}, differs: {', '.join(told)}"
    return f"{test} against {escaped(str(settings.get('baseline', 'the baseline')))}: {', '.join(levels)}"
