"""The view of words and their labels of this session, and the jobs that label."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from embspace.jobs.job import Job
from labelling import Labelling, labelling_from_address
from session.jobs import follow, start
from session.kept_view import KeptView

_LABELLING = KeptView(
    "labelling", "labelling_address", "labelling_notices", "labelling_generation", labelling_from_address
)


def labelling(page: str) -> Labelling:
    """The view of words and their labels: what the address says, else the last one of this session.

    The pages "tagger" and "errors" share it.
    """
    return _LABELLING.view(page)


def labelling_notices() -> list[str]:
    """What of the address was not possible; empty once something else was chosen."""
    return _LABELLING.not_possible()


def keep_labelling(view: Labelling) -> None:
    """Make a view of words and their labels this session's, and the address say it."""
    _LABELLING.keep(view)


def renew_labelling(view: Labelling) -> None:
    """Keep a view that no widget has been told of: they get new keys, and so take its values."""
    st.session_state["labelling_generation"] += 1
    keep_labelling(view)


def labelling_key(name: str) -> str:
    """The key of a widget of the pages of taggers, stable until the address is changed by hand."""
    return _LABELLING.key(st.session_state["page"], name)


def jobs_of_labels(configs: Sequence[object]) -> list[Job | None]:
    """For each config of a prediction the latest job that does it; others that this session began are stopped."""
    return follow("predict", configs, st.session_state.setdefault("labels_jobs", {}), finished=True)


def start_labels(config: object) -> Job:
    """A new job that labels words, or the one that does the same already.

    Raises:
        StoreError: it cannot be started.
    """
    return start("predict", config, st.session_state.setdefault("labels_jobs", {}))


def began_labels(one: Job) -> bool:
    """Whether this session began a job that labels words, or joined it."""
    return one.id in st.session_state.get("labels_jobs", {})
