"""The sentences behind selected points."""

from __future__ import annotations

from html import escape

import pandas as pd
import state
import streamlit as st
from widgets.download import table_bytes

from embspace.corpora.languages import LANGUAGES

MOST = 300
"""rows on the screen; the file has all"""
COLUMNS = ["language", "type", "text", "context", "n_pieces", "pieces", "parallel"]


def show_selection(rows: pd.DataFrame) -> None:
    """Counts, sentences with the word marked, and a file of them."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{len(rows):,} selected** · {counts(rows)}")
        st.download_button(
            "CSV",
            lambda: table_bytes(rows[COLUMNS]),
            "selection.csv",
            "text/csv",
            key=state.key("selection_csv"),
            on_click="ignore",
        )
    with st.container(height=360, border=False):
        st.html(sentence_table(rows.head(MOST)))
    if len(rows) > MOST:
        st.caption(f"The first {MOST} of {len(rows):,}; the CSV has all.")


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
        f"<tr><td>{escape(language_name(row.language))}</td><td>{escape(str(row.type))}</td>"
        f'<td lang="{escape(row.language)}" dir="auto">{marked(row.context, row.start, row.stop)}</td></tr>'
        for row in rows.itertuples()
    ]
    head = "<tr><th>Language</th><th>Type</th><th>Sentence</th></tr>"
    return f'<table class="sentences"><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table>'


def marked(text: str, start: int, stop: int) -> str:
    """A text as HTML with the characters start <= i < stop marked."""
    return f"{escape(text[:start])}<mark>{escape(text[start:stop])}</mark>{escape(text[stop:])}"


def language_name(code: str) -> str:
    """The English name of a language, or its code."""
    return LANGUAGES[code].name if code in LANGUAGES else code
