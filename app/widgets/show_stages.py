"""What the five stages came to, on one screen: distances of words, scores with the marks of tests, how far apart."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import state
from adjustment_view import AdjustmentView
from embspace.analyses.stage_scores import separations
from embspace.errors import SettingsError
from embspace.figures.projection import layer_name
from embspace.figures.theme import language_name
from embspace.studies.cells import Grid
from listed_adjustments import ListedAdjustment
from stage_figures import HEIGHT, bars, histograms
from stage_rows import legend, measure, score_grids, separation_grids
from widgets.download import download
from widgets.pick_adjustment import pick_layer
from widgets.say import plain
from widgets.show_grid import grid_html
from widgets.show_tables import BAR

DISTANCES, BARS, APART = "adjustment_distances", "adjustment_bars", "adjustment_apart"
"""keys of the containers of figures and tables"""
BESIDE = 3
"""bars of at most so many languages and kinds of text stand beside the table of distances"""
TABLES = ("significance", "relatedness", "distances")


def show_stages(view: AdjustmentView, one: ListedAdjustment, tables: Mapping[str, pd.DataFrame]) -> AdjustmentView:
    """The figures and tables of a run; returns the view with the layer that was chosen.

    Raises:
        SettingsError: a table is not there, or has no rows.
    """
    if lost := [name for name in TABLES if name not in tables or not len(tables[name])]:
        raise SettingsError(f"The tables {', '.join(lost)} of this run are missing or empty; start it again.")
    scores, distances = tables["significance"], tables["distances"]
    layers = sorted(int(layer) for layer in distances["layer"].unique())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("##### Related and unrelated words", width="stretch", help=_FIGURE)
        view, layer = pick_layer(view, layers)
        figure = state.figure(
            "stages", (one.name, layer, state.dark()), lambda: histograms(distances, layer, layers[-1], state.dark())
        )
        name = f"adjustment {one.config.task} {layer_name(layer, layers[-1] + 1)}"
        shown = distances.loc[distances["layer"] == layer]
        _files(name, figure, shown, DISTANCES)
    _chart(figure, DISTANCES, HEIGHT)
    wide = len(set(scores["language"])) > BESIDE
    if wide:
        _scores(one, scores)
        _apart(one, tables["relatedness"], layer)
        _bars(one, scores)
        return view
    left, right = st.columns([6, 5], gap="large")
    with left:
        _scores(one, scores)
        _bars(one, scores)
    with right:
        _apart(one, tables["relatedness"], layer)
    return view


def _chart(figure: go.Figure, place: str, height: int) -> None:
    with st.container(key=place):
        st.plotly_chart(figure, theme=None, height=height, key=state.adjustment_key(place), config=BAR)


def _scores(one: ListedAdjustment, scores: pd.DataFrame) -> None:
    figure = _drawn_bars(one, scores)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("##### Scores", width="stretch", help=_SCORES)
        _files(f"adjustment {one.config.task} scores", figure, scores, BARS)
    _blocks(score_grids(scores, one.config.task), f"{measure(scores)}. {legend(scores)}.")


def _bars(one: ListedAdjustment, scores: pd.DataFrame) -> None:
    figure = _drawn_bars(one, scores)
    _chart(figure, BARS, int(figure.to_dict()["layout"]["height"]))


def _drawn_bars(one: ListedAdjustment, scores: pd.DataFrame) -> go.Figure:
    dark = state.dark()
    return state.figure("stages", (one.name, BARS, dark), lambda: bars(scores, one.config.task, dark))


def _apart(one: ListedAdjustment, relatedness: pd.DataFrame, layer: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("##### How far apart", width="stretch", help=_APART)
        _files(f"adjustment {one.config.task} distances", None, separations(relatedness), APART)
    seeds, source = len(set(relatedness["seed"])), language_name(one.config.adjust.source)
    grids = separation_grids(relatedness, layer)
    below = f"Mean ± standard deviation of {seeds} seeds." if seeds > 1 else "Of one seed."
    _blocks({f"{source} – {language_name(code)}": grid for code, grid in grids.items()}, below)


def _files(name: str, figure: go.Figure | None, table: pd.DataFrame, place: str) -> None:
    with st.container(width="content"):
        download(name, figure, table, place)


def _blocks(grids: Mapping[str, Grid], below: str) -> None:
    """Tables beside each other as far as there is room."""
    found = "".join(grid_html(grid, title) for title, grid in grids.items())
    st.html(f'<div class="blocks">{found}</div>')
    st.caption(plain(below))


_FIGURE = (
    "Figure 1: histograms of the distances of words that are aligned (related) and of words of other sentences "
    "(unrelated), of all languages together and of the first seed, each of area 1."
)
_SCORES = "Tables 2 to 4: a row for each stage that has learned the task."
_APART = (
    "AUC: the probability that a related pair is nearer than an unrelated one. Overlap: what both histograms share. "
    "Difference: the mean distance of unrelated words less that of related ones."
)
