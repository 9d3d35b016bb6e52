"""How words are placed: the method, its parameters, and what is done to the vectors first."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import FRAMES, METHODS, Choice
from subject import subject_of
from widgets.pick_subject import TRANSFORMS, pick_transforms

FRAME = (
    "How the maps of layers are made comparable. One after another: each layer starts from the map of the layer above "
    "and is turned onto it; maps come layer by layer. All in one run: the words of all layers are points of one map, "
    "so that a place means the same in every layer; it costs as much as that many points, and comes at once."
)
SHORT = 18
"""letters of the transforms that the button shows"""
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
    # Wider than its button, so that the chosen ones stand in a line.
    with st.popover(_said(view.transforms), icon=":material/function:"), st.container(width=420):
        subject = pick_transforms(subject_of(view), state.key)
    return replace(view, transforms=subject.transforms)


def _said(transforms: tuple[str, ...]) -> str:
    """What the button says: the first transform, and how many more there are."""
    if not transforms:
        return "Transforms"
    first = TRANSFORMS.get(transforms[0], transforms[0])
    short = first if len(first) <= SHORT else f"{first[:SHORT]}…"
    return short if len(transforms) == 1 else f"{short} +{len(transforms) - 1}"


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
    frame = st.radio(
        "Layers",
        list(FRAMES),
        list(FRAMES).index(view.frame),
        format_func=FRAMES.__getitem__,
        key=state.key("frame"),
        help=FRAME,
    )
    lines = st.checkbox("Lines from the layer before", view.lines, key=state.key("lines_before"), help=LINES)
    return replace(view, dimensions=dimensions, frame=frame, lines=lines)
