"""The trainings of each stage, as links to their jobs."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

import state
from embspace.encoders.trained import is_trained, open_run
from embspace.errors import StoreError
from listed_adjustments import ListedAdjustment
from widgets.say import plain

JOBS = "views/jobs.py"


def show_stage_trainings(one: ListedAdjustment) -> None:
    """A line per stage: its seeds, each a link to the job that trained it; without one the checkpoint."""
    known = {job.id for job in state.all_jobs()}
    with st.expander("Trainings of the stages", icon=":material/model_training:"):
        for stage, of in one.stages.items():
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(plain(stage), width=180)
                for (job, name), seeds in by_job(of, known).items():
                    label = f"seed{'s' * (len(seeds) > 1)} {', '.join(seeds)}"
                    if job:
                        told = "Its curves, its scores and its log."
                        icon = ":material/model_training:"
                        st.page_link(JOBS, label=label, icon=icon, query_params={"job": job}, help=told)
                    else:
                        st.caption(f"`{name.replace('`', '')}`", width="content")


def by_job(of: Mapping[str, str], known: set[str]) -> dict[tuple[str, str], list[str]]:
    """(Job, "") or, where none of those that trained it is there any more, ("", checkpoint) -> its seeds.

    Args:
        of: seed -> checkpoint.
        known: ids of the jobs that there are.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for seed, name in of.items():
        job = _job_of(name, known)
        found.setdefault((job, "" if job else name), []).append(seed)
    return found


def _job_of(name: str, known: set[str]) -> str:
    """The job that trained `run:KEY@best`, of several the last; empty: there is none."""
    if not is_trained(name):
        return ""
    try:
        run = open_run(state.workspace().checkpoints / name.removeprefix("run:").partition("@")[0])
    except StoreError:
        return ""
    return next((job for job in reversed(run.jobs) if job in known), "")
