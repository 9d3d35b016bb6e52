"""The map with its layer slider, what is selected on it, and what stands below it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import state
from choice import Choice
from embspace.figures.projection import layer_name, projection_map
from embspace.figures.theme import look
from python_lines import python_lines
from stored import Maps
from widgets.download import download
from widgets.pick_layer import nearest, pick_layer
from widgets.show_selection import show_selection
from widgets.show_tables import show_tables

FIGURES = "map_figures"
"""key of the container of the map"""
MODE_BAR = {
    "displaylogo": False,
    "displayModeBar": True,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["autoScale2d", "zoomIn2d", "zoomOut2d"],
}
ASPECT = 1.58
"""width to height of the place for panels on a screen of 1440 x 900"""
ROOM = 0.04
"""of the extent of a map, left free on each side"""
HEAD_START = 1.5
"""seconds that a browser has to draw the first map before it is sent the tables, which are below the screen's edge"""
UNUSUAL = 1.6
"""times the median extent of the layers: a layer beyond it does not widen the frame of the others"""


def show_map(view: Choice, maps: Maps) -> Choice:
    """The figure, its selection, downloads and lines of Python, and tables of a layer; returns the view as steered."""
    with st.container(key=FIGURES, gap=None):
        view = replace(view, layers=pick_layer(view.layers, maps))
        layers = sorted(set(nearest(view.layers, maps)))
        places = maps.places.loc[maps.places["layer"].isin(layers)].reset_index(drop=True)
        settings = (places.attrs, layers, len(maps.layers), view.color, view.shape, state.dark())
        figure = state.figure("map", settings, lambda: draw(places, maps.places, view.color, view.shape, state.dark()))
        event = st.plotly_chart(
            figure,
            theme=None,
            key=state.key(f"figure_{len(layers)}_{view.dimensions}"),
            on_select="rerun",
            selection_mode=("points", "box", "lasso"),
            config=MODE_BAR,
            height="stretch",
        )
    rows = selected(places, event)
    if len(rows):
        show_selection(rows)
    names = " and ".join(layer_name(number, maps.space.n_layers) for number in layers)
    title = ", ".join(view.words)[:80]
    download(f"{title} - {names}", figure, places, FIGURES)
    lines = st.expander("The same in Python", on_change="rerun", key=state.key("lines"))
    if lines.open:
        lines.code(python_lines(view), language="python")
    if state.first_look():
        time.sleep(HEAD_START)
    show_tables(maps, layers[-1], title)
    return view


def draw(places: pd.DataFrame, every: pd.DataFrame, color: str, shape: str, dark: bool) -> go.Figure:
    """The figure of some layers in the frame of all, so that a slider moves points and not the map."""
    figure = projection_map(places, color=color, symbol=shape, dark=dark)
    spans = frame(places, every, ASPECT / len(set(places["layer"])))
    if "z" in spans:
        figure.update_scenes({f"{axis}axis": {"range": span} for axis, span in spans.items()})
    else:
        # Equal units by a smaller panel: a wider range would depend on the sizes that the figure had before.
        figure.update_xaxes(range=spans["x"], constrain="domain")
        figure.update_yaxes(range=spans["y"], constrain="domain")
    # A figure that is taken away keeps the ground that its text was chosen for.
    return figure.update_layout(paper_bgcolor=look(dark).page)


def frame(places: pd.DataFrame, every: pd.DataFrame, aspect: float) -> dict[str, list[float]]:
    """The range of each axis that holds the points of all layers; in the plane `aspect` times as wide as high, or more.

    A layer much wider than most (t-SNE may fling a few points far out) makes room for itself alone: the others would
    be specks in its frame.
    """
    axes = [axis for axis in ("x", "y", "z") if axis in places.columns]
    points, numbers = every[axes].to_numpy(dtype=float), every["layer"].to_numpy(dtype=int)
    layers = np.unique(numbers)
    extents = np.array([np.ptp(points[numbers == layer], axis=0) for layer in layers])
    usual = layers[(extents <= UNUSUAL * np.median(extents, axis=0)).all(axis=1)]
    values = points[np.isin(numbers, [*usual, *places["layer"].unique()])]
    middle = (values.max(axis=0) + values.min(axis=0)) / 2
    half = np.maximum(values.max(axis=0) - values.min(axis=0), 1e-9) * (0.5 + ROOM)
    if len(axes) == 2:
        half = np.maximum(half, [half[1] * aspect, half[0] / aspect])
    return {axis: [float(middle[at] - half[at]), float(middle[at] + half[at])] for at, axis in enumerate(axes)}


def selected(places: pd.DataFrame, event: object) -> pd.DataFrame:
    """The rows behind the selected points, each sentence once."""
    points = getattr(event, "selection", {}).get("points", [])
    numbers = [point.get("customdata") for point in points]
    numbers = [one[0] if isinstance(one, list) else one for one in numbers]
    rows = places.loc[sorted({one for one in numbers if isinstance(one, int) and 0 <= one < len(places)})]
    return rows.drop_duplicates(["sentence", "start"])
