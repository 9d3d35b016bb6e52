"""How far a job is, live; and what to do when it has ended without a result."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from embspace.jobs.job import Job, State
from embspace.jobs.report import Report
from widgets.say import say_error


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


def show_end(job: Job) -> bool:
    """Say why a job ended without a result; whether the reader wants it started again."""
    if job.error:
        say_error(job.error)
    else:
        st.info("Stopped. What was computed is kept.", icon=":material/pause_circle:")
    return st.button("Try again" if job.error else "Start again", key=f"again_{job.id}", type="primary")


def describe(report: Report | None, waited: float) -> str:
    """One line for a person: stage, count, rate, time left."""
    if report is None:
        return f"Starting · {waited:.0f} s"
    parts = [report.stage[:1].upper() + report.stage[1:]]
    if report.total:
        parts.append(f"{report.done:,} of {report.total:,} {report.unit}".rstrip())
    if report.rate:
        parts.append(" ".join(filter(None, (_digits(report.rate), report.unit, "per second"))))
    if report.eta is not None:
        parts.append(f"{_time(report.eta)} left")
    return " · ".join(parts)


def _digits(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
