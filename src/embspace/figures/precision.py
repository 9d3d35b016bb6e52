"""Precision at k in a colored cell per pair of languages."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures.similarity import similarity_heatmap


def precision_heatmap(
    result: pd.DataFrame, *, k: int | str | None = None, layer: int | None = None, dark: bool = False
) -> go.Figure:
    """The precision at k of each direction: words of the row's language seek their translation in the column's.

    Args:
        result: of `analyses.precision.precision_at_k`.
        k: one of the result's; None: the smallest.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such k or layer, or no rows.
    """
    depths = sorted(int(one) for one in result["k"].unique())
    if not depths:
        raise SettingsError("The result has no rows, so there is nothing to draw.")
    depth = depths[0] if k is None else int(k)
    if depth not in depths:
        raise SettingsError(f"The result has no precision at {k}; it has {', '.join(map(str, depths))}.")
    rows = result.loc[result["k"] == depth]
    rows.attrs = dict(result.attrs)
    figure = similarity_heatmap(rows, layer=layer, dark=dark)
    if figure.data:
        figure.update_traces(colorbar={"title": {"text": f"precision at {depth}"}}, selector={"type": "heatmap"})
    return figure
