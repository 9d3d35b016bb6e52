"""The nearest words of each language in their sentences, and what can be taken away of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

import state
from embspace.figures.neighbors import neighbors_html
from screen import Screen
from widgets.show_screen import drawn, show_figure
from widgets.show_table import show_table


def show_neighbors(screen: Screen) -> None:
    """Whole sentences that can be selected; below, under lids, the same as a figure with its files, and the numbers."""
    beside = 0 if screen.layer and 0 in set(screen.table["layer"]) else None
    st.html(neighbors_html(screen.table, layer=screen.layer, beside=beside, dark=state.dark()))
    st.caption(among(screen.table.attrs.get("settings", {})))
    with st.expander("As a figure, and files", icon=":material/image:"):
        show_figure(screen, drawn(screen))
    with st.expander("Numbers", icon=":material/table:"):
        show_table(screen.rows, state.question_key("table_neighbors"))


def among(settings: Mapping[str, Any]) -> str:
    """What the neighbors were sought among."""
    sample = settings.get("sample")
    said = "all sentences" if sample is None else f"up to {sample:,} random sentences (seed {settings.get('seed', 0)})"
    csls = "; CSLS over the words of both" if settings.get("metric") == "csls" else ""
    return f"Sought among the words of {said} of each language, exactly{csls}."
