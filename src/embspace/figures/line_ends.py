"""Names at the ends of lines, in place of a legend, moved apart where they would overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from embspace.figures.escaping import escaped

MOST = 16
"""more lines than these need a legend"""
_GAP = 15.5  # pixels from one name to the next
_ROOM = 350  # pixels of height that a figure of plotly's own size has for its data
_LETTER = 7.2


@dataclass(frozen=True, slots=True)
class LineEnd:
    """A name and where its line ends, in the units of the axes."""

    name: str
    x: float
    y: float
    color: str


def name_ends(
    figure: go.Figure, ends: Sequence[LineEnd], span: tuple[float, float], axes: tuple[str, str] = ("x", "y")
) -> None:
    """Write each name beside the end of its line, with a leader in the line's color, and make room for it at the right.

    Args:
        figure: is changed; its legend is left as it is.
        ends: of lines that have a number there; on a logarithmic axis `y` is the logarithm.
        span: bottom and top of the axis, in the units of `y`.
        axes: of the panel: that at the right of its figure.
    """
    if not ends:
        return
    low, high = span
    unit = _ROOM / max(high - low, 1e-300)
    places = apart([(one.y - low) * unit for one in ends], _GAP)
    for one, place in zip(ends, places, strict=True):
        figure.add_annotation(
            text=escaped(one.name),
            x=one.x,
            y=one.y,
            xref=axes[0],
            yref=axes[1],
            ax=26,
            ay=(one.y - low) * unit - place,
            axref="pixel",
            ayref="pixel",
            xanchor="left",
            align="left",
            showarrow=True,
            arrowhead=0,
            arrowwidth=1.5,
            arrowcolor=one.color,
            standoff=6,
            borderpad=0,
            font={"size": 12.5},
        )
    figure.update_layout(margin={"r": 40 + round(_LETTER * max(len(one.name) for one in ends))})
    above = round(max(places) - _ROOM + _GAP)
    if above > (figure.to_dict()["layout"].get("margin", {}).get("t") or 0):
        figure.update_layout(margin={"t": above})


def apart(places: Sequence[float], gap: float) -> list[float]:
    """The places, moved as little as is needed (by squares) so that any two are `gap` or more apart; order is kept."""
    order = np.argsort(places, kind="stable")
    # Less i * gap the places need only not fall: groups of those that do take their mean (pool adjacent violators).
    groups: list[tuple[float, int]] = []
    for rank, at in enumerate(order):
        total, size = float(places[at]) - rank * gap, 1
        while groups and groups[-1][0] / groups[-1][1] > total / size:
            before = groups.pop()
            total, size = total + before[0], size + before[1]
        groups.append((total, size))
    means = [total / size for total, size in groups for _ in range(size)]
    moved = np.empty(len(places))
    moved[order] = np.array(means) + gap * np.arange(len(places))
    return [float(one) for one in moved]
