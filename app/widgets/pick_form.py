"""A written word of the sentences to look at, chosen or typed."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache

import streamlit as st

import state
from embspace.corpora.records import Corpus
from subject import Question
from widgets.say import plain

OFFERED = 300
"""words in the menu; any other can be typed"""


def pick_form(asked: Question) -> Question:
    """A menu of words, or of entities where every sentence has one; a word that no sentence has is not asked for."""
    forms = known_forms(state.corpus(asked.config().spaces[0]))
    given = str(asked.settings.get("word", ""))
    usual = forms.get(given.casefold(), "") or start_form(state.corpus(asked.config().spaces[0]), forms)
    offered = list(dict.fromkeys([usual, *list(forms.values())[:OFFERED]]))
    typed = st.selectbox(
        "Word",
        offered,
        0,
        key=state.question_key("form"),
        label_visibility="collapsed",
        accept_new_options=True,
        width=240,
        help="Chosen, or typed as it is written in any of the languages.",
    )
    word = forms.get((typed or usual).strip().casefold())
    if word is None:
        near = ", ".join(forms[one] for one in get_close_matches(str(typed).casefold(), list(forms)[:50_000], 3))
        st.caption(plain(f"No sentence has the word “{typed}”." + (f" Near are {near}." if near else "")))
    return replace(asked, settings={**asked.settings, "word": word or usual})


@lru_cache(maxsize=16)
def known_forms(corpus: Corpus) -> dict[str, str]:
    """Folded -> as it is first written: the entities, where every sentence has one, else all words."""
    found: dict[str, str] = {}
    entities = all(one.entity is not None for one in corpus)
    for one in corpus:
        if entities and one.entity is not None:
            starts, stops = one.offsets[one.entity.start], one.offsets[one.entity.stop - 1]
            found.setdefault(one.text[starts[0] : stops[1]].casefold(), one.text[starts[0] : stops[1]])
        else:
            for word in one.words:
                found.setdefault(word.casefold(), word)
    return found


def start_form(corpus: Corpus, forms: dict[str, str]) -> str:
    """The entity, or the longest word, of the first English sentence; of the first of all where none is English."""
    sentence = next((one for one in corpus if one.language == "en"), corpus[0])
    if sentence.entity is not None:
        start, stop = sentence.offsets[sentence.entity.start][0], sentence.offsets[sentence.entity.stop - 1][1]
        if (word := forms.get(sentence.text[start:stop].casefold())) is not None:
            return word
    return max(sentence.words, key=len)
