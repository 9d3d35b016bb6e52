"""Which further checkpoints stand beside the first."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import MOST_CHECKPOINTS, Choice

HELP = "Placed in the frame of the first, one after another: the same words, so that what moves has moved."


def pick_beside(view: Choice) -> Choice:
    """A menu of checkpoints that were looked at already, or names that are typed."""
    known = [
        name for name in dict.fromkeys(["mini", *view.beside, *state.known_checkpoints()]) if name != view.checkpoint
    ]
    names = st.multiselect(
        "Compare with",
        known,
        [name for name in view.beside if name != view.checkpoint],
        key=state.key("beside"),
        max_selections=MOST_CHECKPOINTS - 1,
        help=HELP,
        accept_new_options=True,
        placeholder="Choose, or type a name",
    )
    chosen = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    return replace(view, beside=tuple(name for name in chosen if name != view.checkpoint))
