"""Similarity, grouping and relatedness over the steps of a training, by curves and by the figures of their pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from inspect import signature
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import state
from course import ANALYSES, Course, spread
from course_lines import analysis_lines, curve_lines
from embspace.figures.over_steps import step_curves
from embspace.figures.projection import layer_name
from embspace.figures.theme import by_family, language_name, look
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analysis import Analysis, resolve
from embspace.workflows.analyzed_runs import STEPS
from measured import measure
from screen import Screen, screens
from subject import Question, Subject, subject_of
from trainings import Training
from widgets.make_tables import make_tables
from widgets.pick_course import layer_of
from widgets.say import plain, say_error
from widgets.show_drawn import show_drawn, show_lines
from widgets.show_screen import show_screen
from widgets.show_steps_map import choice_of

OVER = "Over steps"
SECONDS = 20.0
"""after which spaces are left unmeasured; a few dozen take one or two"""


def pick_analysis(view: Course) -> Course:
    """What is shown over the steps."""
    picked = st.selectbox(
        "Analysis",
        list(ANALYSES),
        list(ANALYSES).index(view.analysis),
        format_func=ANALYSES.__getitem__,
        key=state.question_key("analysis"),
        label_visibility="collapsed",
        width=140,
    )
    return view if picked == view.analysis else replace(view, analysis=picked, figure=0)


def pick_figure(view: Course) -> Course:
    """By which figure: curves over the steps, or one of the analysis's own."""
    if view.analysis == "isotropy":
        return replace(view, figure=0)
    titles = [OVER, *(title for title, _, figure in screens(find_analysis(view.analysis)) if figure)]
    at = view.figure if view.figure < len(titles) else 0
    picked = st.selectbox(
        "Figure",
        range(len(titles)),
        at,
        format_func=titles.__getitem__,
        key=state.question_key(f"figure_{view.analysis}"),
        label_visibility="collapsed",
        width=150,
    )
    return replace(view, figure=picked)


def by_layer(view: Course) -> bool:
    """Whether what is shown is of one layer."""
    if not view.figure:
        return True
    offered = [one for one in screens(find_analysis(view.analysis)) if one[2]]
    _, name, figure = offered[min(view.figure, len(offered)) - 1]
    told = "layer" in signature(resolve(figure or "")).parameters
    return told and figure not in find_analysis(view.analysis).tables[name].over_layers


def show_over_steps(view: Course, training: Training, running: bool, place: Any) -> Course:
    """The figure of some steps; what is not stored is made by a job.

    Args:
        view: the analysis, its figure, the layer, how many steps.
        training: whose steps.
        running: whether it is under way.
        place: a container in the row above, for what steers the figure and depends on the tables.

    Returns:
        The view as steered by what depends on the tables.
    """
    steps = spread(training.steps, view.steps, not running)
    names = [f"{training.name}@{step}" for step in steps]
    if view.analysis == "isotropy":
        some = replace(training, spaces={step: training.spaces[step] for step in steps})
        with st.spinner("Measuring"):
            found = measure([some], state.step_cosines(), SECONDS)
        for problem in found.problems[:3]:
            say_error(problem)
        return view if found.table.empty else _curves(view, training, names, {"isotropy": found.table}, place)
    subject = _subject(view, training, names)
    if subject.checkpoints != tuple(names):  # all steps, which cannot be named one by one
        names = [f"{training.name}@{step}" for step in training.steps]
    asked = Question(view.analysis, subject)
    tables, missing = state.tables(asked.config())
    tables = make_tables(asked, missing) if tables is None else tables
    if tables is None:
        return view
    if not view.figure:
        return _curves(view, training, names, tables, place)
    return _own_figure(view, names, asked, tables, place)


