"""What is in a corpus: counts, its first sentences with words marked by their tags, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import state
from embspace.corpora.catalog import remove
from embspace.corpora.entries import RECORDS, SYNTHETIC, Entry
from embspace.corpora.records import Entailment, Question, Sentence
from embspace.errors import EmbspaceError
from embspace.figures.theme import by_family, category_colors, language_name
from widgets.say import plain, say_error
from widgets.show_records import record_rows
from widgets.show_space import facts

SHOWN = 20
"""sentences of all languages together, at most"""
LEAST = 3
"""pairs or questions of each language, at least: a label of each kind"""
LONGEST = 600
"""characters of a sentence that are shown"""
T = TypeVar("T", Sentence, Entailment | Question)
_NO_TAG = {"O", "_", ""}


def show_corpus(one: Entry) -> None:
    """Tabs: its first records and sentences, what is known of it, and lines that open it."""
    if one.problem:
        say_error(one.problem)
        return
    kept = [RECORDS[one.records].capitalize()] if one.records else []
    *records, sentences, known, python = st.tabs([*kept, "Sentences", "What is known", "The same in Python"])
    for tab in records:
        _first(tab, one, state.first_records, record_rows, least=LEAST)
    _first(sentences, one, state.first_sentences, sentence_rows)
    known.html(f'<div class="facts">{facts(about(one))}{facts(counts(one))}</div>')
    if one.path is not None:
        known.code(str(one.path), language=None)
    python.code(opening_lines(one), language="python")


def opening_lines(one: Entry) -> str:
    """Python that opens a corpus, and what of it is learned from."""
    opened = "es.synthetic_ner()" if one.name == SYNTHETIC else f"es.corpus({one.name!r})"
    lines = ["import embspace as es", "", f"corpus = {opened}", 'space = es.extract("mini", corpus)']
    if one.records:
        what, verb = ("pairs", "open_entailments") if one.records == "nli" else ("questions", "open_questions")
        lines.insert(1, f"from embspace.corpora.catalog import {verb}")
        lines.append(f"{what} = {verb}({one.name!r})")
    return "\n".join(lines)


def _first(
    tab: DeltaGenerator,
    one: Entry,
    read: Callable[[Entry, int], Sequence[T]],
    rows: Callable[[Sequence[T]], str],
    least: int = 1,
) -> None:
    """The first of what a corpus has, as many in each language, or why they cannot be read."""
    each = max(least, SHOWN // len(one.languages))
    with tab:
        try:
            found = read(one, each)
        except EmbspaceError as error:
            say_error(str(error))
            return
        by_code = {code: [of for of in found if of.language == code][:each] for code in by_family(one.languages)}
        with st.container(height=430, border=False):
            st.html(rows([of for some in by_code.values() for of in some]))


def about(one: Entry) -> dict[str, str]:
    """What is known of a corpus, in words."""
    found = {
        "What it is": one.title,
        "Format": one.format,
        "License": one.license or ("" if one.shipped else "not said"),
        "Parallel": f"{one.groups:,} sentences are translated" if one.groups else "",
        "Alignment": f"{one.links:,} links of words" if one.links else "",
        "Learned from": f"{one.n_records:,} {RECORDS[one.records]}" if one.records else "",
        "Entities": f"marked in {one.entities:,} sentences" if one.entities else "",
        "Tags": ", ".join(one.tags[:24]) + (", ..." if len(one.tags) > 24 else ""),
        "Files": "" if one.shipped else ", ".join(one.origin),
        "Added": one.added.replace("T", " ").partition("+")[0],
        "Content": one.fingerprint,
    }
    return {name: value for name, value in found.items() if value}


def counts(one: Entry) -> dict[str, str]:
    """Sentences and words of each language."""
    if not one.sentences:
        return {language_name(code): "drawn on demand" for code in by_family(one.languages)}
    return {
        language_name(code): f"{one.sentences[code]:,} sentences, {one.words.get(code, 0):,} words"
        for code in by_family(one.sentences)
    }


def sentence_rows(sentences: Sequence[Sentence]) -> str:
    """An HTML table of sentences, words marked by the colors of their tags; every text is escaped."""
    colors = category_colors(sorted({kind for one in sentences for kind in kinds(one) if kind not in _NO_TAG}))
    rows = "".join(
        f'<tr><td>{escape(language_name(one.language))}</td><td lang="{escape(one.language)}" dir="auto">'
        f"{tagged(one, colors)}</td></tr>"
        for one in sentences
    )
    return f'<table class="sentences tagged"><tbody>{rows}</tbody></table>'


def kinds(one: Sentence) -> list[str]:
    """What each word is marked with: the type of the entity that it belongs to, or its tag."""
    if one.tags is not None:
        return [tag[2:] if tag[:2] in ("B-", "I-") else tag for tag in one.tags]
    found = ["O"] * len(one.words)
    if one.entity:
        found[one.entity.start : one.entity.stop] = [one.entity.type] * (one.entity.stop - one.entity.start)
    return found


def tagged(one: Sentence, colors: dict[str, str]) -> str:
    """The text of a sentence as HTML, runs of words of one entity marked with its color and its type."""
    parts, at = [], 0
    for start, stop, kind in _runs(one):
        if start >= LONGEST:
            break
        mark = f'<mark style="background: {colors[kind]}38" title="{escape(kind)}">{escape(one.text[start:stop])}'
        parts += [escape(one.text[at:start]), f"{mark}<sub>{escape(kind)}</sub></mark>"]
        at = max(at, stop)
    rest = one.text[at:] if len(one.text) <= LONGEST else f"{one.text[at:LONGEST]} ..."
    return "".join([*parts, escape(rest)])


def _runs(one: Sentence) -> Iterable[tuple[int, int, str]]:
    """(start, stop, kind) of what is marked, in characters; words that share their place are marked once."""
    found: list[tuple[int, int, str]] = []
    tags = one.tags or ()
    for number, ((start, stop), kind) in enumerate(zip(one.offsets, kinds(one), strict=True)):
        goes_on = (number < len(tags) and tags[number].startswith("I-")) or (not tags and number)
        if kind in _NO_TAG or (found and start < found[-1][1]):
            continue
        if goes_on and found and found[-1][2] == kind and not one.text[found[-1][1] : start].strip():
            found[-1] = (found[-1][0], stop, kind)
        else:
            found.append((start, stop, kind))
    return found


@st.dialog("Remove this corpus?", on_dismiss="rerun")
def ask_remove(one: Entry) -> None:
    """Say what goes; remove it when that is wanted."""
    state.in_dialog(True)
    count = sum(one.sentences.values())
    st.markdown(f"**{plain(one.name)}**" + (f", {count:,} sentences" if count else ""))
    st.caption("Spaces that were made from it keep their sentences. The files that it was read from stay.")
    if st.button("Remove", key="remove_now", type="primary"):
        try:
            remove(one.fingerprint, state.workspace())
        except EmbspaceError as error:
            say_error(str(error))
            return
        state.choose_row("corpus", None)
        st.rerun()
