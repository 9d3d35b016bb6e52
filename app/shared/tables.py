"""Tables and figures that all sessions share, computed and drawn once."""

from __future__ import annotations

import json
from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from embspace.analyses.result_store import read_result
from embspace.corpora.records import Corpus
from embspace.jobs.job import Job
from embspace.storage import fingerprint
from embspace.workflows.analyze import AnalyzeConfig, extractions, find_tables, links_key, sentences_of
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.predict import PredictConfig, predictions_key
from embspace.workflows.settings import to_json
from embspace.workflows.stored_space import is_local
from embspace.workspace import current_workspace
from shared.corpora import corpus
from shared.kept import remember
from stored import weights_key

MOST = 64
"""results that are kept"""


def tables(config: AnalyzeConfig) -> tuple[dict[str, pd.DataFrame] | None, tuple[ExtractConfig, ...]]:
    """The stored tables of an analysis, not to be changed, and the extractions whose space is not stored.

    Raises:
        EmbspaceError: the corpus or a checkpoint is not possible, or what is stored is damaged.
    """
    room = current_workspace()
    if config.runs:  # which may still be under way
        return find_tables(config, (), room)
    sentences = [corpus(sentences_of(one)) for one in config.spaces]
    weights = [weights_key(one.checkpoint) for one in extractions(config)]
    prints = [one.fingerprint for one in sentences]
    made_of = [weights, prints, links_key(config, room), str(room.root)]
    where = fingerprint([json.dumps(to_json(config), sort_keys=True), *made_of])
    if (known := _complete_tables().get(where)) is not None:
        return known, ()
    found, missing = find_tables(config, sentences, room)
    if found is not None:
        remember(_complete_tables(), where, found, MOST)
    return found, missing


def result_of(job: Job) -> dict[str, pd.DataFrame] | None:
    """The tables that a finished job has stored, by the key that it gave them, not to be changed; None: they are gone.

    The job's process read the code of the analysis anew: its key may be another than this process would give.
    """
    key = str((job.result or {}).get("result", ""))
    return stored_tables(key) if key else None


def stored_tables(key: str) -> dict[str, pd.DataFrame] | None:
    """The tables of a result, read once; None: there are none."""
    kept = _complete_tables()
    if (found := kept.get(key)) is None and (found := read_result(current_workspace().results, key)) is not None:
        remember(kept, key, found, MOST)
    return found


def predictions(config: PredictConfig, sentences: Corpus) -> pd.DataFrame | None:
    """The stored labels of some sentences by a checkpoint of this machine, not to be changed; None: there are none.

    Raises:
        EncoderError: there is no such checkpoint.
    """
    if not is_local(config.checkpoint):
        return None  # the hub would have to be asked
    found = stored_tables(predictions_key(config, sentences))
    return None if found is None else next(iter(found.values()))


@st.cache_resource(show_spinner=False)
def _complete_tables() -> dict[str, dict[str, pd.DataFrame]]:
    """Tables of analyses by what made them: read-only, shared by all sessions, the oldest forgotten."""
    return {}


# Not cache_data: a copy writes its JSON in another order, so that Streamlit takes it for another figure, unselected.
@st.cache_resource(max_entries=64, show_spinner=False)
def figure(name: str, settings: object, _make: Callable[[], go.Figure]) -> go.Figure:
    """A figure, drawn once for its settings, shared by all sessions: not to be changed."""
    return _make()


@st.cache_resource(max_entries=64, show_spinner=False)
def table(name: str, settings: object, _make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """A result, computed once for its settings, shared by all sessions: not to be changed."""
    return _make()
