"""Which layer is shown, by its place between the embeddings and the output."""

from __future__ import annotations

import state
import streamlit as st


def layer_name(layer: int, n_layers: int) -> str:
    """What a layer is called: embeddings, layer 1, ..., output."""
    return "embeddings" if layer == 0 else "output" if layer == n_layers - 1 else f"layer {layer}"


def pick_layer(name: str, layer: int, layers: list[int], n_layers: int) -> int:
    """A slider over the placed layers; returns the number of one, -1 for the output.

    While the wanted layer is not placed yet the nearest one stands for it, and the wish is kept.
    """
    wanted = layer % n_layers if -n_layers <= layer < n_layers else n_layers - 1
    start = min(layers, key=lambda one: abs(one - wanted))
    if len(layers) == 1:
        st.caption(layer_name(start, n_layers))
        return layer
    chosen = st.select_slider(
        "Layer",
        layers,
        start,
        format_func=lambda one: layer_name(one, n_layers),
        key=state.key(f"{name}_{len(layers)}"),
        label_visibility="collapsed",
    )
    return layer if chosen == start else -1 if chosen == n_layers - 1 else chosen
