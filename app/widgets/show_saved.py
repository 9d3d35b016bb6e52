"""The selections that were saved: shown on the map again, or removed."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import selections
import state
from choice import Choice
from embspace.errors import EmbspaceError
from widgets.say import say_error


def show_saved(view: Choice) -> Choice:
    """A menu of them; nothing where there are none. Returns the view with the one that is looked at."""
    room = state.workspace()
    names = selections.names(room)
    if not names:
        return replace(view, selection="")
    with st.popover(view.selection or "Selections", icon=":material/bookmark:"):
        for name in names:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                shown = view.selection == name
                mark = ":material/check:" if shown else ":material/bookmark:"
                if st.button(name, key=f"selection_{name}", icon=mark, type="tertiary"):
                    view = replace(view, selection="" if shown else name)
                st.button(
                    "",
                    key=f"remove_{name}",
                    icon=":material/delete:",
                    type="tertiary",
                    help="Remove",
                    on_click=_remove,
                    args=(name,),
                )
    return view


def _remove(name: str) -> None:
    try:
        selections.remove(name, state.workspace())
    except EmbspaceError as error:
        say_error(str(error))
