"""Which labels of words an analysis goes by: those that the sentences have."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import streamlit as st

import state
from embspace.corpora.records import Corpus
from subject import Question


@lru_cache(maxsize=16)
def known_labels(corpus: Corpus) -> tuple[str, ...]:
    """Language, and of entities their type and name where every sentence has one, else of words their tag."""
    if corpus and all(one.entity is not None for one in corpus):
        return "language", "type", "entity"
    return ("language", "tag") if any(one.tags for one in corpus) else ("language",)


def pick_factor(asked: Question) -> Question:
    """What languages are compared with; nothing to choose where there is one label alone."""
    labels = known_labels(state.corpus(asked.config().spaces[0]))[1:]
    given = asked.settings.get("by", ("language", "type"))
    other = next((one for one in given if one in labels), labels[0] if labels else "type")
    if len(labels) > 1:
        other = _pick("Language or", labels, other, "by")
    settings = {name: value for name, value in asked.settings.items() if name != "by"}
    return replace(asked, settings=settings if other == "type" else {**settings, "by": ("language", other)})


def pick_target(asked: Question) -> Question:
    """What a probe tells."""
    labels = [one for one in known_labels(state.corpus(asked.config().spaces[0])) if one != "entity"]
    given = asked.settings.get("target", "language")
    target = given if given in labels else labels[0]
    if len(labels) > 1:
        target = _pick("Tells the", labels, target, "target")
    settings = {name: value for name, value in asked.settings.items() if name != "target"}
    return replace(asked, settings=settings if target == "language" else {**settings, "target": target})


def _pick(label: str, options: tuple[str, ...] | list[str], value: str, name: str) -> str:
    key = state.question_key(f"{name}_{'_'.join(options)}")
    return st.segmented_control(label, options, default=value, required=True, key=key) or value
