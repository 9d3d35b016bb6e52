"""Bars of the words that moved most and least between two checkpoints or layers."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.escaping import escaped
from embspace.figures.notes import note
from embspace.figures.pairs_of_layers import spaces_of
from embspace.figures.panels import panels
from embspace.figures.rows import of_layer

_LONGEST = 28  # characters of a word


def drift_bars(
    result: pd.DataFrame,
    *,
    layer: int | None = None,
    top: int = 12,
    least: int = 1,
    measure: str = "cosine",
    dark: bool = False,
) -> go.Figure:
    """The words (or languages) that moved most and those that moved least, a bar each in the color of its language.

    Args:
        result: of `analyses.change.change`, by form or by language.
        layer: one of the result's, before; None: the highest.
        top: so many words at either end; languages are all shown.
        least: only words that occur so often.
        measure: "cosine" or "l2".
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such layer or measure, or no rows.
    """
    spaces = spaces_of(result)
    if "n" not in result.columns or measure not in ("cosine", "l2"):
        raise SettingsError('drift_bars draws change(..., by="form") or by="language"; measure is "cosine" or "l2".')
    rows, _ = of_layer(result, layer, spaces[0].get("n_layers"))
    rows = rows.loc[rows[measure].notna() & (rows["n"] >= least)]
    rows = rows.sort_values(measure, ascending=False, kind="stable")
    if not len(rows):
        raise SettingsError(f"No word occurs {least} times or more, so there is nothing to draw.")
    if "text" not in rows.columns or len(rows) <= 2 * top:
        parts = [("", rows)]
    else:
        parts = [("moved most", rows.head(top)), ("moved least", rows.tail(top).iloc[::-1])]
    figure = panels([name for name, _ in parts], dark)
    for number, (_, part) in enumerate(parts, start=1):
        figure.add_trace(_bars(part, measure, dark), row=1, col=number)
        figure.update_yaxes(tickvals=list(range(len(part))), ticktext=_labels(part), row=1, col=number)
    title = {"cosine": "mean cosine distance", "l2": "mean L<sub>2</sub> distance"}[measure]
    figure.update_xaxes(matches="x", title={"text": title}, nticks=6, showgrid=True)
    longest = float(rows[measure].max())
    figure.update_xaxes(gridcolor=theme.look(dark).line, range=[0, (1.16 if len(parts) > 1 else 1.08) * longest or 1.0])
    figure.update_yaxes(autorange="reversed", showline=False)
    figure.update_yaxes(ticks="outside", ticklen=6, tickcolor="rgba(0,0,0,0)")
    figure.update_yaxes(tickfont={"size": 12.5, "color": theme.look(dark).text})
    figure.update_layout(uirevision="drift", showlegend=False, bargap=0.3)
    return note(figure, result)


def _bars(part: pd.DataFrame, measure: str, dark: bool) -> go.Bar:
    codes = [str(one) for one in part["language"]]
    colors = [theme.look(dark).muted if code == "all" else theme.language_color(code, dark) for code in codes]
    names = _languages(part)
    if "text" in part.columns:
        names = [f"{escaped(str(text))}, {name}" for text, name in zip(part["text"], names, strict=True)]
    return go.Bar(
        x=part[measure].to_numpy(dtype=float),
        y=list(range(len(part))),  # not the labels: cut, two of them may be equal
        orientation="h",
        marker={"color": colors, "line": {"width": 0}},
        text=[f"{value:#.3g}".rstrip(".") for value in part[measure]],
        textposition="outside",
        cliponaxis=False,
        textfont={"size": 12, "color": theme.look(dark).text},
        customdata=list(zip(names, part["cosine"], part["l2"], part["n"], strict=True)),
        hovertemplate="%{customdata[0]}<br>cosine distance <b>%{customdata[1]:.4f}</b><br>L<sub>2</sub> distance "
        "%{customdata[2]:.4g}<br>%{customdata[3]:,} times<extra></extra>",
    )


def _labels(part: pd.DataFrame) -> list[str]:
    """What stands beside each bar: the word and its language's code, or the language."""
    if "text" not in part.columns:
        return _languages(part)
    words = [text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…" for text in map(str, part["text"])]
    return [f"{escaped(word)} <i>{escaped(str(code))}</i>" for word, code in zip(words, part["language"], strict=True)]


def _languages(part: pd.DataFrame) -> list[str]:
    return ["all words" if code == "all" else escaped(theme.language_name(str(code))) for code in part["language"]]
