"""Where a space comes from: the settings that make it again, proven by the fingerprint of its corpus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from choice import Choice, from_address, most_contexts
from embspace.corpora.catalog import find_entry
from embspace.corpora.entries import SYNTHETIC
from embspace.corpora.synthetic_ner import find_entities
from embspace.corpora.templates import CODES, TYPES
from embspace.errors import EmbspaceError
from embspace.spaces import store
from embspace.spaces.shelf import StoredSpace
from embspace.workflows.extract import ExtractConfig, make_corpus
from embspace.workflows.stored_space import find_space
from embspace.workspace import Workspace
from stored import points_of, weights_key

MOST_SENTENCES = 50_000
"""of a corpus that is made anew to compare"""
DEFAULTS = ExtractConfig()


@dataclass(frozen=True, slots=True)
class Origin:
    """How a space is made again, and how the Map shows it; None where that cannot be told."""

    config: ExtractConfig | None
    view: Choice | None


def find_origin(one: StoredSpace) -> Origin:
    """The settings of a space, and the view of the Map of its words."""
    config = find_config(one)
    return Origin(config, map_view(one, config))


def find_config(one: StoredSpace) -> ExtractConfig | None:
    """The settings of `embspace extract` that make a space again; None: it is of another corpus, or cannot be told.

    SyntheticNER is drawn anew (seed 0) with what its name and its sentences say, and counts as found only where the
    fingerprint is that of the recipe.
    """
    recipe = one.recipe
    named = re.fullmatch(r"SyntheticNER (train|test): (.*)", str(recipe.get("corpus")))
    if recipe.get("token_budget") != "auto":
        return None
    if not named:
        return _of_catalog(one)
    try:
        head = store.read_head(one.path)
        sentences = store.read_sentences(one.path, head, ("language", "entity_type", "entity_id")).to_pandas()
        if len(sentences) > MOST_SENTENCES:
            return None
        for config in _guesses(sentences, named[1], named[2]):
            if make_corpus(config).fingerprint == recipe["corpus_fingerprint"]:
                return _with_settings(config, one)
    except (EmbspaceError, KeyError, TypeError, ValueError):
        return None
    return None


def map_view(one: StoredSpace, config: ExtractConfig | None) -> Choice | None:
    """The view of the Map that shows a space; None: the Map makes no such space."""
    if config is None:
        return None
    workspace = Workspace(one.path.parents[1])
    try:
        words = tuple(dict.fromkeys(entity.names["en"] for name in config.entities for entity in find_entities(name)))
        view = Choice(
            words, config.languages or (), config.per_type, config.checkpoint, config.corpus, config.sentences
        )
        if config.corpus == SYNTHETIC and config.per_type > most_contexts(words):
            return None
        view, notices = from_address({name: _listed(value) for name, value in view.to_address().items()})
        corpus = make_corpus(view.extraction(), workspace)
        if notices or corpus.fingerprint != one.recipe["corpus_fingerprint"]:
            return None
        if points_of(view.extraction(), corpus) != one.n_words:
            view = replace(view, targets=one.recipe["targets"])
        made = find_space(view.extraction(), corpus, workspace)
    except EmbspaceError:
        return None
    if made is None or made.fingerprint != one.fingerprint:
        return None
    most = (one.n_words - 1) // 3
    if most < view.perplexity:
        view = replace(view, perplexity=float(most)) if most >= 1 else replace(view, method="pca")
    return view


def has_weights(one: StoredSpace) -> bool:
    """Whether what the checkpoint's name means now is what the space was made with; of the hub it is taken to be."""
    try:
        key = weights_key(one.recipe["checkpoint"])
    except EmbspaceError:
        return False
    return key is None or key == one.recipe["checkpoint_fingerprint"]


def _of_catalog(one: StoredSpace) -> ExtractConfig | None:
    """The settings where the recipe names a corpus of the catalog, and its sentences are still those."""
    recipe = one.recipe
    name, _, number = str(recipe.get("corpus")).partition(", first ")
    workspace = Workspace(one.path.parents[1])
    try:
        entry = find_entry(name, workspace)
        counts = [entry.sentences.get(code, 0) for code in recipe["languages"]]
        if entry.name == SYNTHETIC or sum(counts) > MOST_SENTENCES:
            return None
        codes = tuple(code for code in entry.languages if code in recipe["languages"])
        count = int(number) if number else None
        config = ExtractConfig(languages=None if codes == entry.languages else codes, corpus=name, sentences=count)
        if make_corpus(config, workspace).fingerprint != recipe["corpus_fingerprint"]:
            return None
        return replace(_with_settings(config, one), targets=recipe["targets"], tokenize_as=recipe["tokenize_as"])
    except (EmbspaceError, KeyError, TypeError, ValueError):
        return None


def _guesses(sentences: pd.DataFrame, split: str, title: str) -> Iterator[ExtractConfig]:
    """What may have made the sentences: by the names of entities, else by their ids; of all types, else of some."""
    languages = list(dict.fromkeys(sentences["language"].tolist()))
    first = sentences.loc[sentences["language"] == languages[0], ["entity_type", "entity_id"]]
    kinds_found, ids = first["entity_type"].tolist(), list(dict.fromkeys(first["entity_id"].tolist()))
    types = [one for one in TYPES if one in kinds_found]
    if not types:
        return
    count = kinds_found.count(types[0])
    base = ExtractConfig(languages=None if tuple(languages) == CODES else tuple(languages), split=split)
    some = () if tuple(types) == TYPES else (tuple(types),)
    if title == "all entities":
        for kinds in (None, *some):
            if kinds is not None or not some:
                yield replace(base, per_type=count, types=kinds)
        return
    of_type = {entity.id for name in ids for entity in find_entities(name) if entity.type == types[0]} & set(ids)
    for names in (tuple(title.split(", ")), tuple(ids)):
        for kinds in (None, *some):
            yield replace(base, entities=names, per_type=count // len(of_type), types=kinds)


def _with_settings(config: ExtractConfig, one: StoredSpace) -> ExtractConfig:
    """The rest of the recipe; what SyntheticNER gives by itself (entities, word by word) is left open."""
    recipe = one.recipe
    layers = recipe["layers"]
    return replace(
        config,
        checkpoint=recipe["checkpoint"],
        targets="auto" if recipe["targets"] == "entities" else recipe["targets"],
        tokenize_as="auto" if recipe["tokenize_as"] == "words" else recipe["tokenize_as"],
        pooling=recipe["pooling"],
        layers=layers if layers == "all" else tuple(layers),
        dtype=recipe["dtype"],
        stored_dtype=recipe["stored_dtype"],
        window=recipe["window"],
        overlap=recipe["overlap"],
    )


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
