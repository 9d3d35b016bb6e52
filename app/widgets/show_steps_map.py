"""The words at several steps of a training on one map, with a slider over the steps: points move, not the map."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import state
from choice import MARKS, METHODS, SHAPES, Choice
from course import Course, spread
from course_lines import map_lines
from embspace.errors import EmbspaceError, StoreError
from embspace.figures.projection import layer_name
from embspace.jobs.job import Job, State
from embspace.spaces.shelf import look_at
from embspace.workflows.project import ProjectConfig
from stored import Maps
from trainings import Training
from widgets.download import download
from widgets.pick_course import layer_of, pick_layer
from widgets.say import plain, say_error
from widgets.show_drawn import show_lines
from widgets.show_job import show_end, show_job
from widgets.show_map import FIGURES, MODE_BAR, Plan, draw, selected
from widgets.show_selection import sentence_table, show_selection
from widgets.show_trust import TRUST, trust_line

MANY = 50_000
"""points of all steps together that are not placed without asking"""
USUAL = ProjectConfig().perplexity
NEW = "The training goes on: of its steps every 2nd, 4th, 8th, ... is taken until it has ended."


def pick_map(view: Course) -> Course:
    """The method, and what color and shape say."""
    method = st.segmented_control(
        "Method",
        list(METHODS),
        default=view.method,
        format_func=METHODS.__getitem__,
        key=state.question_key("method"),
        label_visibility="collapsed",
        required=True,
    )
    picked = {}
    for name, options in (("color", MARKS), ("shape", SHAPES)):
        picked[name] = st.selectbox(
            name,
            list(options),
            list(options).index(getattr(view, name)),
            format_func=lambda mark, name=name: f"{name.capitalize()}: {SHAPES[mark]}",
            key=state.question_key(name),
            label_visibility="collapsed",
            width=150,
        )
    return replace(view, method=method or view.method, **picked)


def show_steps_map(view: Course, training: Training, running: bool) -> Course:
    """What is stored of the map; else it is made by a job, which is followed.

    Args:
        view: layer, method, how many steps.
        training: whose steps.
        running: whether it is under way.

    Returns:
        The view, of the layer that was picked.
    """
    if not training.n_layers:
        raise StoreError(f"The spaces of {training.name} are damaged; the page Spaces says how to mend them.")
    steps = spread(training.steps, view.steps, not running)
    place = st.container(key=FIGURES, gap=None)
    line = place.container(horizontal=True, vertical_alignment="center", key="map_layers")
    with line:
        view = pick_layer(view, training.n_layers)
    layer = layer_of(view.layer, training.n_layers, range(training.n_layers))
    words = look_at(training.spaces[steps[0]]).n_words
    config = ProjectConfig(
        layers=(layer,),
        method=view.method,  # pyright: ignore[reportArgumentType]
        perplexity=_perplexity(words) if view.method == "tsne" else USUAL,
        spaces=tuple(training.spaces[step].name for step in steps),
    )
    found = state.step_maps(config)
    if found is None:
        job = state.map_of_steps(config)
        found = state.step_maps(config) if job is not None and job.state is State.FINISHED else None
        if found is None:
            _work(config, job, words * len(steps))
            return view
    color, shape = _marks(view, found.places)
    plan = Plan((layer,), "checkpoint" if len(steps) > 1 else "no", False, color, shape, 1)
    line.caption(trust_line(found, [layer], plan.play), width="content", help=TRUST)
    with place:
        drawn, rows = _figure(plan, found, config)
    if len(rows):
        _selection(rows, found, training)
    name = f"Map - {training.label} - {layer_name(layer, training.n_layers)} - steps {steps[0]} to {steps[-1]}"
    download(name[:120], drawn, found.places, FIGURES)
    settings = {"layer": -1 if layer == training.n_layers - 1 else layer, "method": view.method}
    settings |= {"perplexity": config.perplexity} if config.perplexity != USUAL else {}
    shown = replace(view, color=color, shape=shape or "none")
    show_lines(map_lines([f"{training.name}@{step}" for step in steps], settings, shown), "map")
    if running:
        st.caption(NEW)
    return view


def _perplexity(words: int) -> float:
    """The usual one, or the largest that so few words allow."""
    return float(min(USUAL, max(1, (words - 1) // 3)))


def _work(config: ProjectConfig, job: Job | None, points: int) -> None:
    """The job that places the steps: started at the first look, then followed."""
    if job is None:
        if points > MANY and not _offer(points):
            return
        job = state.start_map_of_steps(config)
        if points > MANY:
            st.rerun()  # the offer goes
    elif job.state.ended and show_end(job):
        job = state.start_map_of_steps(config)
    if not job.state.ended:
        show_job(job, lambda: 0, placed_before=0)


def _offer(points: int) -> bool:
    with st.container(border=True):
        st.markdown(f"{points:,} points, placed step after step by t-SNE, UMAP or PCA.")
        st.caption("PCA takes seconds, t-SNE and UMAP take minutes for each step. Fewer steps are placed sooner.")
        return st.button(
            "Make the map", type="primary", icon=":material/play_arrow:", key=state.question_key("make_map")
        )


def _figure(plan: Plan, maps: Maps, config: ProjectConfig) -> tuple[go.Figure, pd.DataFrame]:
    """The map on the page, and the rows of the points that are selected on it."""
    figure = state.figure(
        "steps map",
        (config, plan, str(state.workspace().root), state.dark()),
        lambda: draw(plan, maps.places, state.dark()),
    )
    event = st.plotly_chart(
        figure,
        theme=None,
        key=state.question_key(f"map_{plan.play}"),
        on_select="rerun",
        selection_mode=("points", "box", "lasso"),
        config=MODE_BAR,
        height="stretch",
    )
    return figure, selected(maps.places, event)


def _marks(view: Course, places: pd.DataFrame) -> tuple[str, str | None]:
    """Color and shape, where the words have what was chosen."""
    held = {name for name in MARKS if name in places.columns and places[name].notna().to_numpy().any()}
    color = view.color if view.color in held else "language"
    return color, view.shape if view.shape in held else None


def _selection(rows: pd.DataFrame, maps: Maps, training: Training) -> None:
    """The sentences behind the points; where the Map has a view of them, with what its own selection offers."""
    seen = choice_of(training)
    if seen is not None:
        show_selection(rows, maps, seen)
        return
    with st.container(height=360, border=False):
        st.html(sentence_table(rows.head(300)))


def choice_of(training: Training) -> Choice | None:
    """The view of the Map that shows the sentences of the spaces of a training; None: there is none."""
    try:
        return state.origin(look_at(next(iter(training.spaces.values())))).view
    except (EmbspaceError, OSError) as error:
        say_error(plain(str(error)))
        return None
