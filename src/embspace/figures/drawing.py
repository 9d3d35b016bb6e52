"""Text and colored boxes on rows, in pixels: what the tables of pieces and of names are drawn with."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from embspace.figures import theme
from embspace.figures.escaping import escaped

# All in pixels: one unit of the axes is one pixel, so that chips stand beside each other whatever they say.
_ROW = 30
_SIZE = 14
LETTER = 0.602 * _SIZE
"""the width of a character of the fixed-width fonts"""
_PAD, _GAP = 6, 5
_LONGEST = 40  # characters of a written form
_MARGIN = 12


class Drawing:
    """Text and chips on rows, from the top."""

    def __init__(self, dark: bool) -> None:
        self._dark, self._colors = dark, theme.look(dark)
        self._notes: list[dict[str, Any]] = []
        self._shapes: list[dict[str, Any]] = []
        self._right = 0.0

    def text(self, text: str, x: float, row: int, muted: bool = False, mono: bool = False) -> None:
        """A text that begins at x; it is HTML, so escaped by who gives it. `mono` has letters of one width."""
        font = {"size": 12 if muted else _SIZE, "color": self._colors.muted if muted else self._colors.text}
        self._note(text, x, row, font | ({"family": theme.MONO} if mono else {}))
        self._right = max(self._right, x + 80)

    def chip(self, piece: str, x: float, row: int, color: str) -> float:
        """A piece in a box; returns where the next one stands."""
        width = len(piece) * LETTER + 2 * _PAD
        self._shapes.append(
            {
                "type": "path",
                "path": _rounded(x, row * _ROW - 11, width, 22, 4),
                "fillcolor": color,
                "line": {"width": 0},
            }
            | {"layer": "below"}
        )
        self._note(
            escaped(piece),
            x + _PAD,
            row,
            {"size": _SIZE, "color": theme.legible_on(color), "family": theme.MONO},
        )
        return x + width + _GAP

    def rule(self, row: int) -> None:
        """A thin line above a row, over the whole width."""
        ends = {"xref": "paper", "x0": 0, "x1": 1, "y0": (row - 0.5) * _ROW, "y1": (row - 0.5) * _ROW}
        self._shapes.append({"type": "line", **ends, "line": {"color": self._colors.line, "width": 1}})

    def widen(self, x: float) -> None:
        """Make the figure reach to x at least."""
        self._right = max(self._right, x)

    def figure(self, rows: int) -> go.Figure:
        """What was drawn; it has the size that it needs."""
        # An axis exists only where a trace is.
        figure = go.Figure(go.Scatter(x=[None], y=[None], mode="markers", hoverinfo="skip", showlegend=False))
        figure.update_xaxes(visible=False, range=[0, self._right], fixedrange=True)
        figure.update_yaxes(visible=False, range=[(rows - 0.5) * _ROW, -0.5 * _ROW], fixedrange=True)
        figure.update_layout(
            template=theme.template(self._dark),
            meta={"dark": self._dark},
            annotations=self._notes,
            shapes=self._shapes,
            width=self._right + 2 * _MARGIN,
            height=rows * _ROW + 2 * _MARGIN,
            margin=dict.fromkeys("lrtb", _MARGIN),
        )
        return figure

    def _note(self, text: str, x: float, row: int, font: dict[str, Any]) -> None:
        place = {"x": x, "y": row * _ROW, "xanchor": "left", "yanchor": "middle", "showarrow": False, "borderpad": 0}
        self._notes.append({"text": text, **place, "align": "left", "font": font})


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> str:
    """The SVG path of a box with round corners."""
    right, bottom = x + width, y + height
    return (
        f"M{x + radius:.1f},{y} L{right - radius:.1f},{y} Q{right:.1f},{y} {right:.1f},{y + radius} "
        f"L{right:.1f},{bottom - radius} Q{right:.1f},{bottom} {right - radius:.1f},{bottom} "
        f"L{x + radius:.1f},{bottom} Q{x:.1f},{bottom} {x:.1f},{bottom - radius} "
        f"L{x:.1f},{y + radius} Q{x:.1f},{y} {x + radius:.1f},{y} Z"
    )


def shortened(text: str) -> str:
    """The text, cut where it would need too much room."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def shown_length(text: str) -> int:
    """How many characters `shortened` leaves."""
    return min(len(text), _LONGEST)
