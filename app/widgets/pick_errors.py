"""Which errors are shown: of which system, in which language, about which type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

import state
from embspace.corpora.entries import SYNTHETIC
from errors_shown import ORGANIZATION, PLACE
from labelling import CASES, Labelling
from widgets.pick_only import ALL, pick_only

CLUBS = "Clubs taken for places"
TOLD = (
    "Organizations, in gold, that are labelled as places; of SyntheticNER the clubs, most of which carry the name of "
    "their city."
)


def pick_errors(view: Labelling, languages: Sequence[str], types: Sequence[str]) -> Labelling:
    """A row of filters; the view with what was picked.

    Args:
        view: as it is.
        languages: that the sentences are in.
        types: that words are wrong about.
    """
    if view.beside:
        case = st.segmented_control(
            "Who errs",
            list(CASES),
            default=view.case,
            format_func=CASES.__getitem__,
            key=state.labelling_key("case"),
            required=True,
            label_visibility="collapsed",
        )
        view = replace(view, case=case or "any")
    view = replace(view, only=pick_only(view.only, languages, state.labelling_key("only"), 160))
    options = [ALL, *types]
    kind = st.selectbox(
        "Type",
        options,
        options.index(view.type) if view.type in options else 0,
        format_func=lambda one: one or "All types",
        key=state.labelling_key("type"),
        label_visibility="collapsed",
        width=130,
    )
    view = replace(view, type=kind or "")
    if {ORGANIZATION, PLACE} <= set(types) or view.clubs:
        label = CLUBS if view.corpus == SYNTHETIC else "Organizations taken for places"
        clubs = st.toggle(label, view.clubs, key=state.labelling_key("clubs"), help=TOLD)
        view = replace(view, clubs=clubs)
    return view
