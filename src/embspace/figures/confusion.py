"""Confusion matrices of systems side by side: shares as colors, counts beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.cells import cell_numbers, color_bar
from embspace.figures.checkpoint_names import run_names
from embspace.figures.escaping import escaped
from embspace.figures.panels import axes_of, panels, place
from embspace.figures.rows import check_rows

_WITH_COUNTS = 5
"""labels up to which a cell has room for its count"""


def confusion_matrices(
    result: pd.DataFrame, language: str | None = None, *, systems: tuple[str, ...] | None = None, dark: bool = False
) -> go.Figure:
    """A matrix per system: rows are the gold labels, each colored by its shares; in the cells share and count.

    "architectures" Figure 5. Rows of labels that gold has not are empty.

    Args:
        result: of `analyses.confusion.confusion`.
        language: one of the result's; None: the counts of all together.
        systems: those that are drawn, in this order; None: all.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such language or system, or no rows.
    """
    check_rows(result)
    languages = theme.by_family(result["language"])
    if language is not None and language not in languages:
        raise SettingsError(f"The result has no language {language!r}; it has {', '.join(languages)}.")
    rows = result if language is None else result.loc[result["language"] == language]
    held = [str(one) for one in dict.fromkeys(rows["system"])]
    wanted = held if systems is None else list(systems)
    if not wanted or not set(wanted) <= set(held):
        lost = next((one for one in wanted if one not in held), "")
        raise SettingsError(f"The result has no system {lost!r}; it has {', '.join(held)}.")
    names = run_names(wanted, result.attrs.get("settings", {}).get("trained"))
    figure = panels([names[one] for one in wanted], dark, columns=3)
    colors, labels = theme.look(dark), list(dict.fromkeys(map(str, rows["gold"])))
    shown = [escaped(one) for one in labels]
    for number, system in enumerate(wanted):
        row, column = place(figure, number)
        own = rows.loc[rows["system"] == system]
        table = own.pivot_table(index="gold", columns="predicted", values="count", aggfunc="sum", fill_value=0)
        counts = table.reindex(index=labels, columns=labels, fill_value=0).to_numpy(dtype=float)
        for trace in _matrix(counts, shown, number == len(wanted) - 1, dark):
            figure.add_trace(trace, row=row, col=column)
        figure.update_yaxes(
            scaleanchor=axes_of(number)[0], constraintoward="top", autorange="reversed", row=row, col=column
        )
        if column == 1:
            figure.update_yaxes(title={"text": "gold"}, row=row, col=column)
    ticks = {"showline": False, "ticks": "", "tickfont": {"size": 13, "color": colors.text}, "type": "category"}
    figure.update_xaxes(**ticks, title={"text": "predicted"}, constrain="domain", constraintoward="right")
    figure.update_yaxes(**ticks, constrain="domain")
    said = "all languages" if language is None and len(languages) > 1 else theme.language_name(language or languages[0])
    alone = f"{escaped(names[wanted[0]])}, " if len(wanted) == 1 else ""
    figure.update_layout(
        title={"text": alone + escaped(said), "font": {"size": 14, "color": colors.muted}, "y": 0.98, "yanchor": "top"},
        margin={"t": 44 if len(wanted) == 1 else 70},
        height=None if len(wanted) == 1 else 90 + 340 * place(figure, len(wanted) - 1)[0],
        uirevision="confusion",
    )
    return figure


def _matrix(counts: np.ndarray, labels: list[str], bar: bool, dark: bool) -> list[go.Heatmap | go.Scatter]:
    """The cells of a panel, and the numbers in them."""
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)
    cells = go.Heatmap(
        z=shares,
        x=labels,
        y=labels,
        zmin=0,
        zmax=1,
        colorscale=theme.sequential(dark),
        customdata=np.dstack([counts, np.broadcast_to(totals, counts.shape)]),
        hovertemplate="gold %{y}, predicted %{x}<br>share <b>%{z:.4f}</b>"
        "<br>%{customdata[0]:,.0f} of %{customdata[1]:,.0f} words<extra></extra>",
        hoverongaps=False,
        xgap=2,
        ygap=2,
        showscale=bar,
        colorbar=color_bar("share of the gold label", dark),
    )
    numbers = cell_numbers(shares, labels, labels, 0.0, 1.0, dark)
    if len(labels) <= _WITH_COUNTS:
        rows, columns = np.nonzero(np.isfinite(shares))
        pairs = zip(shares[rows, columns], counts[rows, columns], strict=True)
        numbers.update(text=[f"<b>{share:.2f}</b><br>{count:,.0f}" for share, count in pairs])
    return [cells, numbers]
