"""Training dynamics: how the space changes while a model is fine-tuned, and what two trainings take for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

import state
from course import Course
from embspace.errors import EmbspaceError
from trainings import Training, find_training
from widgets.pick_course import JOBS, fits, pick_layer, pick_shown, pick_steps, pick_trainings
from widgets.say import plain, say_error, say_notice
from widgets.show_change import NO_SPACES, pick_interval, show_change
from widgets.show_confusion import pick_labels, show_confusion
from widgets.show_over_steps import by_layer, pick_analysis, pick_figure, show_over_steps
from widgets.show_steps_map import pick_map, show_steps_map

EMPTY = (
    "No training with spaces on its way is stored yet. On the page **Jobs**, **Fine-tune a model** and **A short try** "
    "make one in a few minutes; this page follows it while it runs."
)


def main() -> None:
    """Choose trainings and a figure; show it."""
    every = state.trainings()
    view = state.course()
    if not every:
        st.header("Training dynamics", anchor=False)
        st.info(EMPTY, icon=":material/timeline:")
        st.page_link(JOBS, label="Jobs", icon=":material/model_training:")
        return
    known, said = _known(view, every)
    if known != view:
        state.correct_course(known, said)
    above = st.container()
    running = state.running_trainings(every)
    with st.sidebar:
        view, chosen = pick_trainings(known, every, set(running))
    view, h, place = _controls(view, chosen)
    with st.sidebar:
        if view.shown in ("map", "analysis") and chosen[0].spaces:
            view = pick_steps(view, chosen[0].steps)
        st.caption(f"Workspace: {plain(str(state.workspace().root))}")
    state.keep_course(view)
    with above:
        for notice in state.course_notices():
            say_notice(notice)
    try:
        now = {one.name: running[one.name] for one in chosen if one.name in running}
        state.keep_course(_show(view, chosen, now, h, place))
    except EmbspaceError as error:
        say_error(str(error))


def _known(view: Course, every: Sequence[Training]) -> tuple[Course, list[str]]:
    """The view of trainings that are here, the latest where none is named, and what of it is not possible."""
    first, said = find_training(view.job, every) if view.job else None, []
    if view.job and first is None:
        said.append(f"The address asks for the training {view.job[:80]}, of which no space or prediction is stored.")
    first = first or next((one for one in every if one.spaces), every[0])
    found = {name: find_training(name, every) for name in view.beside}
    beside = {name: one.id for name, one in found.items() if one is not None and fits(one, first)}
    if lost := [name for name in view.beside if name not in beside]:
        said.append(
            f"The address asks for {', '.join(lost)[:120]} beside it; there is no such training, or its model has "
            "another number of layers."
        )
    return replace(view, job=first.id, beside=tuple(dict.fromkeys(beside.values()))), said


def _controls(view: Course, chosen: Sequence[Training]) -> tuple[Course, int, Any]:
    """The row above the figure: which one, and what steers it; also h, and a place for more at its end."""
    with st.container(horizontal=True, vertical_alignment="center", key="how"):
        st.header("Training dynamics", anchor=False, width="content")
        view, h = _steer(pick_shown(view), chosen)
        return view, h, st.container(horizontal=True, vertical_alignment="center", width="content")


def _steer(view: Course, chosen: Sequence[Training]) -> tuple[Course, int]:
    first, h = chosen[0], 0
    if view.shown == "confusion":
        return pick_labels(view), h
    if not first.spaces:
        return view, h
    if view.shown in ("isotropy", "correlation"):
        view, h = pick_interval(view, [one for one in chosen if one.spaces])
    elif view.shown == "map":
        return pick_map(view), h  # its slider over layers stands closer to it
    else:
        view = pick_figure(pick_analysis(view))
        if not by_layer(view):
            return view, h
    return pick_layer(view, first.n_layers), h


def _show(view: Course, chosen: Sequence[Training], running: dict[str, str], h: int, place: Any) -> Course:
    """The figure; returns the view as it was steered below the row."""
    first = chosen[0]
    if view.shown == "confusion":
        return show_confusion(view, chosen, place)
    if not first.spaces:
        st.info(NO_SPACES, icon=":material/info:")
    elif view.shown in ("isotropy", "correlation"):
        show_change(view, chosen, running, h)
    elif view.shown == "map":
        return show_steps_map(view, first, first.name in running)
    else:
        return show_over_steps(view, first, first.name in running, place)
    return view


main()
