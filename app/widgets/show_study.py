"""How far a study is, what can be done with it, and what can be taken away of it."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Sequence
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
from widgets.say import plain, say_error
from widgets.show_job import describe

EVERY = 2.0
"""seconds between two looks at a study under way"""
JOBS = "views/jobs.py"


def show_progress(one: ListedStudy, outputs: Sequence[StoredOutput]) -> None:
    """The job's progress, followed until it ends; the page is drawn anew for each table or figure that is made."""
    job = one.job
    if job is None:
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
            report = job.progress()
            said = "Stopping, saves first" if job.state is State.STOPPING else describe(report, _since(job))
            note = f" · {report.note}" if report and report.note else ""
            st.progress((report and report.share) or 0.0, plain(said + note))

    follow()


def show_actions(one: ListedStudy, outputs: Sequence[StoredOutput]) -> None:
    """Buttons that fit the state: stop, go on, the report and the tables as files."""
    job = one.job
    if job is not None and not job.state.ended:
        tip = "Fine-tunings under way save a checkpoint first; Go on continues from there."
        if st.button("Stop", icon=":material/stop:", disabled=job.state is State.STOPPING, help=tip, key="study_stop"):
            job.cancel()
            st.rerun()
    elif len([each for each in outputs if each.made and not each.problem]) < len(outputs) or not outputs:
        tip = "Makes what is not made yet; what was trained, read or placed before is found."
        if st.button("Go on", type="primary", icon=":material/play_arrow:", help=tip, key="study_go_on"):
            go_on(one)
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


def go_on(one: ListedStudy) -> None:
    """Go on with the job that stopped, or begin one for all items."""
    try:
        if one.job is not None and one.job.state is not State.FINISHED:
            resume(one.job)
        else:
            state.start_study(replace(one.config, only=()))
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
