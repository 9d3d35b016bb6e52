"""Errors of taggers: how many where, the sentences with what each reads in them, and their words on the Map."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import selections
import state
from embspace.analyses.wrong_words import error_counts
from embspace.corpora.records import Corpus
from embspace.errors import EmbspaceError
from embspace.figures.error_counts import error_counts_heatmap
from embspace.figures.tagged_text import MOST, tagged_html
from embspace.figures.theme import look
from errors_shown import selection_of
from label_lines import error_lines, label_command
from labelling import Labelling, map_address
from stored import points_of
from widgets.download import download
from widgets.say import say_error
from widgets.show_labels import HEIGHT, legend
from widgets.show_screen import BAR

FIGURE = "errors_figure"
"""key of the container of the figure"""
MAP = "views/projection.py"
NONE = "No sentence is like that. Choose another filter above."


def show_figure(words: pd.DataFrame, about: object) -> go.Figure:
    """Errors by language and type; `about` tells the words from others."""
    dark = state.dark()

    def make() -> go.Figure:
        return error_counts_heatmap(error_counts(words), dark=dark).update_layout(paper_bgcolor=look(dark).page)

    figure = state.figure("errors", (about, dark), make)
    with st.container(key=FIGURE):
        st.plotly_chart(figure, theme=None, key=state.labelling_key("figure"), config=BAR)
    return figure


def show_errors(
    view: Labelling, labels: pd.DataFrame, words: pd.DataFrame, sentences: Corpus, titles: Mapping[str, str]
) -> None:
    """The sentences of some wrong words, drawn with every reading, and a button for the Map.

    Args:
        view: that chose them.
        labels: of all systems, with a column `system`.
        words: rows of `wrong_words`.
        sentences: by their numbers.
        titles: system -> what a menu calls it; the first is A, the second B.
    """
    names = dict(zip(titles, "AB", strict=False))
    numbers = list(dict.fromkeys(words["sentence"].tolist()))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(numbers):,}** of {len(sentences):,} sentences", width="content")
        st.html(_readers(names, titles) + legend(labels), width="content")
        if st.button(
            "Show these words on the map",
            icon=":material/scatter_plot:",
            key=state.labelling_key("map"),
            disabled=not numbers,
            help="They are marked among all words of these sentences, in the space of A.",
        ):
            _to_map(view, words, sentences)
    if not numbers:
        st.caption(NONE)
        return
    with st.container(height=HEIGHT - 110, border=False):
        st.html(tagged_html(labels, sentences, sentences=numbers[:MOST], names=names))
    if len(numbers) > MOST:
        st.caption(f"The first {MOST} of {len(numbers):,} sentences; the files have all.")


def show_files(view: Labelling, figure: go.Figure, words: pd.DataFrame) -> None:
    """The figure and the wrong words as files, and lines that make them."""
    download(f"Errors of {view.checkpoint.rpartition('/')[2]}"[:80], figure, words, FIGURE)
    lines = st.expander("The same in Python")
    lines.code(error_lines(view), language="python")
    lines.caption("On the command line")
    commands = [label_command(view, one) for one in (view.checkpoint, view.beside) if one]
    lines.code("\n".join(commands), language="bash")


def _to_map(view: Labelling, words: pd.DataFrame, sentences: Corpus) -> None:
    try:
        chosen = selection_of(view, words, sentences)
        selections.save(chosen, state.workspace())
    except EmbspaceError as error:
        say_error(str(error))
        return
    points = points_of(view.extraction(), sentences)
    st.switch_page(MAP, query_params=map_address(view.map_view(chosen.name, points)))


def _readers(names: Mapping[str, str], titles: Mapping[str, str]) -> str:
    """Who is called what below the words, as HTML."""
    said = " · ".join(f"<b>{escape(name)}</b> {escape(titles[system])}" for system, name in names.items())
    return f'<div class="labels">{said}</div>'
