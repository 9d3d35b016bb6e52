"""Sentences with errors by language and type, a small heat map for each case of which system errs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.analyses.wrong_words import EVERY
from embspace.figures import theme
from embspace.figures.cells import cell_numbers
from embspace.figures.escaping import escaped
from embspace.figures.panels import panels, place
from embspace.figures.rows import check_rows

TITLES = {"first": "only A errs", "second": "only B errs", "both": "both err"}
_ROW, _AROUND = 30, 78
"""pixels of a row of cells, and above and below them"""


def error_counts_heatmap(result: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """Cells of languages and types with the number of sentences that have an error of the type; colored by the share.

    The last row is of errors of any type: a sentence with errors of two types is counted in both rows, there once.
    A panel per case: the first system alone errs, the second alone, both; of one system there is one panel.

    Args:
        result: of `analyses.wrong_words.error_counts`.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no rows.
    """
    check_rows(result)
    cases = list(dict.fromkeys(result["case"]))
    codes = theme.by_family(result["language"])
    kinds = [one for one in dict.fromkeys(result["type"]) if one != EVERY]
    order = [*kinds, EVERY]
    figure = panels([TITLES[one] if len(cases) > 1 else "" for one in cases], dark, columns=3)
    most = float(np.nan_to_num(result["share"].to_numpy(dtype=float)).max()) or 1.0
    x, y = [escaped(one) for one in codes], [escaped(one) for one in order]
    for number, case in enumerate(cases):
        row, column = place(figure, number)
        own = result.loc[result["case"] == case]
        counts, shares = (
            own.pivot_table(index="type", columns="language", values=name, aggfunc="sum", observed=True)
            .reindex(index=order, columns=codes)
            .to_numpy(dtype=float)
            for name in ("sentences", "share")
        )
        cells = go.Heatmap(
            z=shares,
            x=x,
            y=y,
            zmin=0,
            zmax=most,
            colorscale=theme.sequential(dark),
            customdata=np.dstack([counts, [[theme.language_name(code) for code in codes]] * len(order)]),
            hovertemplate="%{customdata[1]}, %{y}<br><b>%{customdata[0]:,.0f}</b> sentences, %{z:.1%}<extra></extra>",
            xgap=2,
            ygap=2,
            showscale=False,
        )
        numbers = cell_numbers(shares, x, y, 0.0, most, dark)
        rows, columns = np.nonzero(np.isfinite(shares))
        numbers.update(text=[f"{value:,.0f}" for value in counts[rows, columns]])
        figure.add_trace(cells, row=row, col=column)
        figure.add_trace(numbers, row=row, col=column)
    colors = theme.look(dark)
    ticks = {"showline": False, "ticks": "", "type": "category", "tickfont": {"size": 12, "color": colors.text}}
    figure.update_xaxes(**ticks)
    figure.update_yaxes(**ticks, autorange="reversed")
    figure.update_layout(height=_AROUND + _ROW * len(order), margin={"t": 34, "b": 8}, uirevision="errors")
    return figure
