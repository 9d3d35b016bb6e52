"""How far a job is, live; and what to do when it has ended without a result."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from embspace.jobs.job import Job, State
from embspace.jobs.report import Report
from job_rows import digits, duration
from widgets.say import plain, say_error

SETTLED = ("CorpusError", "SettingsError")
"""errors that come again whenever the same is asked"""


def show_job(job: Job, placed: Callable[[], int], placed_before: int) -> None:
    """Follow a running job every second; the page is drawn anew when it has ended or has placed more layers."""

    @st.fragment(run_every=1.0)
    def follow() -> None:
        ended = job.state.ended
        if ended or placed() != placed_before:
            st.rerun()
        words, button = st.columns([6, 1], vertical_alignment="bottom")
        report = job.progress()
        stopping = job.state is State.STOPPING
        text = "Stopping" if stopping else describe(report, time.time() - job.created)
        words.progress((report and report.share) or 0.0, text)
        if button.button("Cancel", key=f"cancel_{job.id}", disabled=stopping, width="stretch"):
            job.cancel()
            st.rerun(scope="fragment")

    follow()


def show_bar(job: Job, waited: float) -> None:
    """How far a job is that saves before it stops, and what it says of itself; `waited` are seconds since it began."""
    report = job.progress()
    said = "Stopping, saves first" if job.state is State.STOPPING else describe(report, waited)
    note = f" · {report.note}" if report and report.note else ""
    st.progress((report and report.share) or 0.0, plain(said + note))


def show_end(job: Job, stopped: str = "Stopped. What was computed is kept.") -> bool:
    """Say why a job ended without a result; whether the reader wants it started again, where that may help."""
    if job.error:
        say_error(job.error)
        if job.kind in SETTLED:
            return False
    else:
        st.info(stopped, icon=":material/pause_circle:")
    return st.button("Try again" if job.error else "Start again", key=f"again_{job.id}", type="primary")


def describe(report: Report | None, waited: float) -> str:
    """One line for a person: stage, count, rate, time left."""
    if report is None:
        return f"Starting · {waited:.0f} s"
    parts = [report.stage[:1].upper() + report.stage[1:]]
    if report.total:
        parts.append(f"{report.done:,} of {report.total:,} {report.unit}".rstrip())
    if report.rate:
        parts.append(" ".join(filter(None, (digits(report.rate), report.unit, "per second"))))
    if report.eta is not None:
        parts.append(f"{duration(report.eta)} left")
    return " · ".join(parts)
