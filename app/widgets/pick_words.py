"""What is looked at: words, languages, and how many sentences of each."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import Choice, all_words, most_contexts
from embspace.corpora.languages import LANGUAGES
from embspace.corpora.synthetic_ner import find_entities
from embspace.corpora.templates import CODES
from embspace.figures.theme import by_family


def pick_words(view: Choice) -> Choice:
    """Pickers of words, languages and contexts; an empty one says so and keeps what was shown."""
    words = st.multiselect("Words", all_words(), view.words, key=state.key("words"), placeholder="Choose a name")
    languages = st.pills(
        "Languages",
        by_family(CODES),
        default=view.languages,
        selection_mode="multi",
        format_func=lambda code: LANGUAGES[code].name,
        key=state.key("languages"),
    )
    if not words or not languages:
        st.caption("Choose one word and one language or more.")
    words, languages = tuple(words) or view.words, tuple(code for code in CODES if code in languages) or view.languages
    most = most_contexts(words)
    per_type = st.number_input(
        "Contexts per type",
        1,
        most,
        min(view.per_type, most),
        key=state.key(f"per_type_{most}"),
        help=f"How many sentences each word stands in, per language and entity type. {most:,} is the most there are.",
    )
    types = sum(len(find_entities(word)) for word in words)
    count = types * per_type * len(languages)
    st.caption(f"{count:,} sentences")
    return replace(view, words=words, languages=languages, per_type=per_type)
