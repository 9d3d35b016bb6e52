"""One layer, two side by side, or one after another."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import Choice

ONE, TWO, LAYERS, CHECKPOINTS = "one", "two", "layers", "checkpoints"
FIRST_AND_LAST = (0, -1)


def pick_layout(view: Choice) -> Choice:
    """Some buttons; two layers begin with the embeddings and the output, what plays has a slider of its own."""
    options = {ONE: "One layer", TWO: "Two layers", LAYERS: "Play"}
    if view.beside:
        options |= {CHECKPOINTS: "Play checkpoints"}
    now = view.play if view.play in options else TWO if len(view.layers) == 2 else ONE
    picked = st.segmented_control(
        "Layout",
        list(options),
        default=now,
        format_func=options.__getitem__,
        key=state.key(f"layout_{len(options)}"),
        label_visibility="collapsed",
        required=True,
    )
    if picked == now:
        return view if view.play in (*options, "no") else replace(view, play="no")
    if picked in (LAYERS, CHECKPOINTS):
        return replace(view, play=picked, layers=view.layers[-1:])
    return replace(view, play="no", layers=FIRST_AND_LAST if picked == TWO else view.layers[-1:])
