"""The map itself with its layer sliders, what is selected on it, and what stands below it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import state
import streamlit as st
from choice import Choice
from python_lines import python_lines
from stored import Maps
from widgets.download import FIGURES, download, page_of
from widgets.pick_layer import layer_name, pick_layer
from widgets.show_selection import show_selection
from widgets.show_tables import show_tables

from embspace.figures import projection_map

MODE_BAR = {"displaylogo": False, "displayModeBar": True, "scrollZoom": True}


def show_map(view: Choice, maps: Maps) -> Choice:
    """Figures, selection, downloads, the lines of Python, and tables of one layer; returns the view as steered."""
    layers: list[int] = []
    drawn: list[go.Figure] = []
    selected: list[pd.DataFrame] = []
    n_layers, count = maps.space.n_layers, len(view.layers)
    with st.container(key=FIGURES, gap=None):
        for number, (place, layer) in enumerate(zip(st.columns(count), view.layers, strict=True)):
            with place:
                layers.append(pick_layer(f"layer_{number}_of_{count}", layer, maps.layers, n_layers))
                drawn.append(_draw(view, maps, layers[-1] % n_layers))
                selected.append(_plot(drawn[-1], maps, f"figure_{number}_of_{count}_{view.dimensions}"))
    numbers = [layer % n_layers for layer in layers]
    view = replace(view, layers=tuple(layers))
    rows = pd.concat(selected).drop_duplicates("row")
    if len(rows):
        show_selection(rows)
    names = [f"{', '.join(view.words)} - {layer_name(number, n_layers)}"[:120] for number in numbers]
    download(names, lambda: page_of(drawn, names[0]), lambda: maps.places[maps.places["layer"].isin(numbers)])
    with st.expander("The same in Python"):
        st.code(python_lines(view, layers), language="python")
    show_tables(maps, numbers[-1])
    return view


def _draw(view: Choice, maps: Maps, layer: int) -> go.Figure:
    settings = (maps.places.attrs["settings"], view.color, view.shape, layer, maps.layers, state.dark())
    return state.figure(
        "map", settings, lambda: projection_map(maps.places, color=view.color, symbol=view.shape, layer=layer)
    )


def _plot(figure: go.Figure, maps: Maps, name: str) -> pd.DataFrame:
    """Show a figure; returns the rows of the words selected on it."""
    event = st.plotly_chart(
        figure,
        theme=None,
        key=state.key(name),
        on_select="rerun",
        selection_mode=("points", "box", "lasso"),
        config=MODE_BAR,
        height="stretch",
    )
    return maps.places.head(0).assign(row=0)
