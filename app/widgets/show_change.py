"""How isotropy changes while models are trained, live: curves of the differences, and which languages change alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import state
from course import Course, intervals, usual_interval
from course_lines import change_lines
from embspace.analyses.isotropy_change import change_correlation, isotropy_change
from embspace.errors import EmbspaceError
from embspace.figures.isotropy_change import change_correlation_heatmap, isotropy_change_curves
from embspace.figures.projection import layer_name
from embspace.figures.theme import look
from measured import Measured, measure, missing
from trainings import Training, find_training, labels_of
from widgets.pick_course import layer_of
from widgets.say import plain, say_error
from widgets.show_drawn import show_drawn

WHILE_TRAINING, WHILE_MEASURING = 3.0, 0.5
"""seconds between two looks"""
AT_ONCE = 1.5
"""seconds of measuring in one look"""
ONE = "One space is stored so far; a change is between two."
NO_SPACES = (
    "No spaces were stored on the way of this training: **Space every** in the form of the Jobs page says how often "
    "(`probe_every` in a config)."
)


def pick_interval(view: Course, chosen: Sequence[Training]) -> tuple[Course, int]:
    """The menu of h, and the one that is taken; 0: there are no two steps."""
    possible = sorted({h for one in chosen for h in intervals(one.steps)})
    usual = usual_interval(chosen[0].steps) or (possible[0] if possible else 0)
    if len(possible) < 2:
        return view, usual
    now = view.every if view.every in possible else usual
    picked = st.selectbox(
        "h",
        possible,
        possible.index(now),
        format_func=lambda h: f"h = {h} steps",
        key=state.question_key(f"every_{len(possible)}"),
        label_visibility="collapsed",
        width=150,
        help="Change is measured from each step t to the step t + h.",
    )
    return replace(view, every=0 if picked == usual else picked), picked


def show_change(view: Course, chosen: Sequence[Training], running: Mapping[str, str], every: int) -> None:
    """The figure, which goes on while a training does.

    Args:
        view: which figure, of which layer.
        chosen: the trainings, the first one's number of layers in all.
        running: what those under way do now, by name.
        every: h.
    """
    held = [one for one in chosen if one.spaces and one.n_layers == chosen[0].n_layers]
    if not held:
        st.info(NO_SPACES, icon=":material/info:")
        return
    names = [one.name for one in held]
    running = {name: doing for name, doing in running.items() if name in names}
    unmeasured = missing(held, state.step_cosines())
    wait = WHILE_MEASURING if unmeasured else WHILE_TRAINING if running else None

    @st.fragment(run_every=wait)
    def follow() -> None:
        every_training = state.trainings()
        now = [found for name in names if (found := find_training(name.removeprefix("job:"), every_training))]
        found = measure(now, state.step_cosines(), AT_ONCE)
        if unmeasured and not found.left:
            st.rerun()  # nothing is waited for any more
        if running and state.running_trainings(now).keys() != running.keys():
            st.rerun()
        if not every and any(len(one.steps) > 1 for one in now):
            st.rerun()  # now there is an h to choose
        _say(now, state.running_trainings(now), found)
        _draw(view, now, every, found)

    follow()


def _say(now: Sequence[Training], running: Mapping[str, str], found: Measured) -> None:
    """What is under way, in a line."""
    for problem in found.problems[:3]:
        say_error(problem)
    said = [f"▶ {labels_of(now)[name]}: {doing}" for name, doing in running.items()]
    said += [f"{found.left:,} spaces are still to be measured"] if found.left else []
    if said:
        st.caption(plain(" · ".join(said)))


def _draw(view: Course, now: Sequence[Training], every: int, found: Measured) -> None:
    if not every or found.table.empty:
        st.info(ONE, icon=":material/hourglass_empty:")
        return
    n_layers = now[0].n_layers
    layer = layer_of(view.layer, n_layers, sorted(set(found.table["layer"])))
    try:
        changes = isotropy_change(found.table.loc[found.table["layer"] == layer], every=every)
    except EmbspaceError as error:
        st.info(plain(str(error)), icon=":material/hourglass_empty:")
        return
    labels, dark = {name: f"trained on {label}" for name, label in labels_of(now).items()}, state.dark()
    if "run" in changes.columns:
        changes = changes.replace({"run": labels})
    correlation = view.shown == "correlation"
    table = change_correlation(changes) if correlation else changes

    def make() -> go.Figure:
        drawn = (change_correlation_heatmap if correlation else isotropy_change_curves)(table, dark=dark)
        return drawn.update_layout(paper_bgcolor=look(dark).page)

    steps = [(one.name, one.steps) for one in now]
    figure = state.figure(
        "change", (str(now[0].folder), view.shown, layer, every, steps, labels, found.left, dark), make
    )
    title = "Correlation of changes" if correlation else "Change of isotropy"
    name = " - ".join([title, *labels_of(now).values(), layer_name(layer, n_layers)])[:120]
    lines = change_lines(
        [one.name for one in now], labels, replace(view, layer=_named(layer, n_layers)), every, correlation
    )
    show_drawn(figure, _shown(table), name, lines, "change")
    if correlation and not table["value"].notna().to_numpy().any():
        st.caption("A correlation needs three changes at least: four spaces, h steps apart.")


def _named(layer: int, n_layers: int) -> int:
    return -1 if layer == n_layers - 1 else layer


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Without the columns that are the same in all rows."""
    return table.drop(columns=["layer", "measure"])
