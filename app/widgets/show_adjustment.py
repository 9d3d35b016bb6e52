"""How far a run of the recipe is, what can be done with it, and what it was made with."""

from __future__ import annotations

import time

import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.figures.theme import language_name
from embspace.jobs.job import State
from embspace.jobs.supervisor import resume
from listed_adjustments import TASKS, ListedAdjustment, languages_said
from widgets.say import plain, say_error
from widgets.show_job import show_bar

EVERY = 2.0
"""seconds between two looks at a run under way"""
JOBS = "views/jobs.py"


def show_progress(one: ListedAdjustment) -> None:
    """The job's progress with what is trained now, followed until it ends; the page is drawn anew then."""
    job = one.job
    if job is None:
        return
    before = job.state

    @st.fragment(run_every=None if before.ended else EVERY)
    def follow() -> None:
        now = job.state
        if now is not before and not state.in_dialog():
            st.rerun()
        if job.error and not one.stored:
            say_error(job.error)
        elif not now.ended:
            show_bar(job, time.time() - job.standing.since)
        elif not one.stored:
            st.info(LOST if now is State.FINISHED else STOPPED, icon=":material/pause_circle:")

    follow()


def show_actions(one: ListedAdjustment) -> None:
    """Buttons that fit the state: stop, go on; and its job."""
    job = one.job
    if job is None:
        return
    if not job.state.ended:
        tip = "Trainings under way save a checkpoint first; Go on continues from there."
        if st.button("Stop", icon=":material/stop:", disabled=job.state is State.STOPPING, help=tip, key="adjust_stop"):
            job.cancel()
            st.rerun()
    elif not one.stored:
        tip = "Goes on where it stopped; what was trained or read before is found."
        if st.button("Go on", type="primary", icon=":material/play_arrow:", help=tip, key="adjust_go_on"):
            _go_on(one)
    st.page_link(JOBS, label="Its job", icon=":material/model_training:", query_params={"job": job.id})


def _go_on(one: ListedAdjustment) -> None:
    assert one.job is not None
    try:
        if one.job.state is State.FINISHED:
            state.start_adjustment(one.config)
        else:
            resume(one.job)
    except EmbspaceError as error:
        say_error(str(error))
        return
    st.rerun()


def show_facts(one: ListedAdjustment) -> None:
    """What it was made with, in the sidebar."""
    config = one.config
    adjust = config.adjust
    corpora = ", ".join(dict.fromkeys(part.corpus for part in config.aligned))
    found = {
        "Checkpoint": config.checkpoint,
        "Aligned": f"{corpora}, {language_name(adjust.source)} to {languages_said(config)}",
        "Pairs": f"{adjust.draw:,} drawn" if adjust.draw else "all",
        "Task": TASKS[config.task],
        "Learns from": ", ".join(part.corpus for part in config.train) or "the shipped sample",
        "Scored on": ", ".join(dict.fromkeys(part.corpus for part in config.test)) or "the shipped sample",
        "Seeds": ", ".join(map(str, config.seeds)),
        "Alpha": f"{config.alpha:g}",
    }
    st.caption("  \n".join(f"{name}: {plain(value)}" for name, value in found.items()))


STOPPED = "Stopped. What was trained is kept; Go on continues from there."
LOST = "It has finished, and its tables are gone or damaged; Go on makes them again from what was trained."
