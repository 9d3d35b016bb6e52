"""What heat maps have in common: numbers in the cells, and the bar of colors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from embspace.figures import theme


def color_bar(title: str, dark: bool) -> dict[str, Any]:
    """The bar beside a heat map that says which color is which number."""
    muted = theme.look(dark).muted
    looks = {"thickness": 10, "outlinewidth": 0, "len": 0.6, "tickfont": {"size": 11, "color": muted}}
    looks |= {"y": 1, "yanchor": "top"}
    return {"title": {"text": title, "side": "right", "font": {"size": 12, "color": muted}}, **looks}


def square_cells(figure: go.Figure) -> go.Figure:
    """Cells as high as wide, whatever the size of the figure: below its title, beside the bar of colors."""
    figure.update_xaxes(constrain="domain", constraintoward="right")
    return figure.update_yaxes(scaleanchor="x", constrain="domain", constraintoward="top")


def cell_numbers(
    values: NDArray[np.float64],
    x: Sequence[str],
    y: Sequence[str],
    low: float,
    high: float,
    dark: bool,
    colors: Sequence[tuple[float, str]] | None = None,
) -> go.Scatter:
    """Two decimals in each cell, as a paper prints them, dark or light as the cell asks; nothing for no number.

    The cells have `theme.sequential` colors, or those of another scale in even steps.
    """
    scale = [color for _, color in colors or theme.sequential(dark)]
    rows, columns = np.nonzero(np.isfinite(values))
    found = values[rows, columns]
    steps = np.clip((found - low) / max(high - low, 1e-9), 0, 1) * (len(scale) - 1)
    most = max(len(x), len(y))
    return go.Scatter(
        x=[x[column] for column in columns.tolist()],
        y=[y[row] for row in rows.tolist()],
        mode="text",
        text=[f"{value:.2f}".replace("-0.00", "0.00") for value in found],
        textfont={
            "size": 13 if most <= 8 else 12 if most <= 14 else 9,
            "color": [theme.legible_on(scale[int(step)]) for step in steps.round()],
        },
        hoverinfo="skip",
        showlegend=False,
    )
