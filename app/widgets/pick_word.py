"""A word to ask for: typed, or clicked in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import streamlit as st

import selections
import state
from embspace.corpora.records import Corpus, Sentence
from embspace.errors import EmbspaceError, SettingsError
from embspace.figures.excerpts import excerpt, right_to_left
from embspace.figures.theme import language_name
from subject import Question
from widgets.say import plain, say_error

MOST = 300
"""sentences to choose from"""
LONGEST = 60


def pick_word(asked: Question) -> Question:
    """A field for a word, the sentences that have it, and the words of one of them to click; the query is a row.

    The vectors are of all words of all sentences in their order, so that a row is told without them.
    """
    corpus = state.corpus(asked.config().spaces[0])
    starts = first_rows(corpus)
    row = asked.settings.get("query")
    row = row if isinstance(row, int) and 0 <= row < starts[-1] else start_row(corpus, starts)
    number = int(np.searchsorted(starts, row, side="right")) - 1
    typed = st.text_input(
        "Word",
        key=state.question_key("word"),
        placeholder="Type a word",
        label_visibility="collapsed",
        width=170,
        help="As it is written; then click any word of the sentence.",
    ).strip()
    spoken = pick_language(corpus, typed) if typed else ""
    known = sentences_with(corpus, typed, spoken) if typed else selected(asked, corpus) or nearby(corpus, number)
    if not known:
        st.caption(plain(f"No sentence has the word “{typed}”."))
        known = nearby(corpus, number)
        typed = ""
    if number not in known:
        number = known[0]
    picked = st.selectbox(
        "Sentence",
        known,
        known.index(number),
        format_func=lambda one: label(corpus[one], typed),
        key=state.question_key(f"sentence_{typed}_{spoken}"),
        label_visibility="collapsed",
        width=420,
    )
    number = number if picked is None else picked
    # What was typed counts until a word is clicked: the pills of a word and sentence are a widget of their own.
    if typed or not starts[number] <= row < starts[number + 1]:
        row = int(starts[number]) + place_of(corpus[number], typed)
    row = int(starts[number]) + click_word(corpus[number], number, typed, row - int(starts[number]))
    return replace(asked, settings={**asked.settings, "query": row})


def pick_language(corpus: Corpus, word: str) -> str:
    """The language that a typed word is meant in, where it stands in several; "" where it does not matter."""
    codes = languages_with(corpus, word.casefold())
    if len(codes) < 2:
        return ""
    picked = st.selectbox(
        "Language of the word",
        ["", *codes],
        format_func=lambda code: f"in {language_name(code)}" if code else f"in {len(codes)} languages",
        key=state.question_key(f"language_of_{word}"),
        label_visibility="collapsed",
        width=170,
    )
    return picked or ""


def selected(asked: Question, corpus: Corpus) -> list[int]:
    """The sentences of the selection that the address names, by number; none: no selection, or of other sentences."""
    name = asked.subject.selection
    if not name:
        return []
    try:
        found = selections.load(name, state.workspace())
        if found.corpus_fingerprint != corpus.fingerprint:
            raise SettingsError(f"The selection {name!r} was picked from other sentences, of {found.corpus!r}.")
    except EmbspaceError as error:
        say_error(str(error))
        return []
    numbers = sorted({int(number) for number in found.words["sentence"]})
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(name)}** · {len(numbers):,} sentences", width="content")
        st.button("Show all", key=state.question_key("show_all"), on_click=state.drop_selection, args=(asked,))
    return numbers[:MOST]


def click_word(sentence: Sentence, number: int, typed: str, place: int) -> int:
    """The words of a sentence as pills in the direction of their script; the number of the one that is chosen."""
    way = "rtl" if right_to_left(sentence.text) else "ltr"
    # Streamlit tells pills apart by their text, so that a word's second occurrence needs another: an unseen mark more.
    labels = [escaped(word) + "\u200b" * sentence.words[:at].count(word) for at, word in enumerate(sentence.words)]
    with st.container(key=f"sentence_{way}", width="stretch"):
        picked = st.pills(
            "Words",
            range(len(sentence.words)),
            default=place,
            format_func=labels.__getitem__,
            key=state.question_key(f"word_of_{number}_{typed}"),
            label_visibility="collapsed",
            required=True,
        )
    return place if picked is None else picked


@lru_cache(maxsize=16)
def first_rows(corpus: Corpus) -> np.ndarray:
    """(sentences + 1,) the number of each sentence's first word among all words."""
    return np.concatenate([[0], np.cumsum([len(one.words) for one in corpus])]).astype(np.int64)


def start_row(corpus: Corpus, starts: np.ndarray) -> int:
    """The entity, or the longest word, of the first English sentence; of the first of all where none is English."""
    number = next((at for at, one in enumerate(corpus) if one.language == "en"), 0)
    return int(starts[number]) + place_of(corpus[number], "")


def place_of(sentence: Sentence, typed: str) -> int:
    """The word that is meant in a sentence: as typed, its entity, or the longest."""
    folded = [word.casefold() for word in sentence.words]
    if typed.casefold() in folded:
        return folded.index(typed.casefold())
    if sentence.entity is not None:
        return sentence.entity.start
    return max(range(len(folded)), key=lambda at: len(folded[at]))


@lru_cache(maxsize=64)
def languages_with(corpus: Corpus, folded: str) -> tuple[str, ...]:
    """The languages in which a folded word stands, by how often."""
    counts: dict[str, int] = {}
    for one in corpus:
        if any(folded == own.casefold() for own in one.words):
            counts[one.language] = counts.get(one.language, 0) + 1
    return tuple(sorted(counts, key=lambda code: -counts[code]))


def sentences_with(corpus: Corpus, word: str, language: str = "") -> list[int]:
    """The first sentences that have a word, by number, in a language if one is given; case does not count."""
    folded = word.casefold()
    found = []
    for at, one in enumerate(corpus):
        if language not in ("", one.language):
            continue
        if any(folded == own.casefold() for own in one.words):
            found.append(at)
            if len(found) == MOST:
                break
    return found


def nearby(corpus: Corpus, number: int) -> Sequence[int]:
    """A sentence and those around it in its language."""
    language = corpus[number].language
    own = [at for at, one in enumerate(corpus) if one.language == language and one.words]
    place = own.index(number)
    first = max(0, min(place - MOST // 2, len(own) - MOST))
    return own[first : first + MOST]


def label(sentence: Sentence, typed: str) -> str:
    """The language and what stands around the word."""
    start, stop = sentence.offsets[place_of(sentence, typed)]
    mark = "\u2067" if right_to_left(sentence.text) else "\u2066"
    return f"{language_name(sentence.language)}: {mark}{''.join(excerpt(sentence.text, start, stop, LONGEST))}\u2069"


def escaped(word: str) -> str:
    """A word as it stands where Markdown is read."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()<>#+-.!|~$:^" else letter for letter in word) or "·"
