"""Which tagger labels words: a step of a training, or any checkpoint that is typed."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

import state

HELP = (
    "A step of a training, by its weights. Otherwise type a name: `job:ID@best`, `job:ID/SEED@STEP`, a folder, or a "
    "model for token classification on the Hugging Face hub."
)
NONE = "none"


def pick_tagger(label: str, name: str, chosen: str, known: Mapping[str, str], *, none: bool = False) -> str:
    """A menu in which another name can be typed; the name of the checkpoint, empty: none.

    Args:
        label: of the menu.
        name: of its key.
        chosen: what it shows at first.
        known: name -> label of the taggers that there are.
        none: whether none may be chosen.
    """
    options = list(dict.fromkeys([*([""] if none else []), *known, *([chosen] if chosen else [])]))
    picked = st.selectbox(
        label,
        options,
        options.index(chosen) if chosen in options else 0 if options else None,
        format_func=lambda one: known.get(one, one) or NONE,
        key=state.labelling_key(name),
        help=HELP,
        accept_new_options=True,
        placeholder="Choose, or type a name",
    )
    return str(picked or "").strip()
