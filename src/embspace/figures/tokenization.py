"""How words are split: a row per written form, its pieces side by side."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme

# All in pixels: one unit of the axes is one pixel, so that chips stand beside each other whatever they say.
_ROW = 30
_SIZE = 14
_LETTER = 0.602 * _SIZE  # the width of a character of the fixed-width fonts
_PAD, _GAP = 6, 5
_FORM = 150.0
_LONGEST = 40  # characters of a written form
_MARGIN = 12


def tokenization_table(result: pd.DataFrame, dark: bool = False, per_language: int = 3) -> go.Figure:
    """A row per written form with its pieces as chips in the color of its language, the language beside the first.

    Args:
        result: of `analyses.tokenization.tokenization`; forms of several types are added up.
        dark: for a dark page.
        per_language: the most frequent forms of each language are shown; the last line says how many are not.

    Raises:
        SettingsError: the result has no rows, or `per_language` is below 1.
    """
    if per_language < 1:
        raise SettingsError(f"per_language={per_language} is not possible; it is 1 or more.")
    if not len(result):
        raise SettingsError("The result has no rows, so there is nothing to draw.")
    forms = result.groupby(["language", "text", "n_pieces", "pieces"], sort=False, as_index=False).agg(
        count=("count", "sum")
    )
    forms = forms.sort_values("count", ascending=False, kind="stable")
    draw = _Drawing(dark)
    at_pieces = _FORM + max(90.0, 8.2 * min(max(len(str(text)) for text in forms["text"]), _LONGEST) + 28)
    for header, x in (("language", 0.0), ("written", _FORM), ("pieces", at_pieces)):
        draw.text(header, x, 0, muted=True)
    row, hidden = 1, 0
    for code in theme.by_family(forms["language"]):
        own = forms.loc[forms["language"] == code]
        hidden += max(0, len(own) - per_language)
        color = theme.language_color(code)
        draw.rule(row)
        draw.text(f'<span style="color:{color}">●</span>  {escape(theme.language_name(code))}', 0, row)
        for text, pieces, n_pieces in _rows(own, per_language):
            draw.text(escape(_short(str(text))), _FORM, row)
            x = at_pieces
            for piece in str(pieces).split():
                x = draw.chip(piece, x, row, color)
            draw.text(str(n_pieces) if n_pieces else "no pieces", x + 4, row, muted=True)
            row += 1
    if hidden:
        draw.text(f"and {hidden:,} less frequent form{'s' if hidden > 1 else ''}", _FORM, row, muted=True)
        row += 1
    return draw.figure(row)


class _Drawing:
    """Text and chips on rows, from the top."""

    def __init__(self, dark: bool) -> None:
        self._dark, self._colors = dark, theme.look(dark)
        self._notes: list[dict[str, Any]] = []
        self._shapes: list[dict[str, Any]] = []
        self._right = 0.0

    def text(self, text: str, x: float, row: int, muted: bool = False) -> None:
        font = {"size": 12 if muted else 14, "color": self._colors.muted if muted else self._colors.text}
        self._note(text, x, row, font)
        self._right = max(self._right, x + 80)

    def chip(self, piece: str, x: float, row: int, color: str) -> float:
        """A piece in a box; returns where the next one stands."""
        width = len(piece) * _LETTER + 2 * _PAD
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
            escape(piece), x + _PAD, row, {"size": _SIZE, "color": theme.legible_on(color), "family": theme.MONO}
        )
        return x + width + _GAP

    def rule(self, row: int) -> None:
        """A thin line above a row, over the whole width."""
        ends = {"xref": "paper", "x0": 0, "x1": 1, "y0": (row - 0.5) * _ROW, "y1": (row - 0.5) * _ROW}
        self._shapes.append({"type": "line", **ends, "line": {"color": self._colors.line, "width": 1}})

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


def _rows(forms: pd.DataFrame, limit: int) -> list[tuple[str, str, int]]:
    shown = forms.head(limit)
    return list(zip(shown["text"], shown["pieces"], shown["n_pieces"], strict=True))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
