"""How far a study is, what can be done with it, and what can be taken away of it."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.jobs.job import Job, State
from embspace.jobs.supervisor import resume
from embspace.studies.facts import facts
from embspace.studies.outputs import StoredOutput
from embspace.studies.report import write_report
from listed_studies import ListedStudy
from widgets.pick_study_settings import foresee
from widgets.say import plain, say_error
from widgets.show_job import show_bar

EVERY = 2.0
"""seconds between two looks at a study under way"""
JOBS = "views/jobs.py"


def show_progress(one: ListedStudy, outputs: Sequence[StoredOutput]) -> None:
    """The job's progress, followed until it ends; the page is drawn anew for each table or figure that is made."""
    job = one.job
    if job is None:
        if one.stored and one.folder.record["runs"][-1]["seconds"] is None:
            st.caption("Begun without a job, and not ended so far; what is made stands below.")
        return
    before, made = job.state, [each.made for each in outputs]

    @st.fragment(run_every=None if before.ended else EVERY)
    def follow() -> None:
        now = [each.made for each in state.study_outputs(one.folder)] if outputs else []
        begun = not outputs and (one.folder.path / "study.json").exists() and not one.stored
        if (job.state is not before or now != made or begun) and not state.in_dialog():
            st.rerun()
        if job.error:
            say_error(job.error)
        elif not job.state.ended:
            show_bar(job, _since(job))

    follow()


def show_actions(one: ListedStudy, outputs: Sequence[StoredOutput]) -> None:
    """Buttons that fit the state: stop, go on, make the rest; the report and the tables as files."""
    job, rest = one.job, tuple(each.item for each in outputs if not each.made or each.problem)
    if job is not None and not job.state.ended:
        tip = "Fine-tunings under way save a checkpoint first; Go on continues from there."
        if st.button("Stop", icon=":material/stop:", disabled=job.state is State.STOPPING, help=tip, key="study_stop"):
            job.cancel()
            st.rerun()
    elif job is not None and job.state is not State.FINISHED:
        tip = "Goes on where it stopped; what was trained, read or placed before is found."
        if st.button("Go on", type="primary", icon=":material/play_arrow:", help=tip, key="study_go_on"):
            _do(lambda: resume(job))
    elif rest and st.button(
        "Make the rest", icon=":material/play_arrow:", key="study_rest", help=f"{len(rest)} are not made."
    ):
        make_items(one, rest)
    if any(each.made for each in outputs):
        st.download_button(
            "Report",
            lambda: report_of(one),
            f"{one.name}.html",
            "text/html",
            icon=":material/download:",
            key="study_report",
            on_click="ignore",
            help="One file that opens without a network: findings, and all beside the published numbers.",
        )
        st.download_button(
            "CSV",
            lambda: csv_of(outputs),
            f"{one.name}.zip",
            "application/zip",
            icon=":material/download:",
            key="study_csv",
            on_click="ignore",
            help="All tables.",
        )
    if job is not None:
        st.page_link(JOBS, label="Its job", icon=":material/model_training:", query_params={"job": job.id})


@st.dialog("Make tables and figures", on_dismiss="rerun")
def make_items(one: ListedStudy, items: tuple[str, ...]) -> None:
    """Say how much work some items of a study are; begin it when that is wanted."""
    state.in_dialog(True)
    st.markdown(plain(", ".join(items)))
    entries = {each.name: each for each in state.catalog() if not each.problem}
    config = foresee(replace(one.config, only=items), entries, [])
    if config is not None and st.button("Start", type="primary", icon=":material/play_arrow:", key="study_start_items"):
        _do(lambda: state.start_study(config))


def _do(act: Callable[[], Job]) -> None:
    try:
        act()
    except EmbspaceError as error:
        say_error(str(error))
        return
    st.rerun()


def show_facts(one: ListedStudy) -> None:
    """What it was made with, in the sidebar."""
    if one.stored:
        st.caption("  \n".join(f"{name}: {plain(value)}" for name, value in facts(one.folder)))


def report_of(one: ListedStudy) -> bytes:
    """The report; of a study that has not ended, of what there is so far."""
    return (one.folder.report if one.folder.report.exists() and not one.runs else write_report(one.folder)).read_bytes()


def csv_of(outputs: Sequence[StoredOutput]) -> bytes:
    """Every table of a study, a folder per item."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in outputs:
            for path in one.csv.values():
                archive.write(path, f"{one.item}/{path.name}")
    return made.getvalue()


def _since(job: Job) -> float:
    return time.time() - job.standing.since
