"""Which trainings are looked at over their steps, and what of them is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

import state
from course import MOST_BESIDE, SHOWN, Course
from embspace.figures.projection import layer_name
from trainings import Training

BESIDE = "Trainings of models with as many layers: a panel for each."
JOBS = "views/jobs.py"


def pick_trainings(view: Course, every: Sequence[Training], running: set[str]) -> tuple[Course, list[Training]]:
    """The training, and those beside it; the first of the list is the training.

    Args:
        view: of trainings that are among them.
        every: trainings that can be chosen, at least one.
        running: names of those that are under way.
    """
    names = {one.id: one for one in every}
    first = names[view.job]

    def said(name: str) -> str:
        return ("▶ " if names[name].name in running else "") + names[name].title

    chosen = st.selectbox(
        "Training", list(names), list(names).index(first.id), format_func=said, key=state.question_key("job")
    )
    first = names[chosen or first.id]
    fitting = {one.id: one for one in every if fits(one, first)}
    beside = (
        st.multiselect(
            "Beside it",
            list(fitting),
            [name for name in view.beside if name in fitting],
            format_func=said,
            key=state.question_key(f"beside_{first.id}"),
            max_selections=MOST_BESIDE,
            placeholder="Compare with others",
            help=BESIDE,
        )
        if fitting
        else []
    )
    kept = next((name for name in reversed(first.jobs) if (state.workspace().jobs / name).is_dir()), None)
    if kept:
        st.page_link(JOBS, label="Its job", icon=":material/model_training:", query_params={"job": kept})
    return replace(view, job=first.id, beside=tuple(beside)), [first, *(fitting[one] for one in beside)]


def fits(one: Training, first: Training) -> bool:
    """Whether a training can stand beside another: its model is as deep, or the test sentences are the same."""
    if one.id == first.id:
        return False
    return (bool(one.spaces) and one.n_layers == first.n_layers) or bool(set(one.tests) & set(first.tests))


def pick_shown(view: Course) -> Course:
    """Which figure is on the screen."""
    shown = st.segmented_control(
        "Show",
        list(SHOWN),
        default=view.shown,
        format_func=SHOWN.__getitem__,
        key=state.question_key("shown"),
        label_visibility="collapsed",
        required=True,
    )
    return replace(view, shown=shown or view.shown)


def pick_layer(view: Course, n_layers: int, layers: Sequence[int] | None = None) -> Course:
    """A slider over layers; the output is -1, whatever model is looked at next."""
    known = list(range(n_layers)) if layers is None else sorted(layers)
    if len(known) < 2:
        return view
    picked = st.select_slider(
        "Layer",
        known,
        layer_of(view.layer, n_layers, known),
        format_func=lambda one: layer_name(one, n_layers),
        key=state.question_key(f"layer_{n_layers}_{len(known)}"),
        label_visibility="collapsed",
        width=230,
    )
    return replace(view, layer=-1 if picked == n_layers - 1 else int(picked))


def layer_of(layer: int, n_layers: int, known: Sequence[int]) -> int:
    """The known layer nearest to one that may be counted from the output."""
    number = layer if layer >= 0 else n_layers + layer
    return min(known, key=lambda one: abs(one - number))


def pick_steps(view: Course, steps: Sequence[int]) -> Course:
    """How many of the steps are taken."""
    options = [one for one in (3, 6, 12, 24) if one < len(steps)]
    options += [len(steps)] if len(steps) <= 24 else []
    if len(options) < 2:
        return view
    usual = min(options, key=lambda one: abs(one - view.steps))
    picked = st.selectbox(
        "Steps",
        options,
        options.index(usual),
        format_func=lambda one: f"{one} steps" if one < len(steps) else f"all {one} steps",
        key=state.question_key(f"steps_{len(options)}"),
        help="As evenly as can be, the first and the last among them.",
    )
    return view if picked == usual else replace(view, steps=int(picked))
