"""Below the map: how the words are split in each language, and how similar the languages are in a layer."""

from __future__ import annotations

from math import ceil

import streamlit as st

import state
from embspace.analyses.similarity import similarity
from embspace.analyses.tokenization import tokenization
from embspace.figures.similarity import similarity_heatmap
from embspace.figures.tokenization import tokenization_table
from stored import Maps

HEAT_MAP = (510, 450)
"""width and height in pixels"""
QUIET = {"displayModeBar": False}


def show_tables(maps: Maps, layer: int) -> None:
    """Two figures, beside each other where there is room."""
    space, dark = maps.space, state.dark()
    pieces = state.figure(
        "tokenization", (space.fingerprint, dark), lambda: tokenization_table(tokenization(space), dark)
    )
    cosines = state.figure(
        "similarity",
        (space.fingerprint, layer, dark),
        lambda: similarity_heatmap(similarity(space, layer), layer, dark),
    )
    with st.container(horizontal=True, gap="medium"):
        # A unit of this figure is a pixel: it must not be stretched.
        with st.container(width=ceil(pieces.to_dict()["layout"]["width"])):
            st.markdown("##### Words in pieces")
            st.plotly_chart(pieces, theme=None, width="content", key=state.key("tokenization"), config=QUIET)
        with st.container(width=HEAT_MAP[0]):
            st.markdown("##### Similarity of languages")
            st.plotly_chart(cosines, theme=None, height=HEAT_MAP[1], key=state.key("similarity"), config=QUIET)
