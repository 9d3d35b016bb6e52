"""What a page shows while its tables are not stored: an offer to make them, a running job, or why it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

import state
from embspace.jobs.job import Job, State
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analyze import sentences_of
from embspace.workflows.extract import ExtractConfig
from subject import Question
from widgets.say import plain
from widgets.show_job import show_end, show_job


def make_tables(asked: Question, missing: Sequence[ExtractConfig]) -> Mapping[str, pd.DataFrame] | None:
    """Offer or follow the job that makes the tables; the page is drawn anew when it has ended.

    A quick analysis of a space that is stored is begun without asking.

    Args:
        asked: what is wanted.
        missing: the extractions whose space is not stored.

    Returns:
        What a job has made though it is not found: the code of the analysis, as its process read it, is newer than
        this app. None: nothing is made yet, or it failed, and the page says so.

    Raises:
        EmbspaceError: the corpus is not possible, or the job cannot be started.
    """
    job = state.job_of(asked)
    if job is None:
        entry = find_analysis(asked.analysis)
        if not (entry.quick and not missing) and not offer(asked, missing):
            return None
        job = state.start_analysis(asked)
    elif job.state.ended:
        if job.state is State.FINISHED and (made := state.result_of(job)) is not None:
            return made
        if not _again(job):
            return None
        job = state.start_analysis(asked)
    show_job(job, lambda: 0, placed_before=0)
    return None


def _again(job: Job) -> bool:
    """Say how a job ended without tables, and whether the reader wants it started again, where that may help."""
    if job.state is State.FINISHED:
        st.warning("The job has ended, but what it made is gone; make it again.", icon=":material/info:")
        return st.button("Make it again", key=f"again_{job.id}", type="primary")
    return show_end(job)


def offer(asked: Question, missing: Sequence[ExtractConfig]) -> bool:
    """What is lacking and how much it is, with a button; whether it was pressed."""
    entry = find_analysis(asked.analysis)
    with st.container(border=True):
        if missing:
            sizes = [(one.checkpoint, len(state.corpus(sentences_of(one)))) for one in missing]
            text = " and ".join(f"{count:,} sentences by **{plain(name)}**" for name, count in dict(sizes).items())
            st.markdown(f"Not read yet: {text}. Their vectors are stored, for every page and for Python.")
        else:
            st.markdown(f"**{entry.title}** of this has not been computed yet; the vectors are stored.")
        return st.button(
            "Read and compute" if missing else "Compute",
            type="primary",
            icon=":material/play_arrow:",
            key=state.question_key("make"),
        )
