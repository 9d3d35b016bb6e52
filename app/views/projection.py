"""The map: words of several languages in a model's space, layer by layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

import state
from choice import METHODS, Choice
from embspace.errors import EmbspaceError
from embspace.jobs.job import Job
from embspace.jobs.supervisor import submit
from embspace.workflows.settings import to_json
from stored import Maps
from widgets.pick_beside import pick_beside
from widgets.pick_encoder import pick_encoder
from widgets.pick_layout import pick_layout
from widgets.pick_marks import pick_marks
from widgets.pick_method import pick_method
from widgets.pick_words import pick_words
from widgets.say import plain, say_error, say_notice
from widgets.show_examples import show_examples
from widgets.show_job import show_end, show_job
from widgets.show_map import show_map

MANY = 50_000  # points that are not placed without asking; a string below would be shown, this being a page


def main() -> None:
    """Choose; read the store, or start a job and follow it; show."""
    view = choose(state.choice())
    state.keep(view)
    found, before = None, state.shown()
    # What comes and goes above the figure has a place of its own: a figure that moves on the page is drawn anew, first
    # at another height, and its panel stays as small as it was there.
    with st.container(key="above"):
        for notice in state.notices():
            say_notice(notice)
        try:
            found = state.maps(view.config())
            if found is None or not found.complete:
                work(view, found)
                if found is None and before is None:
                    show_examples(state.corpus(view.config().extract))
        except EmbspaceError as error:
            say_error(str(error))
        earlier = state.maps(before.config()) if found is None and before is not None else None
        if before is not None and earlier is not None:
            st.caption(plain(f"The map before: {before.title}, {before.checkpoint}"))
    if found is not None:
        state.keep_shown(view)
        state.keep(show_map(view, found))
    elif before is not None and earlier is not None:
        show_map(before, earlier)  # the last view that had a map stays until the new one has one


def choose(view: Choice) -> Choice:
    """What is looked at, in the sidebar, applied by a button; how, in a row above the figure, applied at once."""
    with st.sidebar:
        picked = pick_beside(pick_encoder(pick_words(view)))
        if st.button("Show map", type="primary", width="stretch", disabled=picked == view):
            same = replace(picked, checkpoint=view.checkpoint, beside=view.beside) == view
            state.keep(picked if same else replace(picked, selection=""))  # a selection is of its sentences
            st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="how"):
        return pick_marks(pick_method(pick_layout(view)))


def work(view: Choice, found: Maps | None) -> None:
    """The job behind what is not stored yet: started at the first look, then followed."""
    config = to_json(view.config())
    job = state.job()
    if job is not None and job.config != config:
        job.cancel()  # nobody looks at what it would make
        job = None
    if job is None:
        job = running(config)
    if job is None:
        points = state.points(view.config())
        if points > MANY and not offer(view, points):
            return
        job = start(view)
        if points > MANY:
            st.rerun()  # the offer goes
    elif job.state.ended and show_end(job):
        start(view)
        st.rerun()
    if not job.state.ended:
        show_job(job, lambda: placed(view), placed_before=found.count if found else 0)


def running(config: dict[str, Any]) -> Job | None:
    """The job of another session, or of this one before it was reloaded, that does the same."""
    for one in state.jobs():
        if one.workflow == "project" and one.config == config and not one.state.ended:
            state.keep_job(one)
            return one
    return None


def offer(view: Choice, points: int) -> bool:
    """What a large map takes, with a button; whether it was pressed."""
    with st.container(border=True):
        each = " of all layers together" if view.frame == "joint" else " in each layer"
        st.markdown(
            f"{points:,} points{each}, read by **{plain(view.checkpoint)}** and placed by {METHODS[view.method]}."
        )
        st.caption("PCA takes seconds, t-SNE and UMAP take minutes for each layer. Fewer sentences are read sooner.")
        return st.button("Make the map", type="primary", icon=":material/play_arrow:", key=state.key("make"))


def start(view: Choice) -> Job:
    """A new job for a view, or the one that does the same already."""
    job = submit("project", view.config(), state.workspace())
    state.keep_job(job)
    return job


def placed(view: Choice) -> int:
    """How many layers of a view are stored; -1 where that cannot be told, and the page must say why."""
    try:
        found = state.maps(view.config())
    except EmbspaceError:
        return -1
    return found.count if found else 0


main()
