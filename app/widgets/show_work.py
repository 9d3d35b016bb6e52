"""What is running on spaces, live, and what of it has failed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

import state
from embspace.jobs.job import Job, State
from embspace.spaces.shelf import StoredSpace
from widgets.say import plain, say_error
from widgets.show_job import describe
from work import running, title


def show_work(jobs: Sequence[Job], spaces: Sequence[StoredSpace]) -> None:
    """A line for each running job, followed every second; the page is drawn anew when one has ended or begun."""
    before = {job.id for job in running(jobs)}

    @st.fragment(run_every=1.0)
    def follow() -> None:
        now = running(state.jobs())
        if {job.id for job in now} != before and not state.in_dialog():
            st.rerun()
        for job in now:
            _show_one(job, title(job, spaces))

    if before:
        with st.container(key="work"):
            follow()


def _show_one(job: Job, name: str) -> None:
    words, button = st.columns([7, 1], vertical_alignment="bottom")
    report = job.progress()
    stopping = job.state is State.STOPPING
    text = "Stopping" if stopping else describe(report, time.time() - job.created)
    words.progress((report and report.share) or 0.0, f"**{plain(name)}** · {plain(text)}")
    if button.button("Cancel", key=f"cancel_{job.id}", disabled=stopping, width="stretch"):
        job.cancel()
        st.rerun(scope="fragment")


def show_failures(jobs: Sequence[Job], spaces: Sequence[StoredSpace]) -> None:
    """Why jobs of this session have ended without a result, until each was read."""
    for job in jobs:
        if job.state.ended and job.state is not State.FINISHED:
            words, button = st.columns([7, 1], vertical_alignment="center")
            with words:
                if job.error:
                    say_error(f"{title(job, spaces)}: {job.error}")
                else:
                    st.info(plain(f"{title(job, spaces)}: stopped. What was computed is kept."))
            if button.button("Dismiss", key=f"dismiss_{job.id}", width="stretch"):
                state.forget(job)
                st.rerun()
