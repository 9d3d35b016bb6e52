"""The jobs of the workspace as this session sees them: those it began or joined, and those it was not told of."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from embspace.errors import EmbspaceError
from embspace.jobs.job import Job, State
from embspace.jobs.supervisor import attend, submit
from embspace.workflows.settings import to_json
from embspace.workspace import current_workspace
from work import open_jobs


def jobs() -> list[Job]:
    """The jobs about spaces in the workspace, the latest first."""
    return open_jobs(current_workspace(), st.session_state.setdefault("open_jobs", {}))


def all_jobs() -> list[Job]:
    """Every job of the workspace, the latest first."""
    return open_jobs(current_workspace(), st.session_state.setdefault("open_jobs", {}), None)


def follow(
    workflow: str, configs: Sequence[object], known: dict[str, bool], *, finished: bool = False
) -> list[Job | None]:
    """For each config the latest job that does it; other jobs that were begun for the same place are stopped.

    Args:
        workflow: of the jobs.
        configs: what is wanted now.
        known: the jobs that this session has started for this place of a page (True) or joined (False), by id.
        finished: whether a job that has finished counts though this session does not know it. What failed or was
            stopped counts where the session knows it.
    """
    wanted = [to_json(config) for config in configs]
    found: list[Job | None] = [None] * len(wanted)
    for one in all_jobs():
        if one.workflow != workflow:
            continue
        if one.config in wanted:
            at = wanted.index(one.config)
            counts = one.id in known or not one.state.ended or (finished and one.state is State.FINISHED)
            if found[at] is None and counts:
                found[at] = one
                known.setdefault(one.id, False)
        elif known.pop(one.id, False):
            one.cancel()
    return found


def start(workflow: str, config: object, known: dict[str, bool]) -> Job:
    """A new job, or the one that does the same already; `known` is told of it, as `follow` wants it.

    Raises:
        StoreError: it cannot be started.
    """
    one, new = _submit(workflow, config)
    known.setdefault(one.id, new)
    return one


def _submit(workflow: str, config: object) -> tuple[Job, bool]:
    """A new job, or an equal one that is under way; whether it is new."""
    before = {one.id for one in all_jobs()}
    one = submit(workflow, config, current_workspace())
    return one, one.id not in before


def attend_queue() -> None:
    """See to it that what waits is started, as after a restart of the machine; asked once by a session."""
    if not st.session_state.get("attended"):
        st.session_state["attended"] = True
        with suppress(EmbspaceError):  # who may only look, looks
            attend(current_workspace())


def begin(workflow: str, config: object) -> bool:
    """Start a job, or join an equal one; this session is told its end. Whether it is new."""
    one, new = _submit(workflow, config)
    st.session_state.setdefault("begun", []).append(one.id)
    return new


def begun() -> list[Job]:
    """The jobs that this session started or joined and has not forgotten, the latest first."""
    names = st.session_state.get("begun", [])
    return [one for one in jobs() if one.id in names]


def forget(one: Job) -> None:
    """The end of a job was told."""
    st.session_state["begun"] = [name for name in st.session_state.get("begun", []) if name != one.id]


def start_training(config: object) -> Job:
    """A new job of training, or the one that does the same already.

    Raises:
        StoreError: it cannot be started.
    """
    return submit("train", config, current_workspace())


def start_study(config: object) -> Job:
    """A new job of a study, or the one that does the same already.

    Raises:
        StoreError: it cannot be started.
    """
    return submit("study", config, current_workspace())


def begin_export(config: object) -> Job:
    """A job that writes a checkpoint for other programs, which this session follows.

    Raises:
        StoreError: it cannot be started.
    """
    one = submit("export-checkpoint", config, current_workspace())
    st.session_state["export_job"] = one.id
    return one


def export_job() -> Job | None:
    """The export of a checkpoint that this session began last."""
    name = st.session_state.get("export_job")
    return next((one for one in all_jobs() if one.id == name), None)
