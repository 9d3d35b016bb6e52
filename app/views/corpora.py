"""The corpora: what there is, what is in each, and how files become one."""

from __future__ import annotations

import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.jobs.job import State
from widgets.add_corpus import add_corpus
from widgets.pick_catalog import pick_catalog
from widgets.say import plain, say_error, say_notice
from widgets.show_corpus import ask_remove, show_corpus
from widgets.show_work import show_failures, show_work


def main() -> None:
    """Tell what has ended; list what there is; show the chosen one."""
    state.in_dialog(False)
    tell_ends()
    with st.sidebar:
        if st.button("Add a corpus", type="primary", width="stretch"):
            add_new()
        st.caption(f"Workspace: {plain(str(state.workspace().root))}")
    show_failures(state.begun(), ())
    show_work(state.jobs(), ())
    entries = state.catalog()
    chosen = state.chosen_row("corpus")
    if chosen is not None and chosen not in {one.name for one in entries}:
        say_notice(f"The address asks for the corpus {chosen[:80]}, which is not here.")
    one = pick_catalog(entries, chosen)
    state.choose_row("corpus", one.name if one else None, picked=True)
    if one is None:
        st.caption("Choose a row for its languages and its sentences.")
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"##### {plain(one.name)}")
        if not one.shipped and st.button("Remove", key=f"remove_{one.name}"):
            ask_remove(one)
    show_corpus(one)


@st.dialog("Add a corpus", width="large", on_dismiss="rerun")
def add_new() -> None:
    """Files, what they seem to be, and what is in them; sent, it becomes a job."""
    state.in_dialog(True)
    config = add_corpus()
    if config is None:
        return
    try:
        state.begin("add-corpus", config)
    except EmbspaceError as error:
        say_error(str(error))
        return
    st.rerun()


def tell_ends() -> None:
    """Choose the corpus that a job of this session has added; what failed is told until it was read."""
    for job in state.begun():
        if job.workflow == "add-corpus" and job.state is State.FINISHED and job.result:
            state.forget(job)
            state.choose_row("corpus", str(job.result["corpus"]))
            counted = job.result.get("counted") or {}
            if counted:
                said = ", ".join(f"{what} {count:,} times" for what, count in counted.items())
                st.toast(plain(f"Mended or left out: {said}"), icon=":material/info:")
            if job.result["corpus"] != job.config.get("name"):
                st.toast(plain(f"The same sentences were there already, as {job.result['corpus']}."))


main()
