"""The figures of the five stages as the page draws them: Figure 1 in a row, and bars with the marks of the tables."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from embspace.figures.projection import layer_name
from embspace.figures.relatedness import relatedness_histograms
from embspace.figures.significance import significance_bars
from embspace.figures.theme import look
from stage_rows import bar_rows

HEIGHT = 250
"""pixels of the histograms"""
HEADROOM = 1.25
"""of the height that the histograms have elsewhere"""
ROW, TITLE = 200, 40
"""pixels: of bars in one row, and of the title, in whose place the page has a line"""


def histograms(distances: pd.DataFrame, layer: int, last: int, dark: bool) -> go.Figure:
    """Figure 1: the panels of `relatedness_histograms` side by side, a stage over each."""
    stages = list(dict.fromkeys(distances["checkpoint"]))
    figure = go.Figure(relatedness_histograms(distances, layer=layer, columns=len(stages), dark=dark))
    drawn, middle = figure.to_dict()["layout"], len(stages) // 2
    axis = f"L<sub>2</sub> distance, {layer_name(layer, last + 1)}"
    for at, stage in enumerate(stages):
        # The panels are low: the numbers in them need a larger share of the height to stand above the peaks.
        top = HEADROOM * float(drawn[f"yaxis{at + 1 if at else ''}"]["range"][1])
        figure.update_yaxes(range=[0, top], row=1, col=at + 1)
        figure.update_xaxes(title={"text": axis if at == middle else ""}, row=1, col=at + 1)
        figure.layout.annotations[at].update(text=stage)  # pyright: ignore - its tuple of titles
    return figure.update_layout(height=HEIGHT, paper_bgcolor=look(dark).page, margin={"l": 8, "r": 8, "t": 28, "b": 46})


def bars(scores: pd.DataFrame, task: str, dark: bool) -> go.Figure:
    """The bars of the stages, with the marks of the tables."""
    figure = go.Figure(significance_bars(bar_rows(scores, task), dark=dark))
    figure.update_layout(paper_bgcolor=look(dark).page, title={"text": ""}, margin={"t": 28, "b": 44})
    return figure.update_layout(height=max(ROW, int(figure.to_dict()["layout"]["height"]) - TITLE))