def _subject(view: Course, training: Training, names: Sequence[str]) -> Subject:
    """The steps as the pages of analyses look at them: by name in sentences that can be drawn again, else all."""
    seen = choice_of(training)
    if seen is None:
        return Subject(checkpoints=(f"{training.name}{STEPS}",), layer=view.layer)
    return replace(subject_of(seen), checkpoints=tuple(names), layer=view.layer, transforms=(), selection="")


def _curves(
    view: Course, training: Training, names: Sequence[str], tables: Mapping[str, pd.DataFrame], place: Any
) -> Course:
    """A line per language, metric or factor over the steps."""
    table = next(iter(tables.values()))
    layer = layer_of(view.layer, training.n_layers, sorted({int(one) for one in table["layer"]}))
    drawn, dark = {}, state.dark()
    if view.analysis == "similarity":
        with place:
            view = _pick_to(view, table)
        drawn = {"to": view.to or _usual(table)}

    def make() -> go.Figure:
        return step_curves(table, layer, dark=dark, **drawn).update_layout(paper_bgcolor=look(dark).page)

    figure = state.figure("over steps", (view.analysis, table.attrs, layer, drawn, dark, len(table)), make)
    own = table.loc[table["layer"] == layer].drop(columns="layer")
    title = f"{ANALYSES[view.analysis]} over steps - {training.label} - {layer_name(layer, training.n_layers)}"
    shown = replace(view, layer=-1 if layer == training.n_layers - 1 else layer)
    show_drawn(figure, own, title, curve_lines(names, shown, drawn), "over_steps")
    return view


def _own_figure(
    view: Course, names: Sequence[str], asked: Question, tables: Mapping[str, pd.DataFrame], place: Any
) -> Course:
    """A figure of the analysis's own page, of the steps side by side or of one of them."""
    entry: Analysis = find_analysis(view.analysis)
    offered = [one for one in screens(entry) if one[2]]
    _, name, figure = offered[min(view.figure, len(offered)) - 1]
    screen = Screen(asked, entry, tables, name, figure)
    drawn: dict[str, str] = {}
    with place:
        if "checkpoint" in screen.options and "checkpoint" in screen.table.columns and len(names) > 1:
            view = _pick_step(view, names)
            drawn["checkpoint"] = _name_of(view.step, names)
        if "to" in screen.options:
            view = _pick_to(view, screen.table)
            drawn["to"] = view.to or _usual(screen.table)
    asked = replace(asked, drawn=drawn)
    screen = replace(screen, asked=asked)
    show_screen(screen)
    show_lines(analysis_lines(names, entry, name, figure or "", drawn, screen.layer), "own_figure")
    return view


def _pick_step(view: Course, names: Sequence[str]) -> Course:
    """A slider over the steps; the last one is -1."""
    steps = [int(name.rpartition("@")[2]) for name in names]
    picked = st.select_slider(
        "Step",
        steps,
        int(_name_of(view.step, names).rpartition("@")[2]),
        format_func=lambda step: f"step {step}",
        key=state.question_key(f"step_{len(steps)}"),
        label_visibility="collapsed",
        width=190,
    )
    return replace(view, step=-1 if picked == steps[-1] else int(picked))


def _name_of(step: int, names: Sequence[str]) -> str:
    """The step that is nearest to a number; -1: the last."""
    return names[-1] if step < 0 else min(names, key=lambda one: abs(int(one.rpartition("@")[2]) - step))


def _pick_to(view: Course, table: pd.DataFrame) -> Course:
    """The language that others are compared with."""
    codes = by_family(table["language_b"])
    usual = _usual(table)
    now = view.to if view.to in codes else usual
    picked = st.selectbox(
        "To",
        codes,
        codes.index(now),
        format_func=lambda code: f"to {plain(language_name(code))}",
        key=state.question_key(f"to_{len(codes)}"),
        label_visibility="collapsed",
        width=150,
    )
    return replace(view, to="" if picked == usual else picked)


def _usual(table: pd.DataFrame) -> str:
    codes = by_family(table["language_b"])
    return "en" if "en" in codes else codes[0]
