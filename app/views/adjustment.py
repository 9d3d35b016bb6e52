"""Adjustment: words brought near to their translations, a task learned with and without it, and the stages compared."""

from __future__ import annotations

import streamlit as st

import state
from adjustment_view import AdjustmentView
from embspace.errors import EmbspaceError
from listed_adjustments import ListedAdjustment, find_adjustment
from widgets.pick_adjustment import pick_adjustment
from widgets.pick_adjustment_settings import pick_adjustment_settings
from widgets.say import plain, say_error, say_notice
from widgets.show_adjustment import show_actions, show_facts, show_progress
from widgets.show_stage_about import show_about, show_lines
from widgets.show_stage_trainings import show_stage_trainings
from widgets.show_stages import show_stages

EMPTY = (
    "Words are brought near to their translations, a task is learned with and without it, and scores and distances of "
    "words are compared.  \n"
    "**Start a run** does it with any checkpoint; as it stands, it takes the small `mini` and the shipped samples."
)


def main() -> None:
    """Choose a run; show how far it is and what it came to."""
    state.in_dialog(False)
    view = state.adjustment_view()
    for text in state.adjustment_notices():
        say_notice(text)
    state.attend_queue()
    listed, one = state.adjustments(state.all_jobs()), None
    with st.sidebar:
        if st.button("Start a run", type="primary", width="stretch", icon=":material/play_arrow:"):
            start_new()
        if listed:
            if view.run and find_adjustment(view.run, listed) is None:
                say_notice(f"The address asks for the run {view.run[:80]}, which is not here.")
            view, one = pick_adjustment(view, listed)
            show_facts(one)
        st.caption(f"Workspace: {plain(str(state.workspace().root))}")
    if one is None:
        st.header("Adjustment", anchor=False)
        st.info(EMPTY, icon=":material/join_inner:")
        return
    try:
        state.keep_adjustment_view(show(view, one))
    except EmbspaceError as error:
        say_error(str(error))


def show(view: AdjustmentView, one: ListedAdjustment) -> AdjustmentView:
    """The chosen run; returns the view with what was chosen of it."""
    with st.container(horizontal=True, vertical_alignment="center", key="how"):
        st.header("Adjustment", anchor=False, width="stretch")
        show_actions(one)
    show_progress(one)
    if not one.stored:
        return view
    tables = state.stored_tables(one.name)
    if tables is None:
        say_error(f"The tables of this run are damaged; remove their folder {one.name}, and start it again.")
        return view
    view = show_stages(view, one, tables)
    show_stage_trainings(one)
    show_lines(one, view.layer)
    show_about()
    return view


@st.dialog("Start a run", width="large", on_dismiss="rerun")
def start_new() -> None:
    """The form; sent, it becomes a job, which is shown."""
    state.in_dialog(True)
    config = pick_adjustment_settings()
    if config is None:
        return
    try:
        job = state.start_adjustment(config)
    except EmbspaceError as error:
        say_error(str(error))
        return
    state.keep_adjustment_view(AdjustmentView(job.id), told=False)
    st.rerun()


main()
