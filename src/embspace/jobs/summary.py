"""A job as plain values, for scripts and tables."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from embspace.jobs.job import Job


def summary(job: Job, place: int | None = None) -> dict[str, Any]:
    """What there is to know of a job, as JSON has it; times are seconds since the epoch.

    Args:
        job: which.
        place: how many jobs are before it in its queue, where it waits (`Queue.places`).
    """
    report = job.progress()
    return {
        "job": job.id,
        "workflow": job.workflow,
        "state": str(job.state),
        "device": job.device,
        "before": place,
        "submitted": job.created,
        "begun": job.standing.begun,
        "ended": job.ended,
        "progress": asdict(report) if report else None,
        "result": job.result,
        "error": job.error,
        "config": job.config,
        "folder": str(job.folder),
    }
