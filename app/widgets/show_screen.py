"""The figure on the screen, its files, and the numbers behind it."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

import state
from embspace.figures.theme import look
from embspace.workflows.analysis import draw, resolve
from screen import Screen, file_name
from widgets.download import download
from widgets.show_table import show_table

FIGURE = "analysis_figure"
"""key of the container of the figure"""
BAR = {"modeBarButtons": [["toImage"]], "displaylogo": False, "displayModeBar": True}
SIDE = 620
"""pixels: the height of a table beside a figure"""
PAGE, SQUARE, BESIDE = 1160, 700, 760
"""pixels: widths of the page beside the sidebar, of a square figure, and of one with room for a table beside it"""


def show_screen(screen: Screen) -> None:
    """A figure, its files and the numbers behind it: beside a square figure, below a wide one."""
    key = state.question_key(f"table_{screen.name}")
    rows = screen.rows if screen.layer is None else screen.rows.drop(columns="layer")
    if screen.figure is None:
        show_table(rows, key, height=SIDE)
        download(file_name(screen), None, screen.rows, FIGURE)
        return
    figure = drawn(screen)
    layout = figure.to_dict()["layout"]
    square = layout.get("yaxis", {}).get("scaleanchor") and "yaxis2" not in layout  # several panels need the page
    width = layout.get("width") or (SQUARE if square else PAGE)
    if width > BESIDE:
        show_figure(screen, figure)
        show_table(rows, key)
        return
    left, right = st.columns([width, PAGE - width], gap="medium")
    with left:
        show_figure(screen, figure)
    with right:
        show_table(rows, key, height=SIDE)


def drawn(screen: Screen) -> go.Figure:
    """The figure on the screen, on the ground that its colors were chosen for."""
    assert screen.figure is not None
    path, dark = screen.figure, state.dark()

    def make() -> go.Figure:
        made = go.Figure(draw(resolve(path), screen.table, layer=screen.layer, dark=dark, **screen.drawn))
        return made.update_layout(paper_bgcolor=look(dark).page)

    about = (screen.name, path, screen.table.attrs, screen.layer, screen.drawn, dark, len(screen.table))
    return state.figure("analysis", about, make)


def show_figure(screen: Screen, figure: go.Figure) -> None:
    """A figure and what can be taken away of it; one that has a size keeps it, others fill the screen."""
    fixed = figure.to_dict()["layout"].get("width") is not None
    with st.container(key=f"{FIGURE}_fixed" if fixed else FIGURE):
        st.plotly_chart(
            figure,
            theme=None,
            width="content" if fixed else "stretch",
            height="content" if fixed else "stretch",
            key=state.question_key(f"figure_{screen.figure}"),
            config=BAR,
        )
    download(file_name(screen), figure, screen.rows, f"{FIGURE}_fixed" if fixed else FIGURE)
