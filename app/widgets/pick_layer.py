"""Which layers are shown, by their place between the embeddings and the output."""

from __future__ import annotations

from typing import Any

import streamlit as st

import state
from embspace.figures.projection import layer_name
from stored import Maps


def pick_layer(layers: tuple[int, ...], maps: Maps) -> tuple[int, ...]:
    """A slider over the placed layers, with two handles for two layers; returns their numbers, -1 for the output.

    While a wanted layer is not placed yet the nearest one stands for it, and the wish is kept.
    """
    n_layers, placed = maps.space.n_layers, maps.layers
    start = nearest(layers, maps)
    if len(placed) == 1:
        return layers
    value: Any = start if len(start) > 1 else max(start)
    picked: Any = st.select_slider(
        "Layers" if len(start) > 1 else "Layer",
        placed,
        value,
        format_func=lambda one: layer_name(one, n_layers),
        key=state.key(f"layers_{len(start)}_of_{len(placed)}"),
        label_visibility="collapsed",
    )
    chosen = picked if isinstance(picked, tuple) else (picked,)
    return layers if chosen == start else tuple(-1 if one == n_layers - 1 else one for one in chosen)


def nearest(layers: tuple[int, ...], maps: Maps) -> tuple[int, ...]:
    """For each layer the placed one nearest to it, ascending; the output for one that the model lacks."""
    n_layers = maps.space.n_layers
    numbers = [layer % n_layers if -n_layers <= layer < n_layers else n_layers - 1 for layer in layers]
    return tuple(sorted(min(maps.layers, key=lambda one: abs(one - number)) for number in numbers))
