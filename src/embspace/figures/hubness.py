"""Hubs: the words that are most often among the nearest, and how the counts are spread."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.analyses.hubness import skewness
from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.escaping import escaped
from embspace.figures.excerpts import marked_line
from embspace.figures.hover import marked_sentence
from embspace.figures.notes import note
from embspace.figures.rows import of_layer

_ROW = 26
_EXCERPT = 38  # characters of a sentence beside a bar


def hub_bars(
    result: pd.DataFrame,
    *,
    language_a: str | None = None,
    language_b: str | None = None,
    layer: int | None = None,
    most: int = 15,
    dark: bool = False,
) -> go.Figure:
    """A bar per word, amid its sentence, of those most often among the nearest of another language's words.

    Args:
        result: of `analyses.hubness.hubness`.
        language_a: whose words ask; None: the result's first.
        language_b: whose words are found; None: the result's first, another one where it has several.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        most: bars.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such pair or layer, or no rows.
    """
    rows, title = _chosen(result, language_a, language_b, layer)
    rows = rows.sort_values(by="count", ascending=False, kind="stable").head(most)
    colors = theme.look(dark)
    names, shown = [], []
    told = ["language_a", "context", "start", "stop", "expected"]
    for one, context, start, stop, expected in rows.loc[:, told].itertuples(index=False, name=None):
        names.append(marked_line(str(context), int(start), int(stop), _EXCERPT))
        sentence = marked_sentence(str(context), int(start), int(stop))
        shown.append([sentence, f"{expected:.1f}", escaped(theme.language_name(one))])
    figure = go.Figure(
        go.Bar(
            x=rows["count"].to_numpy(),
            y=list(range(len(rows))),
            orientation="h",
            marker={"color": [theme.language_color(one, dark) for one in rows["language_b"]], "line": {"width": 0}},
            text=[f"{one:,}" for one in rows["count"]],
            textposition="outside",
            cliponaxis=False,
            textfont={"size": 12.5, "color": colors.text},
            customdata=shown,
            hovertemplate="%{customdata[0]}<br><br>among the nearest of <b>%{x:,}</b> words (%{customdata[2]})"
            "<br>%{customdata[1]} if none was a hub<extra></extra>",
        )
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=names,
        autorange="reversed",
        showline=False,
        ticks="outside",  # unseen, they keep names and bars apart
        ticklen=6,
        tickcolor="rgba(0,0,0,0)",
        tickfont={"size": 12.5, "color": colors.text},
    )
    figure.update_xaxes(title={"text": _title(result)}, rangemode="tozero", nticks=6)
    figure.update_layout(template=theme.template(dark), uirevision="hubs", meta={"dark": dark}, bargap=0.28)
    figure.update_layout(showlegend=False, height=_ROW * len(rows) + 120, margin={"t": 48, "r": 48})
    figure.update_layout(title={"text": title, "font": {"size": 14, "color": colors.muted}})
    return note(figure, result)


def k_occurrence_histogram(
    result: pd.DataFrame,
    *,
    language_a: str | None = None,
    language_b: str | None = None,
    layer: int | None = None,
    dark: bool = False,
) -> go.Figure:
    """How many words are among the nearest of 0, 1, 2, ... words: the distribution of N_k, with its skewness.

    Both axes grow by factors, as hubs lie far out (Radovanović et al. 2010, Fig. 1); words that are no one's neighbor
    stand at the left in a bar of their own.

    Args:
        result: of `analyses.hubness.hubness`.
        language_a: whose words ask; None: the result's first.
        language_b: whose words are found; None: the result's first, another one where it has several.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such pair or layer, or no rows.
    """
    rows, title = _chosen(result, language_a, language_b, layer)
    counts = rows["count"].to_numpy(dtype=np.int64)
    colors = theme.look(dark)
    color = theme.language_color(str(rows["language_b"].iloc[0]), dark)
    edges = _edges(int(counts.max(initial=1)))
    heights = [int(((counts >= low) & (counts <= high)).sum()) for low, high in edges]
    names = [str(low) if low == high else f"{low:,}-{high:,}" for low, high in edges]
    figure = go.Figure(
        go.Bar(
            x=list(range(len(edges))),
            y=[one or None for one in heights],
            marker={"color": [colors.muted, *[color] * (len(edges) - 1)], "line": {"width": 0}},
            text=[f"{one:,}" if one else "" for one in heights],
            textposition="outside",
            cliponaxis=False,
            customdata=[[name, f"{one / len(counts):.1%}"] for name, one in zip(names, heights, strict=True)],
            hovertemplate="among the nearest of %{customdata[0]}<br><b>%{y:,}</b> words, %{customdata[1]}"
            "<extra></extra>",
        )
    )
    said = f"skewness {skewness(counts):.2f} · {(counts == 0).mean():.0%} never · mean {counts.mean():.1f}"
    figure.update_xaxes(
        tickvals=list(range(len(edges))), ticktext=names, title={"text": _title(result)}, tickangle=0, ticks=""
    )
    figure.update_yaxes(type="log", title={"text": "words"}, showgrid=True, gridcolor=colors.line, dtick=1)
    figure.update_yaxes(range=[-0.3, float(np.log10(max(heights))) + 0.35])
    figure.update_layout(template=theme.template(dark), uirevision="occurrences", meta={"dark": dark}, bargap=0.12)
    figure.update_layout(title={"text": f"{title} · {said}", "font": {"size": 14, "color": colors.muted}})
    figure.update_layout(showlegend=False, margin={"t": 48})
    return note(figure, result)


def _chosen(
    result: pd.DataFrame, language_a: str | None, language_b: str | None, layer: int | None
) -> tuple[pd.DataFrame, str]:
    """The rows of a pair at a layer, and what they are called."""
    rows, name = of_layer(result, layer)
    one = str(rows["language_a"].iloc[0]) if language_a is None else language_a
    other = str(rows["language_b"].iloc[0]) if language_b is None else language_b
    rows = rows.loc[(rows["language_a"] == one) & (rows["language_b"] == other)]
    if not len(rows):
        raise SettingsError(f"The result has no words of {other} that words of {one} were to find.")
    return rows, f"{name} · {escaped(theme.language_name(one))} → {escaped(theme.language_name(other))}"


def _title(result: pd.DataFrame) -> str:
    k = result.attrs.get("settings", {}).get("k", "k")
    return f"words that have it among their {k} nearest (N<sub>{k}</sub>)"


def _edges(largest: int) -> list[tuple[int, int]]:
    """0, 1, 2-3, 4-7, 8-15, ...: each bin twice as wide as the one before."""
    found, low = [(0, 0)], 1
    while low <= largest:
        found.append((low, 2 * low - 1))
        low *= 2
    return found
