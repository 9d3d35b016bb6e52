"""The words of a selection alone, on a page of an analysis."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

import selections
import state
from embspace.errors import EmbspaceError
from screen import Screen
from widgets.say import say_error


def of_selection(screen: Screen) -> Screen:
    """What is on the screen with the rows of the selection that the address names, and a button that shows all again.

    Tables without `language` and `text` stay as they are.
    """
    name = screen.asked.subject.selection
    if not name or not {"language", "text"} <= set(screen.table.columns):
        return screen
    try:
        words = selections.load(name, state.workspace()).words
    except EmbspaceError as error:
        say_error(str(error))
        return screen
    wanted = pd.MultiIndex.from_frame(words.loc[:, ["language", "text"]])
    kept = pd.MultiIndex.from_frame(screen.table.loc[:, ["language", "text"]]).isin(wanted)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{name}** · {int(kept.sum()):,} of {len(kept):,} rows", width="content")
        st.button("Show all", key=state.question_key("show_all"), on_click=state.drop_selection, args=(screen.asked,))
    if not kept.any():
        st.caption("None of its words is among these sentences.")
        return screen
    table = screen.table.loc[kept].reset_index(drop=True)
    table.attrs = {**screen.table.attrs, "selection": name}
    return replace(screen, tables={**screen.tables, screen.name: table})
