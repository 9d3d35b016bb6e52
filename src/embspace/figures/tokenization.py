"""How words are split: a row per written form, its pieces side by side."""

from __future__ import annotations

from html import escape

import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.drawing import Drawing, shortened, shown_length

_FORM = 150.0


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
    draw = Drawing(dark)
    at_pieces = _FORM + max(90.0, 8.2 * max(shown_length(str(text)) for text in forms["text"]) + 28)
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
            draw.text(escape(shortened(str(text))), _FORM, row)
            x = at_pieces
            for piece in str(pieces).split():
                x = draw.chip(piece, x, row, color)
            draw.text(str(n_pieces) if n_pieces else "no pieces", x + 4, row, muted=True)
            row += 1
    if hidden:
        draw.text(f"and {hidden:,} less frequent form{'s' if hidden > 1 else ''}", _FORM, row, muted=True)
        row += 1
    return draw.figure(row)


def _rows(forms: pd.DataFrame, limit: int) -> list[tuple[str, str, int]]:
    shown = forms.head(limit)
    return list(zip(shown["text"], shown["pieces"], shown["n_pieces"], strict=True))
