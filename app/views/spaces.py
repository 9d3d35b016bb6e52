"""The stored spaces: what each holds and takes, whether it is whole, and what can be done with it."""

from __future__ import annotations

import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.jobs.job import State
from embspace.spaces.shelf import StoredSpace
from inventory import free_bytes, sizes, stored_spaces, with_verdicts
from widgets.change_space import ask_budget, change_space, map_link
from widgets.pick_extraction import pick_extraction
from widgets.pick_space import pick_space
from widgets.say import plain, say_error, say_notice
from widgets.show_sizes import show_sizes
from widgets.show_space import show_space
from widgets.show_work import show_failures, show_work
from work import findings, space_title

EMPTY = (
    "Nothing is stored yet. **Extract a new space** reads sentences with a model and keeps the vectors of every layer; "
    "the Map does so for the words that it shows."
)


def main() -> None:
    """Tell what has ended; list what is stored; show the chosen one."""
    state.in_dialog(False)
    tell_ends()
    jobs = state.jobs()
    stored = stored_spaces(state.workspace())
    found = findings(jobs, stored)
    spaces = with_verdicts(stored, {name for name, verdict in found.verdicts.items() if verdict.damaged})
    start(spaces)
    show_failures(state.begun(), spaces)
    show_work(jobs, spaces)
    if not spaces:
        st.info(EMPTY, icon=":material/database:")
        return
    show_sizes(len(spaces), sizes(spaces), free_bytes(state.workspace()))
    chosen = state.chosen_row("space")
    if chosen is not None and chosen not in {one.path.name for one in spaces}:
        say_notice(f"The address asks for the space {chosen[:80]}, which is not stored here.")
    one = pick_space(spaces, chosen)
    state.choose_row("space", one.path.name if one else None, picked=True)
    if one is None:
        st.caption("Choose a row for its recipe, its words, and what can be done with it.")
        return
    st.markdown(f"##### {plain(space_title(one))}")
    place = change_space(one, found, jobs)
    show_space(one)
    map_link(place, one)


def start(spaces: list[StoredSpace]) -> None:
    """What makes and frees spaces, in the sidebar."""
    with st.sidebar:
        if st.button("Extract a new space", type="primary", width="stretch"):
            extract_new()
        if st.button("Free space", width="stretch", disabled=not spaces):
            ask_budget(spaces)
        st.caption(f"Workspace: {plain(str(state.workspace().root))}")


@st.dialog("Extract a new space", width="large", on_dismiss="rerun")
def extract_new() -> None:
    """The form; sent, it becomes a job."""
    state.in_dialog(True)
    config = pick_extraction()
    if config is None:
        return
    try:
        new = state.begin("extract", config)
    except EmbspaceError as error:
        say_error(str(error))
        return
    if not new:
        st.toast("The same is being extracted already; its progress is shown.", icon=":material/info:")
    st.rerun()


def tell_ends() -> None:
    """Choose the space that an extraction of this session has made; what failed is told until it was read."""
    for job in state.begun():
        if job.state is State.FINISHED:
            state.forget(job)
            if job.workflow == "extract" and job.result:
                state.choose_row("space", str(job.result["space"]))


main()
