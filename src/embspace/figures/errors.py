"""Bars of errors of taggers: sentences by language and by what words are wrong about, and what organizations become."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.checkpoint_names import run_names
from embspace.figures.escaping import escaped
from embspace.figures.panels import panels, place
from embspace.figures.rows import check_rows

_TAKEN = ("ORG", "LOC", "PER", "O", "other")
_MOST = 6
"""combinations of types that get a color of their own; rarer ones share one"""
_OTHERS = "others"
_NAMED = 3
"""names that a bar's hover tells"""


def error_bars(result: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """A bar per language: the sentences where one system errs and the other does not, by the types that are wrong.

    Args:
        result: of `analyses.errors.tagging_errors`.
        dark: for a dark page.

    Raises:
        SettingsError: there is no such sentence.
    """
    settings = result.attrs.get("settings", {})
    wrong, right = settings.get("wrong"), settings.get("right")
    if not len(result):
        beside = f" where {right} does not" if right else ""
        raise SettingsError(f"There is no sentence where {wrong} errs{beside}, so there is nothing to draw.")
    counts = result["types"].value_counts()
    named = list(counts.index[:_MOST]) if len(counts) > _MOST + 1 else list(counts.index)
    kinds = result["types"].where(result["types"].isin(named), _OTHERS)
    codes = theme.by_family(result["language"])
    table = pd.crosstab(result["language"], kinds).reindex(index=codes)
    shown = [*named, *([_OTHERS] if _OTHERS in table.columns else [])]
    figure = go.Figure()
    tints = theme.category_colors(shown)
    for kind in shown:
        values = table[kind].to_numpy(dtype=float)
        name = kind or "tags without a type"
        hover = f"%{{y}}<br><b>%{{x:,}}</b> sentences, wrong about {escaped(name)}<extra></extra>"
        figure.add_trace(
            _bar(values, codes, name, tints[kind], [f"{one:,.0f}" if one else "" for one in values], hover)
        )
    figure.update_xaxes(title={"text": "sentences"})
    names = run_names((str(one) for one in (wrong, right) if one), settings.get("trained"))
    said = [f"{word}: {names[one]}" for word, one in (("wrong", wrong), ("right", right)) if one]
    total = [f"{len(result):,} of {settings['sentences']:,} sentences"] if "sentences" in settings else []
    _lay_out(figure, dark, len(codes), " · ".join([*said, *total]))
    return figure


def organization_bars(result: pd.DataFrame, *, system: str | None = None, dark: bool = False) -> go.Figure:
    """A bar per language: what organizations are taken for, in shares of their occurrences; a panel per system.

    Args:
        result: of `analyses.errors.organizations`.
        system: one of the result's; None: all side by side.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such system, or no rows.
    """
    check_rows(result)
    there = dict.fromkeys(map(str, result["system"]))
    held = [one for one in result.attrs.get("settings", {}).get("systems", there) if one in there]
    if system is not None and system not in held:
        raise SettingsError(f"The result has no system {system!r}; it has {', '.join(held)}.")
    systems, codes = held if system is None else [system], theme.by_family(result["language"])
    names = run_names(held, result.attrs.get("settings", {}).get("trained"))
    figure = panels([names[one] for one in systems], dark, columns=3, shared_yaxes=True)
    tints = theme.category_colors(_TAKEN) | {"O": theme.look(dark).muted, "other": theme.look(dark).line}
    for number, one in enumerate(systems):
        row, column = place(figure, number)
        own = result.loc[result["system"] == one]
        sums = own.groupby("language")[["n", *_TAKEN]].sum().reindex(codes)
        for kind in _TAKEN:
            values = (sums[kind] / sums["n"]).to_numpy(dtype=float)
            told = [_told(own.loc[own["language"] == code], kind) for code in codes]
            hover = "%{y}: taken for " + kind + "<br><b>%{x:.1%}</b>%{customdata}<extra></extra>"
            text = [f"{value:.0%}" if value >= 0.045 else "" for value in np.nan_to_num(values)]
            bar = _bar(values, codes, kind, tints[kind], text, hover)
            figure.add_trace(bar.update(customdata=told, showlegend=number == 0), row=row, col=column)
    figure.update_xaxes(title={"text": "share of organizations"}, range=[0, 1], tickformat=".0%")
    said = f"{names[systems[0]]}: {result['n'].to_numpy().sum():,} organizations" if len(systems) == 1 else ""
    _lay_out(figure, dark, len(codes), said, rows=place(figure, len(systems) - 1)[0])
    return figure


def _bar(values: np.ndarray, codes: Sequence[str], name: str, color: str, text: Sequence[str], hover: str) -> go.Bar:
    return go.Bar(
        x=values,
        y=[escaped(theme.language_name(code)) for code in codes],
        orientation="h",
        name=escaped(name),
        marker={"color": color, "line": {"width": 0}},
        text=list(text),
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        insidetextfont={"color": theme.legible_on(color), "size": 12},
        hovertemplate=hover,
        legendgroup=name,
    )


def _told(rows: pd.DataFrame, kind: str) -> str:
    """The names that are most often taken so."""
    most = rows.loc[rows[kind] > 0].nlargest(_NAMED, kind)
    lines = [f"<br>{escaped(str(one['entity']))}: {one[kind]} of {one['n']}" for one in most.to_dict("records")]
    return "".join(lines)


def _lay_out(figure: go.Figure, dark: bool, n_languages: int, title: str, rows: int = 1) -> None:
    colors = theme.look(dark)
    figure.update_xaxes(showgrid=True, gridcolor=colors.line, zeroline=False, nticks=6)
    figure.update_yaxes(autorange="reversed", showline=False, tickfont={"size": 12.5, "color": colors.text})
    figure.update_yaxes(ticks="outside", ticklen=6, tickcolor="rgba(0,0,0,0)")
    legend = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom", "traceorder": "normal"}
    figure.update_layout(
        template=theme.template(dark),
        meta={"dark": dark},
        barmode="stack",
        bargap=0.28,
        legend=legend,
        margin={"t": 50, "b": 96},
        height=max(260, rows * (120 + 30 * n_languages)),
        title={"text": escaped(title), "font": {"size": 14, "color": colors.muted}},
        uirevision="errors",
    )
