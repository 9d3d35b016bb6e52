"""One job: how far it is, what came of it, its log and its settings; live while it is under way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

import state
from embspace.encoders.trained import Run
from embspace.errors import EmbspaceError
from embspace.jobs.job import Job, State
from embspace.spaces.shelf import StoredSpace
from embspace.training.config import TrainConfig
from embspace.workflows.settings import from_json
from job_rows import MARKS, stage_of
from toml_lines import train_lines
from widgets.change_job import change_job, step_links
from widgets.export_checkpoint import tagger_links
from widgets.pick_job import EVERY
from widgets.say import plain, say_error
from widgets.show_curves import show_curves
from widgets.show_job import show_bar
from widgets.show_scores import show_scores
from work import title

LOG_TAIL = 6000
"""bytes of a log that are shown, its end"""


def show_run(job: Job, runs: Sequence[Run], beside: Sequence[Job], spaces: Sequence[StoredSpace]) -> None:
    """The chosen job.

    Args:
        job: which.
        runs: that it trained, one per seed.
        beside: finished trainings that are compared with it.
        spaces: what is stored.
    """
    before = job.state

    @st.fragment(run_every=None if before.ended else EVERY)
    def follow() -> None:
        if job.state is not before and not state.in_dialog():
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"##### {plain(title(job, spaces))}")
            change_job(job)
            step_links(runs, spaces)
            tagger_links(runs)
        _how_far(job)
        if job.workflow == "train":
            curves, scores, log, settings = st.tabs(["Curves", "Scores", "Log", "Settings"])
            with curves:
                show_curves(job, beside)
            with scores:
                show_scores(job, beside)
        else:
            log, settings = st.tabs(["Log", "Settings"])
        with log:
            _log(job)
        with settings:
            _settings(job)

    follow()


def _how_far(job: Job) -> None:
    """A bar while it works, a sentence when it has ended."""
    now = job.state
    if job.error:
        say_error(job.error)
    elif now is State.QUEUED:
        st.caption(f"{MARKS[now]} · {plain(stage_of(job))}")
    elif not now.ended:
        show_bar(job, time.time() - job.standing.since)
    elif now is State.STOPPED:
        st.caption(f"{MARKS[now]} · Resume goes on where it stopped.")


def _log(job: Job) -> None:
    text = tail(job.log)
    if text:
        st.code(text, language=None, height=360)
    else:
        st.caption("Nothing was written so far.")
    st.caption(plain(f"`{job.log}`"))


def tail(path: Path, size: int = LOG_TAIL) -> str:
    """The end of a text file, from the beginning of a line; empty where there is none."""
    try:
        with open(path, "rb") as stream:
            length = stream.seek(0, 2)
            stream.seek(max(0, length - size))
            text = stream.read().decode(errors="replace")
    except OSError:
        return ""
    return text if length <= size else text.partition("\n")[2] or text


def _settings(job: Job) -> None:
    if job.workflow == "train":
        try:
            st.code(train_lines(from_json(TrainConfig, job.config, "job.json")), language="toml", height=360)
            return
        except EmbspaceError:
            pass  # of another version: as they lie there
    st.json(job.config)
