"""Precision at k: a colored cell per pair of languages, or bars where all pairs are with one language."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.escaping import escaped
from embspace.figures.notes import note
from embspace.figures.panels import panels
from embspace.figures.rows import check_rows, of_layer
from embspace.figures.similarity import similarity_heatmap

_ROW = 27  # pixels of a bar


def precision_heatmap(
    result: pd.DataFrame, *, k: int | str | None = None, layer: int | None = None, dark: bool = False
) -> go.Figure:
    """The precision at k of each direction: words of the row's language seek their translation in the column's.

    Where all pairs are with one language, such as English, the map would be a cross: `precision_bars` are drawn.

    Args:
        result: of `analyses.precision.precision_at_k`.
        k: one of the result's; None: the smallest.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such k or layer, or no rows.
    """
    rows, depth = _of_depth(result, k)
    if _middle(rows) is not None:
        return precision_bars(result, k=k, layer=layer, dark=dark)
    figure = similarity_heatmap(rows, layer=layer, dark=dark)
    if figure.data:
        figure.update_traces(colorbar={"title": {"text": f"precision at {depth}"}}, selector={"type": "heatmap"})
    return figure


def precision_bars(
    result: pd.DataFrame, *, k: int | str | None = None, layer: int | None = None, dark: bool = False
) -> go.Figure:
    """A bar per language: how often its words find their translation in one language, and are found by that one's.

    Args:
        result: of `analyses.precision.precision_at_k`, all pairs with one language.
        k: one of the result's; None: the smallest.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such k or layer or no rows, or pairs of more languages.
    """
    rows, depth = _of_depth(result, k)
    middle = _middle(rows)
    if middle is None:
        raise SettingsError(
            "These pairs are not all of one language with three others or more; precision_heatmap draws them."
        )
    rows, title = of_layer(rows, layer)
    codes = [code for code in theme.by_family([*rows["language_a"], *rows["language_b"]]) if code != middle]
    name, colors = theme.language_name(middle), theme.look(dark)
    figure = panels([f"to {name}", f"from {name}"], dark, shared_yaxes=True)
    for column, (seeking, sought) in enumerate((("language_a", "language_b"), ("language_b", "language_a")), start=1):
        own = rows.loc[rows[sought] == middle].set_index(seeking).reindex(codes)
        values = own["value"].to_numpy(dtype=float)
        figure.add_trace(
            go.Bar(
                x=values,
                y=list(range(len(codes))),
                orientation="h",
                marker={"color": [theme.language_color(code, dark) for code in codes], "line": {"width": 0}},
                text=[f"{value:.2f}" if np.isfinite(value) else "" for value in values],
                textposition="outside",
                cliponaxis=False,
                textfont={"size": 12, "color": colors.text},
                customdata=[
                    [f"{escaped(one)} → {escaped(other)}", n, among]
                    for one, other, n, among in zip(
                        *_named(codes, name, column), own["n"], own["candidates"], strict=True
                    )
                ],
                hovertemplate=f"%{{customdata[0]}}<br>precision at {depth} <b>%{{x:.4f}}</b><br>%{{customdata[1]:,.0f}}"
                " words seek among %{customdata[2]:,.0f}<extra></extra>",
            ),
            row=1,
            col=column,
        )
    longest = float(np.nanmax(rows["value"].to_numpy(dtype=float), initial=0.0))
    figure.update_xaxes(range=[0, 1.16 * longest or 1.0], title={"text": f"precision at {depth}"}, nticks=6)
    figure.update_xaxes(showgrid=True, gridcolor=colors.line)
    figure.update_yaxes(tickvals=list(range(len(codes))), ticktext=[escaped(theme.language_name(one)) for one in codes])
    figure.update_yaxes(range=[len(codes) - 0.4, -0.6], showline=False, ticks="outside", ticklen=6)
    figure.update_yaxes(tickcolor="rgba(0,0,0,0)", tickfont={"size": 12.5, "color": colors.text})
    said = {"text": title, "font": {"size": 14, "color": colors.muted}}
    figure.update_layout(showlegend=False, bargap=0.3, uirevision="precision", title=said, margin={"t": 64})
    figure.update_layout(height=_ROW * len(codes) + 150)
    return note(figure, result)


def _of_depth(result: pd.DataFrame, k: int | str | None) -> tuple[pd.DataFrame, int]:
    """The rows of one k, and which."""
    check_rows(result)
    depths = sorted(int(one) for one in result["k"].unique())
    depth = depths[0] if k is None else int(k)
    if depth not in depths:
        raise SettingsError(f"The result has no precision at {k}; it has {', '.join(map(str, depths))}.")
    rows = result.loc[result["k"] == depth]
    rows.attrs = dict(result.attrs)
    return rows, depth


def _middle(rows: pd.DataFrame) -> str | None:
    """The language that all pairs have, where there are three others or more."""
    pairs = {frozenset(pair) for pair in zip(rows["language_a"], rows["language_b"], strict=True)}
    shared = frozenset.intersection(*pairs)
    return str(next(iter(shared))) if len(shared) == 1 and len(pairs) > 2 else None


def _named(codes: list[str], middle: str, column: int) -> tuple[list[str], list[str]]:
    """Who seeks and who is sought, by name."""
    names = [theme.language_name(code) for code in codes]
    return (names, [middle] * len(codes)) if column == 1 else ([middle] * len(codes), names)
