"""How words are split: a row per written form, its pieces side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.drawing import Drawing, shortened, shown_length
from embspace.figures.escaping import escaped
from embspace.figures.rows import check_rows

_FORM = 150.0
_TYPES = ("PER", "LOC", "ORG", "MISC")
_PATTERNS = ("", "/", ".", "x", "-")


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
    check_rows(result)
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
        color = theme.language_color(code, dark)
        draw.rule(row)
        draw.text(f'<span style="color:{color}">●</span>  {escaped(theme.language_name(code))}', 0, row)
        for text, pieces, n_pieces in _rows(own, per_language):
            draw.text(escaped(shortened(str(text))), _FORM, row)
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


def fertility_bars(result: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """Mean pieces per word of each language, and of each entity type where the result has them; lower is kinder.

    Beside each bar stand the number and the share of words in more than one piece.

    Args:
        result: of `analyses.tokenization.fertility`.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no rows.
    """
    check_rows(result)
    typed = "type" in result.columns
    kinds = sorted({str(one) for one in result["type"].fillna("other")}, key=_place) if typed else [""]
    codes = theme.by_family(result["language"])
    names = [escaped(theme.language_name(code)) for code in codes]
    figure = go.Figure()
    for number, kind in enumerate(kinds):
        own = result.loc[result["type"].fillna("other") == kind] if typed else result
        own = own.set_index("language").reindex(codes)
        values, shares, counts = (own[column].to_numpy(dtype=float) for column in ("fertility", "split", "n"))
        figure.add_trace(
            go.Bar(
                x=values,
                y=names,
                orientation="h",
                name=escaped(kind),
                marker={
                    "color": [theme.language_color(code, dark) for code in codes],
                    "pattern": {"shape": _PATTERNS[number % len(_PATTERNS)], "fgcolor": theme.look(dark).page},
                    "line": {"width": 0},
                },
                text=[
                    "" if np.isnan(one) else _said(one, share, kind) for one, share in zip(values, shares, strict=True)
                ],
                textposition="outside",
                cliponaxis=False,
                textfont={"size": 12},
                customdata=np.column_stack([shares, counts]),
                hovertemplate=f"%{{y}} {escaped(kind)}<br><b>%{{x:.3f}}</b> pieces per word<br>"
                "%{customdata[0]:.1%} of %{customdata[1]:,.0f} words are split<extra></extra>",
                showlegend=False,
            )
        )
    most = float(np.nanmax(result["fertility"].to_numpy(dtype=float)))
    figure.update_xaxes(title={"text": "pieces per word"}, range=[0, most * 1.25], showgrid=True, dtick=1)
    figure.update_xaxes(gridcolor=theme.look(dark).line)
    figure.update_yaxes(autorange="reversed", showline=False, tickfont={"size": 12.5, "color": theme.look(dark).text})
    figure.update_yaxes(ticks="outside", ticklen=6, tickcolor="rgba(0,0,0,0)")  # unseen: names and bars stay apart
    figure.update_layout(template=theme.template(dark), meta={"dark": dark}, uirevision="fertility", barmode="group")
    figure.update_layout(
        bargap=0.28, bargroupgap=0.08, margin={"t": 20}, height=90 + len(codes) * (16 + 18 * len(kinds))
    )
    return figure


def _place(kind: str) -> tuple[int, str]:
    return (_TYPES.index(kind) if kind in _TYPES else len(_TYPES), kind)


def _said(fertility: float, share: float, kind: str) -> str:
    return f"{fertility:.2f}   {share:.0%} split" + (f"   {escaped(kind)}" if kind else "")
