"""Errors against spelling: every pair of languages as a point, and the line through them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.analyses.transfer import transfer_correlation
from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.escaping import escaped
from embspace.figures.rows import check_rows

# In pixels, of a figure of plotly's own size: its frame, the half of a point, a letter's width and a line's height.
_FRAME = np.array([450.0, 360.0])
_DOT, _LETTER, _LINE = 4.5, 5.4, 12.0


def transfer_scatter(
    result: pd.DataFrame, *, measure: str = "wrong", labels: bool | None = None, dark: bool = False
) -> go.Figure:
    """Wrong sentences over the mean TNLD, a point per pair in the color of its test language ("exploring" Figure 5).

    Beside a point stands train→test, where there is room; the line is that of least squares, with r, rho and their p
    above; where they are not defined it is said why, and there is no line.

    Args:
        result: of `analyses.transfer.transfer`.
        measure: "wrong" (sentences) or "share" (of the test sentences).
        labels: names beside all points, or none; None: beside those with room for it.
        dark: for a dark page.

    Raises:
        SettingsError: the measure is another, or no pair has both numbers.
    """
    check_rows(result)
    if measure not in ("wrong", "share"):
        raise SettingsError(f'measure={measure!r} is not possible; it is "wrong" or "share".')
    rows = result.loc[result["tnld"].notna() & result[measure].notna()]
    if not len(rows):
        raise SettingsError("No pair has both errors and a distance of spellings, so there is nothing to draw.")
    names = [f"{one}→{two}" for one, two in zip(rows["train"], rows["test"], strict=True)]
    colors, x, y = theme.look(dark), *(rows[name].to_numpy(dtype=float) for name in ("tnld", measure))
    low, high = float(x.min()), float(x.max())
    bottom, top = float(y.min()), float(y.max())
    room = 0.05 * (high - low) or 0.05
    figure = go.Figure()
    fit = transfer_correlation(rows.assign(wrong=rows[measure])).set_index("measure")
    if not fit.loc["pearson", "why"]:
        slope, intercept = (float(fit.loc["pearson", name]) for name in ("slope", "intercept"))  # pyright: ignore
        ends = np.array([low - room / 2, high + room / 2])
        line = {"color": colors.muted, "width": 1.6, "dash": "dash"}
        figure.add_trace(
            go.Scatter(x=ends, y=slope * ends + intercept, mode="lines", line=line, hoverinfo="skip", showlegend=False)
        )
    sides = [""] * len(rows) if labels is False else _sides(x, y, names, every=labels is True)
    kin = ""
    for number, code in enumerate(theme.by_family(rows["test"])):
        at = np.flatnonzero(rows["test"].to_numpy() == code)
        heading = {"legendgrouptitle": {"text": theme.family(code)}} if theme.family(code) != kin else {}
        kin = theme.family(code)
        own = rows.iloc[at]
        marker = {"size": 9, "color": theme.language_color(code, dark), "line": {"width": 0.8, "color": colors.page}}
        figure.add_trace(
            go.Scatter(
                x=x[at],
                y=y[at],
                mode="markers+text",
                text=[escaped(names[one]) if sides[one] else "" for one in at],
                textposition=[sides[one] or "middle right" for one in at],
                textfont={"size": 9.5, "color": colors.muted},
                marker={**marker, "symbol": theme.LINE_MARKERS[number % len(theme.LINE_MARKERS)]},
                customdata=[_hover(row) for row in own.to_dict("records")],
                hovertemplate="%{customdata}<extra></extra>",
                name=escaped(theme.language_name(code)),
                legendgroup=theme.family(code),
                cliponaxis=False,
                **heading,
            )
        )
    figure.update_xaxes(title={"text": "mean TNLD of parallel entities"}, range=[low - room, high + room])
    figure.update_yaxes(
        title={"text": "wrong test sentences" if measure == "wrong" else "share of wrong test sentences"},
        range=[max(0.0, bottom - 0.08 * (top - bottom or top)), top + 0.08 * (top - bottom or top or 1.0)],
    )
    figure.update_xaxes(nticks=8, ticks="outside", ticklen=4)
    figure.update_yaxes(nticks=6, ticks="outside", ticklen=4, showgrid=True, gridcolor=colors.line)
    figure.update_layout(
        template=theme.template(dark),
        title={"text": _said(fit), "font": {"size": 13, "color": colors.muted}},
        legend={
            "title": {"text": "test language", "font": {"size": 12.5}},
            "itemsizing": "trace",
            "groupclick": "toggleitem",
        },
        uirevision="transfer",
        meta={"dark": dark},
    )
    return figure


def _said(fit: pd.DataFrame) -> str:
    """The correlations in words, or why there are none."""
    if why := str(fit["why"].iloc[0]):
        return f"no correlation is defined: {why[0].lower()}{why[1:].rstrip('.')}"
    parts = [
        f"{name} {fit.loc[one, 'value']:.3f} (p {_p(float(fit.loc[one, 'p']))})"  # pyright: ignore
        for one, name in (("pearson", "Pearson's r"), ("spearman", "Spearman's ρ"))
    ]
    return f"{', '.join(parts)}, {fit['n'].iloc[0]} pairs"


def _p(value: float) -> str:
    return "&lt; 0.001" if value < 0.001 else f"{value:.3f}"


def _hover(row: dict) -> str:
    names = [escaped(theme.language_name(str(row[one]))) for one in ("train", "test")]
    seeds = f", mean of {row['n_seeds']} seeds" if row.get("n_seeds", 1) > 1 else ""
    return (
        f"{names[0]} → {names[1]}<br><b>{row['wrong']:,.4g}</b> of {row['sentences']:,} sentences wrong{seeds}"
        f"<br>mean TNLD <b>{row['tnld']:.4f}</b> of {row['n']:,} entities"
    )


def _sides(x: np.ndarray, y: np.ndarray, names: list[str], every: bool) -> list[str]:
    """Where each name stands beside its point, over no other name or point; empty where no side is free."""
    frame = np.maximum([np.ptp(x), np.ptp(y)], 1e-12)
    places = (np.column_stack([x, y]) - [x.min(), y.min()]) / frame * _FRAME
    points = np.column_stack([places - _DOT, places + _DOT])
    taken, found = list[np.ndarray](), [""] * len(x)
    crowd = [float(np.sum(np.hypot(*(places - one).T) < 60)) for one in places]
    for at in np.argsort(crowd, kind="stable"):
        across, up = places[at]
        width = _LETTER * len(names[at])
        others = np.delete(points, at, axis=0)
        for side, (left, bottom) in {
            "middle right": (across + _DOT + 2, up - _LINE / 2),
            "middle left": (across - _DOT - 2 - width, up - _LINE / 2),
            "top center": (across - width / 2, up + _DOT),
            "bottom center": (across - width / 2, up - _DOT - _LINE),
        }.items():
            box = np.array([left, bottom, left + width, bottom + _LINE])
            if not any(_overlap(box, one) for one in (*taken, *others)):
                taken.append(box)
                found[at] = side
                break
        else:
            found[at] = "middle right" if every else ""
    return found


def _overlap(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two boxes (left, bottom, right, top) share a place."""
    return bool((one[:2] < other[2:]).all() and (other[:2] < one[2:]).all())
