"""Corpora that all sessions share, read once."""

from __future__ import annotations

import streamlit as st

from embspace.corpora.catalog import catalog as all_corpora
from embspace.corpora.catalog import (
    choose,
    find_entry,
    links_fingerprint,
    open_corpus,
    open_entailments,
    open_links,
    open_questions,
)
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.records import Corpus, Entailment, Question, Sentence
from embspace.storage import fingerprint
from embspace.workflows.extract import ExtractConfig, make_corpus
from embspace.workspace import current_workspace


def corpus(config: ExtractConfig) -> Corpus:
    """The sentences behind a view.

    Raises:
        CorpusError: a word or language is unknown, or more contexts are asked for than there are.
    """
    # A name may be given to other sentences later; they have another fingerprint.
    content = "" if config.corpus == SYNTHETIC else find_entry(config.corpus, current_workspace()).fingerprint
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
        choose(config.corpus, config.languages, current_workspace())


def catalog() -> list[Entry]:
    """Every corpus that there is."""
    return all_corpora(current_workspace())


def entry(name: str) -> Entry | None:
    """The corpus of a name; None: there is none, or it cannot be opened."""
    return next((one for one in catalog() if one.name == name and not one.problem), None)


@st.cache_resource(max_entries=64, show_spinner=False)
def _first_sentences(path: str, number: int, _entry: Entry) -> list[Sentence]:
    return list(open_corpus(_entry.fingerprint or _entry.name, limit=number, workspace=current_workspace()))


def first_sentences(one: Entry, number: int) -> list[Sentence]:
    """The first sentences of a corpus in each of its languages, translations of each other where there are such.

    Raises:
        CorpusError: the corpus is damaged.
        StoreError: the same.
    """
    return _first_sentences(str(one.path), number, one)  # the folder is named by the content


@st.cache_resource(max_entries=64, show_spinner=False)
def _first_records(path: str, number: int, _entry: Entry) -> list[Entailment | Question]:
    opening = open_entailments if _entry.records == "nli" else open_questions
    return list(opening(_entry.fingerprint or _entry.name, limit=number, workspace=current_workspace()))


def first_records(one: Entry, number: int) -> list[Entailment | Question]:
    """The first pairs or questions of a corpus that keeps such, in each of its languages.

    Raises:
        CorpusError: the corpus is damaged.
        StoreError: the same.
    """
    return _first_records(str(one.path), number, one)  # the folder is named by the content


def aligned_pairs(one: Entry, source: str) -> dict[str, int]:
    """Language -> how many sentences of a corpus have words aligned to those of their translation in the source.

    Raises:
        CorpusError: a shipped file was changed.
        StoreError: a file of an added corpus is damaged.
    """
    content = links_fingerprint(one.fingerprint or one.name, current_workspace())
    return _aligned_pairs(str(one.path), content, source, one)


@st.cache_resource(max_entries=64, show_spinner=False)
def _aligned_pairs(path: str, content: str, source: str, _entry: Entry) -> dict[str, int]:
    links = open_links(_entry.fingerprint or _entry.name, current_workspace())
    if links is None:
        return {}
    counts: dict[str, int] = {}
    for here, there in (("language_a", "language_b"), ("language_b", "language_a")):
        own = links.loc[links[here] == source].groupby(there, sort=False)["parallel"].nunique()
        for code, count in own.items():
            counts[str(code)] = counts.get(str(code), 0) + int(count)
    return counts
