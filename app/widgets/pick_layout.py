"""One layer, or two side by side."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import Choice

LAYOUTS = {1: "One layer", 2: "Two layers"}
FIRST_AND_LAST = (0, -1)


def pick_layout(view: Choice) -> Choice:
    """Two buttons; two layers begin with the embeddings and the output."""
    count = st.segmented_control(
        "Layout",
        list(LAYOUTS),
        default=len(view.layers),
        format_func=LAYOUTS.__getitem__,
        key=state.key("layout"),
        label_visibility="collapsed",
        required=True,
    )
    if count == len(view.layers):
        return view
    return replace(view, layers=FIRST_AND_LAST if count == 2 else view.layers[-1:])
