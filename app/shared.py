"""What all sessions share: corpora, spaces, maps, tables, figures, read once; the one file of Streamlit's caches."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from embspace.analyses.result_store import read_result
from embspace.corpora.catalog import catalog as all_corpora
from embspace.corpora.catalog import choose, find_entry, links_fingerprint, open_corpus
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.records import Corpus, Sentence
from embspace.jobs.job import Job
from embspace.spaces.shelf import StoredSpace
from embspace.storage import fingerprint
from embspace.studies.outputs import OUTPUT, RECORD, StoredOutput, StudyFolder
from embspace.workflows.analyze import AnalyzeConfig, extractions, find_tables, links_key, sentences_of
from embspace.workflows.extract import ExtractConfig, make_corpus
from embspace.workflows.predict import PredictConfig, predictions_key
from embspace.workflows.project import ProjectConfig, open_spaces, prepare
from embspace.workflows.settings import to_json
from embspace.workflows.stored_predictions import StoredPredictions
from embspace.workflows.stored_predictions import stored_predictions as read_stored_predictions
from embspace.workflows.stored_space import find_space, is_local
from embspace.workspace import Workspace, current_workspace
from inventory import Words, checkpoint_names, last_change, read_words
from origin import Origin, find_origin
from paces import Pace, read_paces
from stored import Maps, check_settings, points_of, read_layers, read_maps, weights_key
from trainings import Training, read_trainings


def workspace() -> Workspace:
    """Where everything computed lies."""
    return current_workspace()


def known_checkpoints() -> list[str]:
    """Checkpoints that spaces were made with, and those that were trained here."""
    return _checkpoints(str(workspace().root))


@st.cache_data(ttl=5, show_spinner=False)
def _checkpoints(root: str) -> list[str]:
    return checkpoint_names(Workspace(Path(root)))


def paces() -> list[Pace]:
    """How fast the runs of the workspace went."""
    return _paces(str(workspace().root))


@st.cache_data(ttl=10, show_spinner=False)
def _paces(root: str) -> list[Pace]:
    return read_paces(Workspace(Path(root)))


def origin(one: StoredSpace) -> Origin:
    """The settings that make a space again, and the view of the Map that shows it, where there are such."""
    return _origins(str(one.path), str(one.recipe), one)


@st.cache_resource(max_entries=256, show_spinner=False)
def _origins(path: str, recipe: str, _one: StoredSpace) -> Origin:
    return find_origin(_one)


def words(one: StoredSpace) -> Words:
    """What the word tables of a space say.

    Raises:
        StoreError: one is damaged.
    """
    return _words(str(one.path), last_change(one.path), one)


@st.cache_resource(max_entries=32, show_spinner=False)
def _words(path: str, changed: float, _one: StoredSpace) -> Words:
    return read_words(_one)


def close_space(one: StoredSpace) -> None:
    """Let go of the open files of a space, so that removing it frees the disk."""
    kept = _complete_maps()
    for name, found in list(kept.items()):
        if one.fingerprint not in [space.stored for space in (found.space, *found.beside)]:
            continue
        kept.pop(name, None)


def corpus(config: ExtractConfig) -> Corpus:
    """The sentences behind a view.

    Raises:
        CorpusError: a word or language is unknown, or more contexts are asked for than there are.
    """
    # A name may be given to other sentences later; they have another fingerprint.
    content = "" if config.corpus == SYNTHETIC else find_entry(config.corpus, workspace()).fingerprint
    return _corpus(config, content)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs={ExtractConfig: fingerprint})
def _corpus(config: ExtractConfig, content: str) -> Corpus:
    return make_corpus(config)


def check_corpus(config: ExtractConfig) -> None:
    """Look whether the sentences that settings name can be had; a large corpus is not read for it.

    Raises:
        CorpusError: a corpus, word or language is unknown, or more contexts are asked for than there are.
    """
    if config.corpus == SYNTHETIC:
        corpus(config)
    else:
        choose(config.corpus, config.languages, workspace())


def catalog() -> list[Entry]:
    """Every corpus that there is."""
    return all_corpora(workspace())


def entry(name: str) -> Entry | None:
    """The corpus of a name; None: there is none, or it cannot be opened."""
    return next((one for one in catalog() if one.name == name and not one.problem), None)


@st.cache_resource(max_entries=64, show_spinner=False)
def _first_sentences(path: str, number: int, _entry: Entry) -> list[Sentence]:
    return list(open_corpus(_entry.fingerprint or _entry.name, limit=number, workspace=workspace()))


def first_sentences(one: Entry, number: int) -> list[Sentence]:
    """The first sentences of a corpus in each of its languages, translations of each other where there are such.

    Raises:
        CorpusError: the corpus is damaged.
        StoreError: the same.
    """
    return _first_sentences(str(one.path), number, one)  # the folder is named by the content


def tables(config: AnalyzeConfig) -> tuple[dict[str, pd.DataFrame] | None, tuple[ExtractConfig, ...]]:
    """The stored tables of an analysis, not to be changed, and the extractions whose space is not stored.

    Raises:
        EmbspaceError: the corpus or a checkpoint is not possible, or what is stored is damaged.
    """
    room = workspace()
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
        kept = _complete_tables()
        kept[where] = found
        while len(kept) > 64:
            kept.pop(next(iter(kept)))
    return found, missing


def result_of(job: Job) -> dict[str, pd.DataFrame] | None:
    """The tables that a finished job has stored, by the key that it gave them, not to be changed; None: they are gone.

    The job's process read the code of the analysis anew: its key may be another than this process would give.
    """
    key = str((job.result or {}).get("result", ""))
    if key and key not in _complete_tables() and (found := read_result(workspace().results, key)) is not None:
        _complete_tables()[key] = found
    return _complete_tables().get(key)


def predictions(config: PredictConfig, sentences: Corpus) -> pd.DataFrame | None:
    """The stored labels of some sentences by a checkpoint of this machine, not to be changed; None: there are none.

    Raises:
        EncoderError: there is no such checkpoint.
    """
    if not is_local(config.checkpoint):
        return None  # the hub would have to be asked
    key, kept = predictions_key(config, sentences), _complete_tables()
    if key not in kept and (found := read_result(workspace().results, key)) is not None:
        kept[key] = found
    return next(iter(kept[key].values())) if key in kept else None


@st.cache_resource(show_spinner=False)
def _complete_tables() -> dict[str, dict[str, pd.DataFrame]]:
    """Tables of analyses by what made them: read-only, shared by all sessions, the oldest forgotten."""
    return {}


def points(config: ProjectConfig) -> int:
    """How many points a map has in each layer.

    Raises:
        EmbspaceError: the sentences are not possible.
    """
    return points_of(config.extract, corpus(config.extract))


def maps(config: ProjectConfig) -> Maps | None:
    """What is stored of the maps behind a view, all layers or the first ones done; None: not one yet.

    Raises:
        EmbspaceError: the words, the checkpoint or the settings are not possible, or what is stored is damaged.
    """
    room = workspace()
    sentences = corpus(config.extract)
    links = links_fingerprint(config.extract.corpus, room) if config.turned else ""
    weights = [weights_key(name) for name in (config.extract.checkpoint, *config.beside)]
    where = fingerprint([to_json(config), sentences.fingerprint, links, weights, str(room.root)])
    if (found := _complete_maps().get(where)) is not None:
        return found
    check_settings(config, points_of(config.extract, sentences))
    spaces = []
    for name in (config.extract.checkpoint, *config.beside):
        space = find_space(replace(config.extract, checkpoint=name), sentences, room)
        if space is None:
            break
        spaces.append(space)
    found = read_maps(config, prepare(config, spaces, room), room) if spaces else None
    if found and found.complete:
        kept = _complete_maps()
        kept[where] = found
        while len(kept) > 16:
            kept.pop(next(iter(kept)))
    return found


def step_maps(config: ProjectConfig) -> Maps | None:
    """The maps of the stored spaces that a config names, in the layers that it names; None: not all are placed yet.

    Raises:
        EmbspaceError: a space is gone or damaged, or the settings are not possible.
    """
    room = workspace()
    where = fingerprint([to_json(config), str(room.root), "steps"])
    if (found := _complete_maps().get(where)) is not None:
        return found
    found = read_layers(config, open_spaces(config, room), room)
    if found is not None:
        _complete_maps()[where] = found
    return found


def stored_predictions() -> dict[str, StoredPredictions]:
    """The predictions that are stored, the latest first, by name."""
    return _stored_predictions(str(workspace().root))


@st.cache_data(ttl=5, show_spinner=False)
def _stored_predictions(root: str) -> dict[str, StoredPredictions]:
    return {one.name: one for one in read_stored_predictions(Workspace(Path(root)))}


def trainings() -> list[Training]:
    """The trainings whose spaces or predictions are stored, the latest first."""
    return read_trainings(workspace(), _read_logs(str(workspace().root)))


@st.cache_resource(show_spinner=False)
def _read_logs(root: str) -> dict[str, Any]:
    return {}


def step_cosines() -> dict[str, pd.DataFrame]:
    """Mean cosines of spaces, `isotropy` without intervals, by their folders: whoever measures a space adds it."""
    return _step_cosines()


@st.cache_resource(show_spinner=False)
def _step_cosines() -> dict[str, pd.DataFrame]:
    return {}


def study_outputs(folder: StudyFolder) -> list[StoredOutput]:
    """What a study came to so far, not to be changed.

    Raises:
        StoreError: its record is missing or damaged.
    """
    files = [folder.path / RECORD, *sorted(folder.path.glob(f"*/{OUTPUT}"))]
    return _study_outputs(str(folder.path), tuple((str(path), path.stat().st_mtime_ns) for path in files))


@st.cache_resource(max_entries=8, show_spinner=False)
def _study_outputs(path: str, changed: tuple[tuple[str, int], ...]) -> list[StoredOutput]:
    return StudyFolder(Path(path)).read()


@st.cache_resource(show_spinner=False)
def _complete_maps() -> dict[str, Maps]:
    """Open maps by what they show: read-only, shared by all sessions, the oldest forgotten."""
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
