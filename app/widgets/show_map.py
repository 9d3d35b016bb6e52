"""The map with its layer slider, what is selected on it, and what stands below it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import selections
import state
from choice import Choice, marks
from embspace.errors import EmbspaceError
from embspace.figures.map_layout import columns_of
from embspace.figures.map_points import checkpoints_of
from embspace.figures.projection import chosen_slices, layer_name, projection_map
from embspace.figures.theme import look
from map_lines import map_command, map_lines
from stored import Maps
from widgets.download import download
from widgets.pick_layer import nearest, pick_layer
from widgets.say import say_error
from widgets.show_saved import show_saved
from widgets.show_selection import show_selection
from widgets.show_tables import has_tables, show_tables
from widgets.show_trust import TRUST, trust_line

FIGURES = "map_figures"
"""key of the container of the map"""
MODE_BAR = {
    "displaylogo": False,
    "displayModeBar": True,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["autoScale2d", "zoomIn2d", "zoomOut2d"],
}
ASPECT = 1.58
"""width to height of the place for panels on a screen of 1440 x 900"""
ASPECT_PLAYED = 1.82
"""the same above the slider of a map that plays"""
ROOM = 0.04
"""of the extent of a map, left free on each side"""
HEAD_START = 1.5
"""seconds that a browser has to draw the first map before it is sent the tables, which are below the screen's edge"""
WORD = ["sentence", "start", "stop"]
"""columns that tell a word from others"""
UNUSUAL = 1.6
"""times the median extent of the layers: a layer beyond it does not widen the frame of the others"""


@dataclass(frozen=True)
class Plan:
    """What a figure shows: layers (None: all), what plays, marks, the number of panels, and the rows that stand out."""

    layers: tuple[int, ...] | None
    play: Literal["no", "layer", "checkpoint"]
    lines: bool
    color: str
    shape: str | None
    panels: int
    marked: tuple[int, ...] = ()


def show_map(view: Choice, maps: Maps) -> Choice:
    """The figure, its selection, downloads and lines of Python, and tables of a layer; returns the view as steered."""
    with st.container(key=FIGURES, gap=None):
        with st.container(horizontal=True, vertical_alignment="center", key="map_layers"):
            if view.play != "layers":
                view = replace(view, layers=pick_layer(view.layers, maps))
            layers = sorted(set(nearest(view.layers, maps)))
            st.caption(trust_line(maps, layers, view.play), width="content", help=TRUST)
            view = show_saved(view)
        marked = saved_rows(view.selection, maps)
        plan = plan_of(view, maps, layers, marked)
        settings = (maps.places.attrs, len(maps.layers), plan, state.dark())
        figure = state.figure("map", settings, lambda: draw(plan, maps.places, state.dark()))
        event = st.plotly_chart(
            figure,
            theme=None,
            key=state.key(f"figure_{plan.panels}_{plan.play}_{view.dimensions}"),
            on_select="rerun",
            selection_mode=("points", "box", "lasso"),
            config=MODE_BAR,
            height="stretch",
        )
    rows = selected(maps.places, event)
    if len(rows):
        view = replace(view, selection=show_selection(rows, maps, view))
    elif marked:
        show_selection(distinct(maps.places.iloc[list(marked)]), maps, view, view.selection)
    names = (
        "all layers" if view.play == "layers" else " and ".join(layer_name(one, maps.space.n_layers) for one in layers)
    )
    title = view.title[:80]
    download(f"{title} - {names}", figure, shown_places(plan, maps.places), FIGURES)
    lines = st.expander("The same in Python", on_change="rerun", key=state.key("lines"))
    if lines.open:
        entry = state.entry(view.corpus)
        lines.code(map_lines(view, entry, has_tables(maps)), language="python")
        lines.caption("On the command line")
        lines.code(map_command(view, entry), language="bash")
    if state.first_look():
        time.sleep(HEAD_START)
    show_tables(maps, layers[-1], title, view)
    return view


def saved_rows(name: str, maps: Maps) -> tuple[int, ...]:
    """The rows on the map of a stored selection, in all layers; none where it is of other sentences, which is said."""
    if not name:
        return ()
    try:
        words = maps.space.words.iloc[selections.load(name, state.workspace()).rows_in(maps.space)]
    except EmbspaceError as error:
        say_error(str(error))
        return ()
    wanted = pd.MultiIndex.from_frame(words.loc[:, WORD])
    return tuple(np.flatnonzero(pd.MultiIndex.from_frame(maps.places.loc[:, WORD]).isin(wanted)).tolist())


