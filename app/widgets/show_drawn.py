"""A figure, its files, the numbers behind it, and the lines of Python that make it."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import state
from widgets.download import download
from widgets.show_screen import BAR, BESIDE, FIGURE, PAGE, SIDE, SQUARE
from widgets.show_table import show_table


def show_drawn(figure: go.Figure, table: pd.DataFrame, name: str, lines: str, key: str) -> None:
    """The table beside a square figure, below a wide one; a figure that has a size keeps it.

    Args:
        figure: on the ground that its colors were chosen for.
        table: the numbers of the figure, of which the files have all.
        name: of the files.
        lines: of Python.
        key: of the widgets.
    """
    layout = figure.to_dict()["layout"]
    width = layout.get("width") or (SQUARE if layout.get("yaxis", {}).get("scaleanchor") else PAGE)
    if width > BESIDE:
        _figure(figure, table, name, key)
        show_lines(lines, key)
        show_table(table, state.question_key(f"{key}_table"))
        return
    left, right = st.columns([width, PAGE - width], gap="medium")
    with left:
        _figure(figure, table, name, key)
    with right:
        show_table(table, state.question_key(f"{key}_table"), height=SIDE)
    show_lines(lines, key)


def show_lines(lines: str, key: str) -> None:
    """A lid over the lines."""
    with st.expander("The same in Python", icon=":material/code:", key=state.question_key(f"{key}_lines")):
        st.code(lines, language="python")


def _figure(figure: go.Figure, table: pd.DataFrame, name: str, key: str) -> None:
    layout = figure.to_dict()["layout"]
    sized = layout.get("width") is not None or layout.get("height") is not None
    place = f"{FIGURE}_fixed" if sized else FIGURE
    with st.container(key=place):
        st.plotly_chart(
            figure,
            theme=None,
            width="content" if layout.get("width") is not None else "stretch",
            height="content" if sized else "stretch",
            key=state.question_key(f"{key}_figure"),
            config=BAR,
        )
    download(name, figure, table, place)
