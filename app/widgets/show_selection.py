"""The sentences behind selected points."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

import state
from embspace.figures.theme import language_name
from widgets.download import table_bytes

SHOWN = ["language", "type", "context", "start", "stop"]
MOST = 300
"""rows on the screen; the file has all"""
COLUMNS = ["language", "type", "text", "context", "n_pieces", "pieces", "parallel"]


def show_selection(rows: pd.DataFrame) -> None:
    """Counts, sentences with the word marked, and a file of them."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{len(rows):,} selected** · {counts(rows)}")
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
