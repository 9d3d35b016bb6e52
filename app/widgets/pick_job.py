"""Which job is looked at: a table that is drawn anew every few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.column_config import DatetimeColumn, ProgressColumn, TextColumn

import state
from embspace.jobs.job import Job, State
from embspace.jobs.queue import Queue
from job_rows import job_table
from widgets.pick_row import pick_row

EVERY, RARELY = 2.0, 10.0
"""seconds between two looks, while a job is under way and while none is"""
COLUMNS: dict[str, Any] = {
    "state": TextColumn("State", width=85),
    "what": TextColumn("What", width=390),
    "done": ProgressColumn("Done", width=120, min_value=0, max_value=100, format="%d%%"),
    "now": TextColumn("Now", width=200),
    "rate": TextColumn("Rate", width=90),
    "left": TextColumn("Left", width=85),
    "begun": DatetimeColumn("Submitted", width=125, format="YYYY-MM-DD HH:mm"),
}


def pick_job(jobs: Sequence[Job], chosen: str | None) -> None:
    """The table, followed while a job is under way; a click makes the address name another job."""
    names, states = [job.id for job in jobs], [job.state for job in jobs]

    @st.fragment(run_every=EVERY if any(not one.ended for one in states) else RARELY)
    def follow() -> None:
        now = state.all_jobs()
        if ([job.id for job in now] != names or [job.state for job in now] != states) and not state.in_dialog():
            st.rerun()
        known = {job.id: job for job in now}
        shown = [known.get(job.id, job) for job in jobs]
        waits = any(job.state is State.QUEUED for job in shown)
        places = Queue(state.workspace()).places() if waits else {}
        row = pick_row("job", names, chosen, job_table(shown, places), COLUMNS)
        picked = None if row is None else names[row]
        if picked != chosen:
            state.choose_row("job", picked, picked=True)
            st.rerun()

    follow()
