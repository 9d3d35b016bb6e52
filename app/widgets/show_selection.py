"""The sentences behind selected points."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

import selections
import state
from choice import Choice
from embspace.errors import EmbspaceError
from embspace.figures.theme import language_name
from embspace.workflows.analyses import find_analysis
from stored import Maps
from subject import Question, subject_of
from widgets.download import table_bytes
from widgets.say import plain, say_error

VIEWS = Path(__file__).parents[1] / "views"
MOST = 300
"""rows on the screen; the file has all"""
MOST_KINDS = 6
"""types or tags that are counted by name"""
LONGEST = 300
"""letters of a sentence that are shown"""
COLUMNS = ["language", "type", "tag", "text", "context", "n_pieces", "pieces", "parallel"]


PAGES = {"neighbors": "Neighbors", "tokenization": "Tokenization"}
"""file in views -> title: pages that take a selection by the query parameter of that name"""


def show_selection(rows: pd.DataFrame, maps: Maps, view: Choice, saved: str = "") -> str:
    """Counts, sentences with the word marked, a file of them, a name to keep them, and pages that take them by it.

    Args:
        rows: of the map.
        maps: that they were picked from.
        view: of the map.
        saved: the name that they have already.

    Returns:
        The name under which they were saved just now, or before; empty: they have none.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        what = f"**{saved}**" if saved else "**selected**"
        st.markdown(f"**{len(rows):,}** {what} · {plain(counts(rows))}", width="stretch")
        if not saved:
            saved = _save(rows, maps)
        for file, title in PAGES.items():
            if saved and (VIEWS / f"{file}.py").exists() and taken(file, view):
                address = Question(file, subject_of(replace(view, selection=saved))).to_address()
                st.page_link(f"views/{file}.py", label=title, query_params=address)
        st.download_button(
            "CSV",
            lambda: table_bytes(rows.loc[:, COLUMNS].dropna(axis="columns", how="all")),
            "selection.csv",
            "text/csv",
            key=state.key("selection_csv"),
            on_click="ignore",
        )
    with st.container(height=360, border=False):
        st.html(sentence_table(rows.head(MOST)))
    if len(rows) > MOST:
        st.caption(f"The first {MOST} of {len(rows):,}; the CSV has all.")
    return saved


def taken(analysis: str, view: Choice) -> bool:
    """Whether an analysis is of the words of a view: all words, or what the corpus says."""
    return view.targets == "auto" or find_analysis(analysis).targets == view.targets


def _save(rows: pd.DataFrame, maps: Maps) -> str:
    """A field for a name; the name once it was saved under it."""
    name = st.text_input(
        "Name", key=state.key("selection_name"), placeholder="Name to save", label_visibility="collapsed", width=200
    )
    if not st.button("Save", key=state.key("selection_save"), disabled=not name.strip()):
        return ""
    try:
        selection = selections.select(name, maps.space, rows)
        selections.save(selection, state.workspace())
    except EmbspaceError as error:
        say_error(str(error))
        return ""
    return selection.name


def counts(rows: pd.DataFrame) -> str:
    """How many points of each type (or tag) and language, most first."""
    kinds = kinds_of(rows).value_counts()
    types = ", ".join(f"{name} {number:,}" for name, number in kinds.head(MOST_KINDS).items())
    rest = f", others {int(kinds.iloc[MOST_KINDS:].sum()):,}" if len(kinds) > MOST_KINDS else ""
    languages = ", ".join(
        f"{language_name(str(code))} {number:,}" for code, number in rows["language"].value_counts().items()
    )
    return f"{types}{rest} · {languages}" if types else languages


def kinds_of(rows: pd.DataFrame) -> pd.Series:
    """What is known of each word: the type of its entity, else its tag; missing where neither is known."""
    kinds = pd.Series(rows["type"], dtype=object)
    return kinds.where(kinds.notna(), pd.Series(rows["tag"], dtype=object)) if "tag" in rows.columns else kinds


def sentence_table(rows: pd.DataFrame) -> str:
    """An HTML table of sentences, long ones cut around the word; every text is escaped.

    Args:
        rows: `language type context start stop`, perhaps `tag`; a word from `start` to `stop` is marked.
    """
    kinds = kinds_of(rows)
    told = bool(kinds.notna().any())
    named = "Tag" if told and bool(rows["type"].isna().all()) else "Type"
    lines = []
    for (language, text, start, stop), kind in zip(
        rows.loc[:, ["language", "context", "start", "stop"]].itertuples(index=False), kinds.tolist(), strict=True
    ):
        known = f"<td>{'' if kind is None or kind != kind else escape(str(kind))}</td>" if told else ""
        lines.append(
            f"<tr><td>{escape(language_name(language))}</td>{known}"
            f'<td lang="{escape(language)}" dir="auto">{marked(*_cut(text, start, stop))}</td></tr>'
        )
    head = f"<tr><th>Language</th>{f'<th>{named}</th>' if told else ''}<th>Sentence</th></tr>"
    columns = "sentences" if told else "sentences two"
    return f'<table class="{columns}"><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table>'


def _cut(text: str, start: int, stop: int) -> tuple[str, int, int]:
    """A text with what lies far from a word left out, and where the word is in it then."""
    if len(text) <= LONGEST:
        return text, start, stop
    first, last = max(0, start - LONGEST // 2), min(len(text), stop + LONGEST // 2)
    head, tail = "… " if first else "", " …" if last < len(text) else ""
    moved = len(head) - first
    return f"{head}{text[first:last]}{tail}", start + moved, stop + moved


def marked(text: str, start: int, stop: int) -> str:
    """A text as HTML with the characters start <= i < stop marked."""
    word = f"<mark>{escape(text[start:stop])}</mark>" if start < stop else ""
    return f"{escape(text[:start])}{word}{escape(text[stop:])}"
