"""Studies: papers made again on any checkpoint, each table and figure beside the published one."""

from __future__ import annotations

import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.studies.outputs import StudyFolder
from listed_studies import ListedStudy, listed_studies
from study_view import FINDINGS, StudyView
from widgets.pick_study import pick_item, pick_study
from widgets.pick_study_settings import pick_study_settings
from widgets.say import plain, say_error, say_notice
from widgets.show_findings import show_findings
from widgets.show_output import show_output
from widgets.show_study import show_actions, show_facts, show_progress

EMPTY = (
    "No study was made yet. **Start a study** makes the tables and figures of a paper again, on the checkpoint and the "
    "sentences that you choose, and sets them beside the published numbers."
)


def main() -> None:
    """Choose a study and an item; show how far it is and what it came to."""
    state.in_dialog(False)
    view = state.study_view()
    for text in state.study_notices():
        say_notice(text)
    listed, one = listed_studies(state.workspace(), state.all_jobs()), None
    with st.sidebar:
        if st.button("Start a study", type="primary", width="stretch", icon=":material/play_arrow:"):
            start_new()
        if listed:
            if view.study and view.study not in {one.name for one in listed}:
                say_notice(f"The address asks for the study {view.study[:80]}, which is not here.")
            view, one = pick_study(view, listed)
            show_facts(one)
        st.caption(f"Workspace: {plain(str(state.workspace().root))}")
    if one is None:
        st.header("Studies", anchor=False)
        st.info(EMPTY, icon=":material/science:")
        return
    try:
        state.keep_study_view(show(view, one))
    except EmbspaceError as error:
        say_error(str(error))


def show(view: StudyView, one: ListedStudy) -> StudyView:
    """The chosen study; returns the view with what was chosen of it."""
    outputs = state.study_outputs(one.folder) if one.stored else []
    with st.container(horizontal=True, vertical_alignment="center", key="how"):
        st.header(plain(one.folder.record["title"] if one.stored else one.config.study), anchor=False, width="stretch")
        show_actions(one, outputs)
    show_progress(one, outputs)
    if not outputs:
        return view
    view = pick_item(view, one.config.study, outputs)
    state.keep_study_view(view)
    if view.item == FINDINGS:
        show_findings(outputs, one.name)
        show_differences(one)
        return view
    output = next(each for each in outputs if each.item == view.item)
    st.markdown(f"##### {plain(output.title[:1].upper() + output.title[1:])}")
    return show_output(view, one, output)


def show_differences(one: ListedStudy) -> None:
    """What was not as in the paper."""
    with st.expander("What was different from the paper", expanded=True):
        st.markdown("\n".join(f"- {plain(text)}" for text in one.folder.record["differences"]))


@st.dialog("Start a study", width="large", on_dismiss="rerun")
def start_new() -> None:
    """The form; sent, it becomes a job, whose study is shown."""
    state.in_dialog(True)
    config = pick_study_settings()
    if config is None:
        return
    try:
        state.start_study(config)
    except EmbspaceError as error:
        say_error(str(error))
        return
    place = StudyFolder.of(config, state.workspace()).path
    state.keep_study_view(StudyView(place.name), told=False)
    st.rerun()


main()
