"""How words are placed: the method, its parameters, and what is subtracted first."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import METHODS, Choice

CENTER = "Subtract each language's mean first. On a small model entity types show only then."
LINES = "From the place of each word in the layer before, of several checkpoints in the checkpoint before."


def pick_method(view: Choice) -> Choice:
    """The method, and its parameters behind a button that applies them together."""
    method = st.segmented_control(
        "Method",
        list(METHODS),
        default=view.method,
        format_func=METHODS.__getitem__,
        key=state.key("method"),
        label_visibility="collapsed",
        required=True,
    )
    view = replace(view, method=method)
    with st.popover("Settings", icon=":material/tune:"), st.form(state.key(f"settings_{method}"), border=False):
        view = _parameters(view)
        st.form_submit_button("Apply", type="primary", width="stretch")
    center = st.toggle("Center", view.center, key=state.key("center"), help=CENTER)
    return replace(view, center=center)


def _parameters(view: Choice) -> Choice:
    if view.method == "tsne":
        perplexity = st.number_input(
            "Perplexity",
            1.0,
            1000.0,
            float(view.perplexity),
            5.0,
            format="%g",
            key=state.key("perplexity"),
            help="How many neighbors count, in effect. At most a third of the points.",
        )
        view = replace(view, perplexity=perplexity)
    elif view.method == "umap":
        neighbors = st.number_input(
            "Neighbors", 2, 1000, view.neighbors, key=state.key("neighbors"), help="Few show detail, many the whole."
        )
        distance = st.number_input(
            "Min distance",
            0.0,
            0.99,
            view.min_distance,
            0.05,
            key=state.key("min_distance"),
            help="How close points may lie.",
        )
        view = replace(view, neighbors=neighbors, min_distance=distance)
    dimensions = st.radio(
        "Dimensions",
        (2, 3),
        view.dimensions - 2,
        format_func=lambda number: f"{number}-D",
        horizontal=True,
        key=state.key("dimensions"),
    )
    lines = st.checkbox("Lines from the layer before", view.lines, key=state.key("lines_before"), help=LINES)
    return replace(view, dimensions=dimensions, lines=lines)
