"""What color and shape of a point say."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import SHAPES, Choice, marks, possible_marks


def pick_marks(view: Choice) -> Choice:
    """Two menus of what the words have: color by, shape by. What they lack stays in the view, for the next corpus."""
    entry = state.entry(view.corpus)
    known, now = possible_marks(view, entry), marks(view, entry)
    for name, usual in zip(("color", "shape"), now, strict=True):
        options = known if name == "shape" else [one for one in known if one != "none"]
        picked = st.selectbox(
            name,
            options,
            options.index(usual),
            format_func=lambda mark, name=name: f"{name.capitalize()}: {SHAPES[mark]}",
            key=state.key(f"{name}_{len(known)}"),
            label_visibility="collapsed",
            width=155,
        )
        if picked != usual:
            view = replace(view, **{name: picked})
    return view
