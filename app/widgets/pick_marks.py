"""What color and shape of a point say."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import MARKS, Choice


def pick_marks(view: Choice) -> Choice:
    """Two menus: color by, shape by."""
    picked = {
        name: st.selectbox(
            name,
            list(MARKS),
            list(MARKS).index(getattr(view, name)),
            format_func=lambda mark, name=name: f"{name.capitalize()}: {MARKS[mark]}",
            key=state.key(name),
            label_visibility="collapsed",
            width=155,
        )
        for name in ("color", "shape")
    }
    return replace(view, **picked)
