"""Which finished trainings are looked at beside the chosen one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import state
from embspace.jobs.job import Job
from job_rows import has_scores
from work import title


def pick_beside_job(job: Job, jobs: Sequence[Job]) -> list[Job]:
    """A menu of other trainings that have finished; the address says which are chosen."""
    known = {one.id: one for one in jobs if one.id != job.id and has_scores(one)}
    if job.workflow != "train" or not known:
        return []
    chosen = st.multiselect(
        "Beside it",
        list(known),
        state.jobs_beside(job, list(known)),
        format_func=lambda name: f"{title(known[name], ())} · {name}",
        key=f"beside_{job.id}",
        placeholder="Compare with other trainings",
        label_visibility="collapsed",
    )
    state.compare_jobs(chosen)
    return [known[name] for name in chosen]
