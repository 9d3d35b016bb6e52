"""Which sentences of a corpus are labelled."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import most_contexts
from embspace.corpora.entries import SYNTHETIC
from embspace.corpora.templates import CODES
from embspace.figures.theme import by_family, language_name
from labelling import Labelling
from widgets.pick_subject import usual_number


def pick_tagged(view: Labelling, *, tagged: bool) -> Labelling:
    """A corpus, its languages, and how many of its sentences; `tagged`: those with gold tags alone."""
    entries = {one.name: one for one in state.catalog() if not one.problem}
    names = [name for name, one in entries.items() if name == SYNTHETIC or one.tags or not tagged]
    known = list(dict.fromkeys([*names, view.corpus]))
    corpus = st.selectbox(
        "Corpus",
        known,
        known.index(view.corpus),
        format_func=lambda name: "SyntheticNER" if name == SYNTHETIC else name,
        key=state.labelling_key("corpus"),
        help="The half of SyntheticNER that no name in training is of, or any corpus of the page Corpora"
        + (" with tags." if tagged else "."),
    )
    if corpus != view.corpus:
        entry = entries.get(corpus)
        view = replace(view, corpus=corpus, languages=(), only="", sentences=usual_number(entry) if entry else None)
    entry = entries.get(corpus)
    codes = CODES if corpus == SYNTHETIC else entry.languages if entry else view.languages
    if len(codes) > 1:
        picked = st.multiselect(
            "Languages",
            by_family(codes),
            [code for code in by_family(codes) if code in view.languages],
            format_func=language_name,
            key=state.labelling_key(f"languages_{corpus}"),
            placeholder="All",
        )
        view = replace(view, languages=tuple(code for code in codes if code in picked))
    drawn = corpus == SYNTHETIC
    count = st.number_input(
        "Sentences per type" if drawn else "Sentences",
        1,
        most_contexts(()) if drawn else None,
        view.per_type if drawn else view.sentences,
        key=state.labelling_key(f"count_{corpus}"),
        placeholder="all",
        help="Per language and entity type." if drawn else "The first so many translated ones, or of each language.",
    )
    return replace(view, per_type=count or view.per_type) if drawn else replace(view, sentences=count)
