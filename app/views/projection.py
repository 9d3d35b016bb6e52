"""The map: words of several languages in a model's space, layer by layer."""

from __future__ import annotations

import state
import streamlit as st
from choice import Choice
from stored import Maps
from widgets.pick_encoder import pick_encoder
from widgets.pick_layout import pick_layout
from widgets.pick_marks import pick_marks
from widgets.pick_method import pick_method
from widgets.pick_words import pick_words
from widgets.show_examples import show_examples
from widgets.show_job import show_end, show_job
from widgets.show_map import show_map

from embspace.errors import EmbspaceError
from embspace.jobs.job import Job
from embspace.jobs.supervisor import submit
from embspace.workflows.settings import to_json


def main() -> None:
    """Choose, read the store or start a job, show."""
    view = _choose(state.choice())
    for notice in state.notices():
        st.warning(notice, icon=":material/link_off:")
    state.keep(view)
    try:
        found = state.maps(view.config())
        if found is None or not found.complete:
            _work(view, found)
        if found is not None:
            state.keep_shown(view)
            state.keep(show_map(view, found))
            return
    except EmbspaceError as error:
        st.error(str(error), icon=":material/error:")
    _before(view)


def _choose(view: Choice) -> Choice:
    with st.sidebar:
        picked = pick_encoder(pick_words(view))
        changed = picked != view
        if st.button("Show map", type="primary", width="stretch", disabled=not changed) and changed:
            view = picked
    with st.container(horizontal=True, vertical_alignment="center", key="how"):
        return pick_marks(pick_method(pick_layout(view)))


def _work(view: Choice, found: Maps | None) -> None:
    """The job behind what is not stored yet: started at the first look, then followed."""
    config = view.config()
    job = state.job()
    mine = job is not None and job.config == to_json(config)
    if job and not mine:
        job.cancel()  # nobody looks at what it would make
    if job is None or not mine:
        job = _start(view)
    elif job.state.ended and show_end(job):
        job = _start(view)
        st.rerun()
    if not job.state.ended:
        show_job(job, lambda: _placed(view))
        if found is None:
            show_examples(state.corpus(config.extract))


def _start(view: Choice) -> Job:
    job = submit("project", view.config(), state.workspace())
    state.keep_job(job)
    return job


def _placed(view: Choice) -> int:
    found = state.maps(view.config())
    return len(found.layers) if found else 0


def _before(view: Choice) -> None:
    """While a view has no map, the last one that had stays."""
    last = state.shown()
    if last is None or last == view:
        return
    found = state.maps(last.config())
    if found is not None:
        st.caption("Until then, the map before:")
        show_map(last, found)


main()
