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
from stored import Maps
from subject import Question, subject_of
from widgets.download import table_bytes
from widgets.say import plain, say_error

VIEWS = Path(__file__).parents[1] / "views"
SHOWN = ["language", "type", "context", "start", "stop"]
MOST = 300
"""rows on the screen; the file has all"""
COLUMNS = ["language", "type", "text", "context", "n_pieces", "pieces", "parallel"]


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
            if saved and (VIEWS / f"{file}.py").exists():
                address = Question(file, subject_of(replace(view, selection=saved))).to_address()
                st.page_link(f"views/{file}.py", label=title, query_params=address)
        st.download_button(
            "CSV",
            lambda: table_bytes(rows.loc[:, COLUMNS]),
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
    """How many points of each type and language, most first."""
    types = ", ".join(f"{name} {number}" for name, number in rows["type"].value_counts().items())
    languages = ", ".join(
        f"{language_name(str(code))} {number}" for code, number in rows["language"].value_counts().items()
    )
    return f"{types} · {languages}"


def sentence_table(rows: pd.DataFrame) -> str:
    """An HTML table of sentences; every text is escaped."""
    lines = [
        f"<tr><td>{escape(language_name(language))}</td><td>{escape(str(kind))}</td>"
        f'<td lang="{escape(language)}" dir="auto">{marked(text, start, stop)}</td></tr>'
        for language, kind, text, start, stop in rows.loc[:, SHOWN].itertuples(index=False)
    ]
    head = "<tr><th>Language</th><th>Type</th><th>Sentence</th></tr>"
    return f'<table class="sentences"><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table>'


def marked(text: str, start: int, stop: int) -> str:
    """A text as HTML with the characters start <= i < stop marked."""
    return f"{escape(text[:start])}<mark>{escape(text[start:stop])}</mark>{escape(text[stop:])}"
