"""What is in a corpus: counts, its first sentences with words marked by their tags, and how it is opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st

import state
from embspace.corpora.catalog import remove
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.records import Sentence
from embspace.errors import EmbspaceError
from embspace.figures.theme import by_family, category_colors, language_name
from widgets.say import plain, say_error
from widgets.show_space import facts

SHOWN = 20
"""sentences of all languages together, at most"""
LONGEST = 600
"""characters of a sentence that are shown"""
_NO_TAG = {"O", "_", ""}


def show_corpus(one: Entry) -> None:
    """Tabs: its first sentences, what is known of it, and lines that open it."""
    if one.problem:
        say_error(one.problem)
        return
    sentences, known, python = st.tabs(["Sentences", "What is known", "The same in Python"])
    with sentences:
        each = max(1, SHOWN // len(one.languages))
        try:
            found = state.first_sentences(one, each)
        except EmbspaceError as error:
            say_error(str(error))
        else:
            with st.container(height=430, border=False):
                codes = by_family(one.languages)
                st.html(sentence_rows([of for code in codes for of in _in_language(found, code)[:each]]))
    known.html(f'<div class="facts">{facts(about(one))}{facts(counts(one))}</div>')
    if one.path is not None:
        known.code(str(one.path), language=None)
    opened = "es.synthetic_ner()" if one.name == SYNTHETIC else f"es.corpus({one.name!r})"
    python.code(f'import embspace as es\n\ncorpus = {opened}\nspace = es.extract("mini", corpus)', language="python")


def _in_language(sentences: Sequence[Sentence], code: str) -> list[Sentence]:
    return [one for one in sentences if one.language == code]


def about(one: Entry) -> dict[str, str]:
    """What is known of a corpus, in words."""
    found = {
        "What it is": one.title,
        "Format": one.format,
        "License": one.license or ("" if one.shipped else "not said"),
        "Parallel": f"{one.groups:,} sentences are translated" if one.groups else "",
        "Alignment": f"{one.links:,} links of words" if one.links else "",
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
