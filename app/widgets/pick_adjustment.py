"""Which run of the recipe is looked at, and which layer of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

import state
from adjustment_view import AdjustmentView
from embspace.figures.projection import layer_name
from embspace.storage import fingerprint
from listed_adjustments import ListedAdjustment, find_adjustment


def pick_adjustment(
    view: AdjustmentView, listed: Sequence[ListedAdjustment]
) -> tuple[AdjustmentView, ListedAdjustment]:
    """A menu of those that are made or under way, the latest first."""
    known = {one.name: one for one in listed}
    names = list(known)
    asked = find_adjustment(view.run, listed) if view.run else None
    name = st.selectbox(
        "Run",
        names,
        names.index(asked.name) if asked else 0,
        format_func=lambda one: known[one].title,
        key=state.adjustment_key(f"run_{fingerprint(names)[:8]}"),
        help="Those of this workspace, the latest first.",
    )
    one = known[name or names[0]]
    # A job keeps its name until it has come to tables, which may be older than those of another run.
    return replace(view, run="" if one.name == names[0] and one.stored else one.name), one


def pick_layer(view: AdjustmentView, layers: Sequence[int]) -> tuple[AdjustmentView, int]:
    """A slider over the layers that were measured; also the number of the one that is shown."""
    last = layers[-1]
    layer = view.layer if view.layer in layers else last
    if len(layers) > 1:
        layer = st.select_slider(
            "Layer",
            layers,
            layer,
            format_func=lambda one: layer_name(one, last + 1),
            key=state.adjustment_key(f"layer_{len(layers)}"),
            label_visibility="collapsed",
            width=260,
        )
    return replace(view, layer=-1 if layer == last else int(layer)), int(layer)
