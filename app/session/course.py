"""The view of trainings over their steps of this session, and the job that places the steps."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from course import Course, course_from_address
from embspace.jobs.job import Job
from job_rows import stage_of
from session.jobs import all_jobs, follow, start
from session.kept_view import KeptView
from trainings import Training

_COURSE = KeptView("course", "course_address", "course_notices", "question_generation", course_from_address)


def course() -> Course:
    """The view of trainings over their steps: what the address says, else the last one of this session."""
    return _COURSE.view("dynamics")


def course_notices() -> list[str]:
    """What of the address was not possible; empty once something else was chosen."""
    return _COURSE.not_possible()


def correct_course(view: Course, said: list[str]) -> None:
    """Take another view than the address asked for, and say why until something else is chosen."""
    st.session_state["course"] = view
    st.session_state["course_notices"] += said


def keep_course(view: Course) -> None:
    """Make a view of trainings this session's, and the address say it."""
    _COURSE.keep(view)


def running_trainings(chosen: Sequence[Training]) -> dict[str, str]:
    """What those of some trainings that are under way do now, in a few words, by name."""
    now = {one.id: one for one in all_jobs() if one.workflow == "train" and not one.state.ended}
    found = {one.name: next((now[name] for name in reversed(one.jobs) if name in now), None) for one in chosen}
    return {name: stage_of(job) for name, job in found.items() if job is not None}


def map_of_steps(config: object) -> Job | None:
    """The job that places steps, of this session or of another; the one before is stopped if it does something else."""
    [found] = follow("project", [config], st.session_state.setdefault("course_jobs", {}))
    return found


def start_map_of_steps(config: object) -> Job:
    """A new job that places steps, or the one that does the same already.

    Raises:
        StoreError: it cannot be started.
    """
    return start("project", config, st.session_state.setdefault("course_jobs", {}))