def plan_of(view: Choice, maps: Maps, layers: list[int], marked: tuple[int, ...] = ()) -> Plan:
    """What the figure of a view shows of the maps that are placed."""
    count = 1 + len(maps.beside)
    color, shape = marks(view, state.entry(view.corpus))
    look_of = view.lines, color, None if shape == "none" else shape
    steps = {"layers": len(maps.layers), "checkpoints": count}.get(view.play, 1)
    if steps < 2:
        return Plan(tuple(layers), "no", *look_of, count * len(layers), marked)
    if view.play == "layers":
        return Plan(None, "layer", *look_of, count, marked)
    return Plan(tuple(layers), "checkpoint", *look_of, len(layers), marked)


def draw(plan: Plan, every: pd.DataFrame, dark: bool) -> go.Figure:
    """The figure of some layers in the frame of all, so that a slider moves points and not the map."""
    figure = projection_map(
        every,
        plan.color,
        plan.shape,
        None if plan.layers is None else list(plan.layers),
        dark,
        animate=False if plan.play == "no" else plan.play,
        lines=plan.lines,
        marked=plan.marked or None,
    )
    shown = [] if plan.layers is None else chosen_slices(every, list(plan.layers))
    columns = columns_of(plan.panels, checkpoints_of(shown) if plan.play == "no" else 1)
    aspect = (ASPECT if plan.play == "no" else ASPECT_PLAYED) * ceil(plan.panels / columns) / columns
    spans = frame(shown_places(plan, every), every, aspect)
    if "z" in spans:
        figure.update_scenes({f"{axis}axis": {"range": span} for axis, span in spans.items()})
    else:
        # Equal units by a smaller panel: a wider range would depend on the sizes that the figure had before.
        figure.update_xaxes(range=spans["x"], constrain="domain")
        figure.update_yaxes(range=spans["y"], constrain="domain")
    # A figure that is taken away keeps the ground that its text was chosen for.
    return figure.update_layout(paper_bgcolor=look(dark).page)


def shown_places(plan: Plan, every: pd.DataFrame) -> pd.DataFrame:
    """The rows behind a figure."""
    if plan.layers is None:
        return every
    chosen = {(one.checkpoint, one.layer) for one in chosen_slices(every, list(plan.layers))}
    if "checkpoint" not in every.columns:
        return every.loc[every["layer"].isin([layer for _, layer in chosen])]
    slices = pd.MultiIndex.from_frame(every.loc[:, ["checkpoint", "layer"]])
    return every.loc[slices.isin(list(chosen))]


def frame(places: pd.DataFrame, every: pd.DataFrame, aspect: float) -> dict[str, list[float]]:
    """The range of each axis that holds the points of all maps; in the plane `aspect` times as wide as high, or more.

    A layer much wider than most (t-SNE may fling a few points far out) makes room for itself alone: the others would
    be specks in its frame.
    """
    axes = [axis for axis in ("x", "y", "z") if axis in places.columns]
    names = [name for name in ("checkpoint", "layer") if name in every.columns]
    spans = every.groupby(names, sort=False)[axes].agg(["min", "max"])
    lows, highs = (spans.xs(end, axis=1, level=1).to_numpy(dtype=float) for end in ("min", "max"))
    extents = highs - lows
    usual = (extents <= UNUSUAL * np.median(extents, axis=0)).all(axis=1)
    here = places[axes].to_numpy(dtype=float)
    low = np.minimum(here.min(axis=0), lows[usual].min(axis=0, initial=np.inf))
    high = np.maximum(here.max(axis=0), highs[usual].max(axis=0, initial=-np.inf))
    middle, half = (high + low) / 2, np.maximum(high - low, 1e-9) * (0.5 + ROOM)
    if len(axes) == 2:
        half = np.maximum(half, [half[1] * aspect, half[0] / aspect])
    return {axis: [float(middle[at] - half[at]), float(middle[at] + half[at])] for at, axis in enumerate(axes)}


def selected(places: pd.DataFrame, event: object) -> pd.DataFrame:
    """The rows behind the selected points, each sentence once."""
    points = getattr(event, "selection", {}).get("points", [])
    numbers = [point.get("customdata") for point in points]
    numbers = [one[0] if isinstance(one, list) else one for one in numbers]
    return distinct(places.loc[sorted({one for one in numbers if isinstance(one, int) and 0 <= one < len(places)})])


def distinct(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of a map, each word once."""
    return rows.drop_duplicates(WORD)
