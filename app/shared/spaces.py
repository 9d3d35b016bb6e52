"""Spaces and maps that all sessions share, opened once."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from embspace.corpora.catalog import links_fingerprint
from embspace.spaces.shelf import StoredSpace
from embspace.storage import fingerprint
from embspace.workflows.project import ProjectConfig, open_spaces, prepare
from embspace.workflows.settings import to_json
from embspace.workflows.stored_space import find_space
from embspace.workspace import current_workspace
from inventory import Words, last_change, read_words
from origin import Origin, find_origin
from shared.corpora import corpus
from shared.kept import remember
from stored import Maps, check_settings, points_of, read_layers, read_maps, weights_key

MOST = 16
"""open maps that are kept"""


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
    room = current_workspace()
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
        remember(_complete_maps(), where, found, MOST)
    return found


def step_maps(config: ProjectConfig) -> Maps | None:
    """The maps of the stored spaces that a config names, in the layers that it names; None: not all are placed yet.

    Raises:
        EmbspaceError: a space is gone or damaged, or the settings are not possible.
    """
    room = current_workspace()
    where = fingerprint([to_json(config), str(room.root), "steps"])
    if (found := _complete_maps().get(where)) is not None:
        return found
    found = read_layers(config, open_spaces(config, room), room)
    if found is not None:
        remember(_complete_maps(), where, found, MOST)
    return found


@st.cache_resource(show_spinner=False)
def _complete_maps() -> dict[str, Maps]:
    """Open maps by what they show: read-only, shared by all sessions, the oldest forgotten."""
    return {}
