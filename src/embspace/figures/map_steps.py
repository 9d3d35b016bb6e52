"""A map that plays: the slider and the buttons below it, and a frame for each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from embspace.figures import theme
from embspace.figures.escaping import escaped

_HOLD, _GLIDE = 1100, 700
"""milliseconds that a step stays, of which points glide"""


def steps(figure: go.Figure, names: Sequence[str], data: Sequence[Sequence[Any]], glide: bool) -> None:
    """Add a frame per step, a slider over them, and a button that plays them; the figure shows the first.

    Args:
        figure: with the traces of the first step.
        names: of the steps.
        data: for each step, what changes of the figure's first traces.
        glide: points move from step to step; else they jump, which all kinds of traces can.
    """
    figure.frames = [
        go.Frame(name=name, data=list(changed), traces=list(range(len(changed))))
        for name, changed in zip(names, data, strict=True)
    ]
    colors = theme.look(bool(figure.to_dict()["layout"]["meta"]["dark"]))
    easing = {"duration": _GLIDE if glide else 0, "easing": "cubic-in-out"}
    shown = {"mode": "immediate", "frame": {"duration": 0, "redraw": not glide}, "transition": easing}
    played = {
        "mode": "immediate",
        "fromcurrent": True,
        "frame": {"duration": _HOLD, "redraw": not glide},
        "transition": easing,
    }
    # In pixels, under the legend of symbols where there is one.
    below = 34 if any(trace["legend"] == "legend2" for trace in figure.to_dict()["data"] if "legend" in trace) else 8
    slider = {
        "active": 0,
        "steps": [{"label": escaped(name), "method": "animate", "args": [[name], shown]} for name in names],
        "x": 0,
        "len": 1,
        "y": 0,
        "pad": {"t": below + 12, "l": 108, "r": 24},
        "currentvalue": {"visible": False},
        "bgcolor": colors.line,
        "activebgcolor": colors.muted,
        "bordercolor": colors.line,
        "tickcolor": colors.line,
        "minorticklen": 0,
        "ticklen": 5,
        "font": {"color": colors.muted, "size": 12},
    }
    stopped = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    buttons = {
        "type": "buttons",
        "direction": "right",
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "pad": {"t": below},
        "bgcolor": colors.surface,
        "bordercolor": colors.line,
        "font": {"color": colors.text, "size": 12},
        "buttons": [
            {"label": "▶", "method": "animate", "args": [None, played]},
            {"label": "❚❚", "method": "animate", "args": [[None], stopped]},
        ],
    }
    figure.update_layout(sliders=[slider], updatemenus=[buttons], margin={"b": below + 62})
