"""Below the map: how the words are split in each language, and how similar the languages are in a layer."""

from __future__ import annotations

import plotly.graph_objects as go
import state
import streamlit as st
from stored import Maps
from widgets.pick_layer import layer_name

from embspace.analyses.similarity import similarity
from embspace.analyses.tokenization import tokenization
from embspace.figures import similarity_heatmap, tokenization_table


def show_tables(maps: Maps, layer: int) -> None:
    """Two figures beside each other."""
    space = maps.space
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### The words in pieces")
        st.plotly_chart(
            state.figure("tokenization", space.fingerprint, lambda: tokenization_table(tokenization(space))),
            theme=None,
            key=state.key("tokenization"),
            config={"displayModeBar": False},
        )
    with right:
        st.markdown(f"##### Similarity of languages, {layer_name(layer, space.n_layers)}")
        st.plotly_chart(
            state.figure("similarity", (space.fingerprint, layer), lambda: similarity_heatmap(similarity(space, layer), layer)),
            theme=None,
            key=state.key("similarity"),
            config={"displayModeBar": False},
        )
