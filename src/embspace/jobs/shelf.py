"""The jobs of a workspace: all of them, one by name, and those that may go."""

from __future__ import annotations

import shutil
from contextlib import suppress

from embspace.errors import JobError, StoreError
from embspace.jobs.job import Job
from embspace.jobs.locks import alone
from embspace.jobs.store import RECORD
from embspace.storage import refused
from embspace.workspace import Workspace


def all_jobs(workspace: Workspace) -> list[Job]:
    """Every job of the workspace, the latest first; one whose record is damaged hides no other."""
    found = []
    for path in workspace.jobs.glob(f"*/{RECORD}"):
        with suppress(StoreError):
            found.append(Job.open(path.parent))
    return sorted(found, key=lambda job: job.created, reverse=True)


def damaged_jobs(workspace: Workspace) -> list[str]:
    """What is wrong with the records that `all_jobs` passes over, a sentence each."""
    problems = []
    for path in sorted(workspace.jobs.glob(f"*/{RECORD}")):
        try:
            Job.open(path.parent)
        except StoreError as error:
            problems.append(str(error))
    return problems


def find_job(name: str, workspace: Workspace) -> Job:
    """The job of an id, or of a part of one that only it has.

    Raises:
        StoreError: no job or several have it.
    """
    jobs = all_jobs(workspace)
    found = [job for job in jobs if job.id == name] or [job for job in jobs if name in job.id]
    if len(found) != 1:
        known = ", ".join(job.id for job in (found or jobs)[:5]) or "none"
        raise StoreError(f"{len(found) or 'No'} jobs in {workspace.jobs} are called {name!r}; there are: {known}.")
    return found[0]


def remove(job: Job) -> None:
    """Delete the folder of a job that has ended; what it computed lies elsewhere and stays.

    Raises:
        JobError: it has not ended.
        StoreError: the folder cannot be removed.
    """
    with alone(job.folder.parent):
        if not (state := job.state).ended:
            raise JobError(f"The job {job.id} is {state}; cancel it before it is removed.")
        try:
            (job.folder / RECORD).unlink(missing_ok=True)  # first: without it there is no job, whatever is left
            shutil.rmtree(job.folder)
        except OSError as error:
            raise refused(job.folder, error) from error
