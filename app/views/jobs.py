"""The jobs: what waits, runs and has run; how a model is fine-tuned, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import state
from embspace.encoders.trained import Run, runs
from embspace.errors import EmbspaceError
from embspace.spaces.shelf import StoredSpace, look_at
from widgets.pick_beside_job import pick_beside_job
from widgets.pick_job import pick_job
from widgets.pick_training import pick_training
from widgets.say import plain, say_error, say_notice
from widgets.show_run import show_run

EMPTY = (
    "Nothing was asked for yet. **Fine-tune a model** teaches a checkpoint to find named entities or parts of speech, "
    "and stores spaces on the way; **A short try** in its menu is over soon."
)


def main() -> None:
    """List the jobs; show the chosen one."""
    state.in_dialog(False)
    with st.sidebar:
        if st.button("Fine-tune a model", type="primary", width="stretch"):
            train_new()
        st.caption(f"Workspace: {plain(str(state.workspace().root))}")
    state.attend_queue()
    jobs = state.all_jobs()
    if not jobs:
        st.info(EMPTY, icon=":material/model_training:")
        return
    asked = state.chosen_row("job")
    one = next((job for job in jobs if job.id == asked), None)
    if asked is not None and one is None:
        say_notice(f"The address asks for the job {asked[:80]}, which is not here.")
    pick_job(jobs, one and one.id)
    if one is None:
        st.caption("Choose a row for its curves, its log, and what can be done with it.")
        return
    beside = pick_beside_job(one, jobs)
    trained = sorted((run for run in runs(state.workspace()) if one.id in run.jobs), key=lambda run: run.seed)
    show_run(one, trained, beside, probed_spaces(trained))


def probed_spaces(trained: Sequence[Run]) -> list[StoredSpace]:
    """The spaces that are stored of the steps of some runs."""
    names = dict.fromkeys(str(line["space"]) for run in trained for line in run.probed().values())
    folders = (state.workspace().spaces / name for name in names)
    return [look_at(folder) for folder in folders if folder.is_dir()]


@st.dialog("Fine-tune a model", width="large", on_dismiss="rerun")
def train_new() -> None:
    """The form; sent, it becomes a job, which is shown."""
    state.in_dialog(True)
    config = pick_training()
    if config is None:
        return
    try:
        job = state.start_training(config)
    except EmbspaceError as error:
        say_error(str(error))
        return
    state.choose_row("job", job.id)
    st.rerun()


main()
