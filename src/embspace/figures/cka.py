"""Heat maps of CKA: which layers are alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.figures import theme
from embspace.figures.cells import cell_numbers, color_bar, square_cells
from embspace.figures.notes import note
from embspace.figures.pairs_of_layers import layer_names, sides


def cka_heatmap(result: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """A colored cell per layer before (upward) and layer after (to the right): dark where they are alike.

    Args:
        result: of `analyses.cka.cka`.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no rows.
    """
    names = sides(result)
    table = result.pivot(index="layer", columns="layer_after", values="value")
    values = table.to_numpy(dtype=float)
    low = float(np.nanmin(values)) if np.isfinite(values).any() else 0.0
    low, high = min(low, 0.99), 1.0
    y, x = (layer_names(result, side, axis.tolist()) for side, axis in ((0, table.index), (1, table.columns)))
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=x,
            y=y,
            zmin=low,
            zmax=high,
            colorscale=theme.sequential(dark),
            xgap=2,
            ygap=2,
            hovertemplate=f"{names[0]}: %{{y}}<br>{names[1]}: %{{x}}<br>CKA <b>%{{z:.4f}}</b><extra></extra>",
            colorbar=color_bar("linear CKA", dark),
        )
    )
    if values.size <= 400:
        figure.add_trace(cell_numbers(values, x, y, low, high, dark))
    figure.update_xaxes(title={"text": names[1]}, showline=False, ticks="", type="category")
    figure.update_xaxes(tickvals=x, ticktext=[name.removeprefix("layer ") for name in x])
    figure.update_yaxes(title={"text": names[0], "standoff": 12}, showline=False, ticks="", type="category")
    figure.update_yaxes(tickvals=y, ticktext=[name.removeprefix("layer ") for name in y])
    square_cells(figure)
    figure.update_layout(template=theme.template(dark), uirevision="cka", meta={"dark": dark})
    return note(figure, result)
