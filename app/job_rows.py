"""Jobs as a table, and their scores side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from embspace.figures.theme import by_family, language_name
from embspace.jobs.job import Job, State
from embspace.workflows.score_text import score_text
from inventory import moment
from work import title

MARKS = {
    State.QUEUED: "◔ waits",
    State.RUNNING: "▶ running",
    State.STOPPING: "◑ stopping",
    State.STOPPED: "■ stopped",
    State.FINISHED: "finished",
    State.FAILED: "▲ failed",
    State.LOST: "▲ lost",
}
"""a state in the table; what needs someone catches the eye"""
ALL = "all"
"""in scores: of all languages together"""


def job_table(jobs: Sequence[Job], places: Mapping[str, int]) -> pd.DataFrame:
    """A row per job, in their order.

    Args:
        jobs: which.
        places: how many jobs are before each that waits, by id.
    """
    rows = []
    for job in jobs:
        state, report = job.state, job.progress()
        share = 1.0 if state is State.FINISHED else report.share if report else None
        live = state in (State.RUNNING, State.STOPPING)
        rows.append(
            {
                "state": MARKS[state],
                "what": title(job, ()),
                "done": None if share is None else int(100 * share),
                "now": stage_of(job, places.get(job.id)),
                "rate": f"{digits(report.rate)} {report.unit}/s" if live and report and report.rate else None,
                "left": duration(report.eta) if live and report and report.eta is not None else None,
                "begun": moment(job.created),
            }
        )
    return pd.DataFrame(rows, columns=["state", "what", "done", "now", "rate", "left", "begun"])


def stage_of(job: Job, before: int | None = None) -> str:
    """Where a job is, in a few words."""
    state, report = job.state, job.progress()
    if state is State.QUEUED:
        return f"waits for {job.device}" + (f", {before} before it" if before else "") if job.device else "starts"
    if state is State.FINISHED:
        took = job.ended and job.standing.begun and duration(job.ended - job.standing.begun)
        return f"in {took}" if took else ""
    if report is None:
        return "starts" if not state.ended else ""
    counted = f" {report.done:,} of {report.total:,}" if report.total else ""
    return f"{report.stage}{counted}"


def duration(seconds: float) -> str:
    """A time for a person, in the two largest units."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def score_names(jobs: Sequence[Job]) -> list[str]:
    """The scores that all of some finished trainings have, in their order."""
    found = [list(_first(_scores(job))) for job in jobs]
    return [name for name in found[0] if all(name in names for names in found)] if found else []


def score_table(jobs: Sequence[Job], score: str) -> pd.DataFrame:
    """A row per language, a column per finished training: its score, of several seeds mean ± deviation.

    Raises:
        KeyError: a job has no such score.
    """
    columns: dict[str, dict[str, str]] = {}
    for job in jobs:
        result = job.result or {}
        deviations: Mapping[str, Any] = result.get("deviation", {})
        columns[job.id] = {
            code: score_text(score, of[score])
            + (f" ± {score_text(score, deviations[code][score])}" if code in deviations else "")
            for code, of in _scores(job).items()
            if score in of
        }
    codes = dict.fromkeys(code for of in columns.values() for code in of)
    order = [*by_family(code for code in codes if code != ALL), *([ALL] if ALL in codes else [])]
    rows = [
        {"language": "all together" if code == ALL else language_name(code)}
        | {name: of.get(code) for name, of in columns.items()}
        for code in order
    ]
    return pd.DataFrame(rows, columns=["language", *columns])


def has_scores(job: Job) -> bool:
    """Whether a job is a training that has finished and scored something."""
    return job.workflow == "train" and bool(_scores(job))


def notes_of(jobs: Sequence[Job]) -> list[str]:
    """What is to be known of the scores of finished trainings, a sentence each; of several jobs with their numbers."""
    found = []
    for place, job in enumerate(jobs, 1):
        for run in (job.result or {}).get("runs", ()):
            for part, notes in run.get("notes", {}).items():
                which = f"{place}. {part}" if len(jobs) > 1 else part
                found += [f"{which}: {text}" for text in notes]
    return list(dict.fromkeys(found))


def _scores(job: Job) -> Mapping[str, Mapping[str, float]]:
    """Scores by language: of the test sentences, else of those that chose the best epoch; of several seeds means."""
    result = job.result or {}
    runs = result.get("runs") or [{}]
    return result.get("mean") or runs[0].get("scores") or runs[0].get("dev") or {}


def _first(scores: Mapping[str, Mapping[str, float]]) -> Mapping[str, float]:
    return next(iter(scores.values()), {})


def digits(rate: float) -> str:
    """A rate for a person."""
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
