"""What the pages of taggers show while words are not labelled yet: an offer, a running job, or why it ended."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pandas as pd
import streamlit as st

import state
from embspace.corpora.records import Corpus
from embspace.jobs.job import Job, State
from embspace.workflows.predict import PredictConfig
from embspace.workflows.stored_space import is_local
from taggers import check_tagger
from widgets.say import plain
from widgets.show_job import describe, show_end

STOPPED = "Stopped before the words were labelled."
EVERY = 0.5
"""seconds between two looks at a job"""


def make_labels(configs: Sequence[PredictConfig], sentences: Corpus, *, ask: bool) -> list[pd.DataFrame] | None:
    """The labels that some taggers give to the same sentences; None while one is missing, and the page says so.

    Args:
        configs: one for each tagger.
        sentences: that they are to label.
        ask: offer the work with a button; otherwise it begins.

    Raises:
        EncoderError: a checkpoint is not there, or labels no words.
        StoreError: a job cannot be started.
    """
    for config in configs:
        check_tagger(config.checkpoint)
    tables = [state.predictions(config, sentences) for config in configs]
    if not (missing := [config for config, table in zip(configs, tables, strict=True) if table is None]):
        return [table for table in tables if table is not None]
    jobs = dict(zip([config.checkpoint for config in missing], state.jobs_of_labels(missing), strict=True))
    for at, config in enumerate(configs):
        job = jobs.get(config.checkpoint)
        if tables[at] is None and job and job.state is State.FINISHED and _counts(config, job):
            made = state.result_of(job)
            tables[at] = None if made is None else next(iter(made.values()))
    missing = [config for config, table in zip(configs, tables, strict=True) if table is None]
    if not missing:
        return [table for table in tables if table is not None]
    for config in missing:
        job = jobs[config.checkpoint]
        if job is not None and job.state.ended and job.state is not State.FINISHED and not show_end(job, STOPPED):
            return None
    new = [one for one in missing if (job := jobs[one.checkpoint]) is None or job.state.ended]
    if new and ask and not any(jobs.values()) and not _offer(new, sentences):
        return None
    for config in new:
        jobs[config.checkpoint] = state.start_labels(config)
    if new and ask:
        st.rerun()  # the offer goes
    _follow([job for job in jobs.values() if job is not None and not job.state.ended])
    return None


def _counts(config: PredictConfig, job: Job) -> bool:
    """Whether what a job has stored is taken though it is not found: of the hub, or just made, by newer code."""
    return not is_local(config.checkpoint) or state.began_labels(job)


def _offer(configs: Sequence[PredictConfig], sentences: Corpus) -> bool:
    """How much is to be labelled, by whom, with a button; whether it was pressed."""
    with st.container(border=True):
        names = " and ".join(f"**{plain(config.checkpoint)}**" for config in configs)
        words = sum(len(one.words) for one in sentences)
        st.markdown(f"Not labelled yet: {len(sentences):,} sentences, {words:,} words, by {names}.")
        return st.button("Label them", type="primary", icon=":material/play_arrow:", key=state.labelling_key("make"))


def _follow(jobs: Sequence[Job]) -> None:
    """What each job is at, twice a second; the page is drawn anew when one has ended."""

    @st.fragment(run_every=EVERY)
    def follow() -> None:
        if any(job.state.ended for job in jobs) and not state.in_dialog():
            st.rerun()
        for job in jobs:
            words, button = st.columns([6, 1], vertical_alignment="bottom")
            report, waited = job.progress(), time.time() - job.created
            stopping = job.state is State.STOPPING
            said = "Stopping" if stopping else _said(describe(report, waited), waited)
            words.progress((report and report.share) or 0.0, plain(said))
            if button.button("Cancel", key=f"cancel_{job.id}", disabled=stopping, width="stretch"):
                job.cancel()
                st.rerun(scope="fragment")

    follow()


def _said(what: str, waited: float) -> str:
    return what if what.startswith("Starting") or "left" in what else f"{what} · {waited:.0f} s"
