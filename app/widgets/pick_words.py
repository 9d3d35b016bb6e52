"""What is looked at: sentences of a corpus, and which of their words."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import TARGETS, Choice
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.synthetic_ner import find_entities
from embspace.corpora.templates import CODES, TYPES
from subject import subject_of, with_sentences
from widgets.pick_subject import pick_sentences

HELP = "A point for each marked entity, or for each word of every sentence."


def pick_words(view: Choice) -> Choice:
    """The pickers of corpus, languages and sentences that all pages have; words or entities; and how many there are."""
    view = with_sentences(view, pick_sentences(subject_of(view), state.key))
    entry = state.entry(view.corpus)
    view = _pick_targets(view, entry)
    st.caption(amount(view, entry))
    return view


def _pick_targets(view: Choice, entry: Entry | None) -> Choice:
    """Entities or words, where a corpus has both; what it says itself is `auto`."""
    all_marked = view.corpus == SYNTHETIC
    if entry is not None and not all_marked:
        if not entry.entities:
            return replace(view, targets="auto")
        all_marked = entry.entities == sum(entry.sentences.values())
    usual = "entities" if all_marked else "words"
    picked = st.segmented_control(
        "Points",
        ["entities", "words"],
        default=usual if view.targets == "auto" else view.targets,
        format_func=lambda one: TARGETS[one].capitalize(),
        key=state.key(f"targets_{view.corpus}"),
        help=HELP,
        required=True,
    )
    return replace(view, targets="auto" if picked in (usual, None) else picked)


def amount(view: Choice, entry: Entry | None) -> str:
    """How many sentences there are, and of running text about how many words."""
    if view.corpus == SYNTHETIC:
        kinds = sum(len(find_entities(word)) for word in view.words) if view.words else len(TYPES)
        return f"{kinds * view.per_type * len(view.languages or CODES):,} sentences"
    if entry is None or not entry.sentences:
        return ""
    codes = [code for code in view.languages or entry.languages if entry.sentences.get(code)]
    counts = {code: min(entry.sentences[code], view.sentences or entry.sentences[code]) for code in codes}
    words = sum(entry.words.get(code, 0) * count / entry.sentences[code] for code, count in counts.items())
    said = f"{sum(counts.values()):,} sentences"
    whole = all(count == entry.sentences[code] for code, count in counts.items())
    return f"{said}, {words:,.0f} words" if whole else f"{said}, about {words:,.0f} words"
