"""A page of an analysis: choose -> figure -> table -> download -> the same in Python, and what it shows.

A new page is a file in `app/views/` and a line in `app/main.py`:

    from widgets.show_analysis import show_analysis

    show_analysis("similarity", settings=("metric", "k"))

What the page says, computes and draws stands in `embspace.workflows.analyses`: add the analysis there first. `settings`
names those that get a widget in the row above the figure (by their types; the docstring's words are their help). A page
whose figure needs more gives `show`, which is called with what is on the screen instead of the usual figure and table:

    def show(screen: Screen) -> None: ...

    show_analysis("neighbors", show=show)

and one with controls of its own gives `pick`, which takes the question and returns it changed (`subject.Question`; keys
of widgets by `state.question_key`). The sidebar says what is looked at (`widgets/pick_subject.py`), shared by all pages
of analyses and kept in the address with the settings; the page offers to make what is not stored, follows the job, and
goes on by itself. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

import state
from embspace.corpora.entries import SYNTHETIC
from embspace.errors import EmbspaceError
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analysis import Analysis
from embspace.workflows.analyzed_runs import of_steps
from needs import lack
from screen import Screen, screens
from subject import Question
from widgets.make_tables import make_tables
from widgets.pick_screen import pick_drawn, pick_layer, pick_screen
from widgets.pick_settings import pick_settings
from widgets.pick_subject import pick_subject
from widgets.say import plain, say_error, say_notice
from widgets.show_about import show_about
from widgets.show_screen import show_screen

ALONE = "Choose a second checkpoint in the sidebar: a model before and after training, or two models."


def show_analysis(
    name: str,
    *,
    settings: Sequence[str] = (),
    pick: Callable[[Question], Question] | None = None,
    show: Callable[[Screen], None] | None = None,
    start: Callable[[Question], None] | None = None,
) -> None:
    """The page of an analysis.

    Args:
        name: of `workflows.analyses`.
        settings: that get a widget.
        pick: controls of the page's own, in the row above the figure.
        show: draws what is on the screen, instead of the usual figure, files and table.
        start: what stands there before an analysis is given the files that it needs.
    """
    entry = find_analysis(name)
    asked = state.question(name)
    for text in state.question_notices():
        say_notice(text)
    try:
        asked = pick_subject(asked)
        with st.container(horizontal=True, vertical_alignment="center", key="how"):
            st.header(plain(entry.title), anchor=False, width="content")
            asked = pick_settings(asked, settings)
            asked = pick(asked) if pick else asked
            asked = pick_screen(asked, entry)
            place = st.container(horizontal=True, vertical_alignment="center", width="content")
        state.keep_question(asked)
        if entry.takes == "pair" and len(asked.subject.checkpoints) < 2:
            st.info(ALONE, icon=":material/compare_arrows:")
        elif start and entry.given and entry.given.needed and not asked.files:
            start(asked)
        elif said := _lack(asked, entry):
            st.info(plain(said), icon=":material/info:")
        elif (tables := _tables(asked)) is not None:
            asked = _show(asked, entry, tables, place, show)
            state.keep_question(asked)
    except EmbspaceError as error:
        say_error(str(error))
    try:
        asked.config()
    except EmbspaceError:
        return  # which was said; there are no lines of what is not possible
    show_about(entry, asked)


def _lack(asked: Question, entry: Analysis) -> str:
    """What the corpus has not that the analysis needs."""
    one = None if entry.takes == "files" else state.entry(asked.subject.corpus)
    return "" if one is None or one.name == SYNTHETIC else lack(entry, one, bool(asked.files))


def _tables(asked: Question) -> Mapping[str, pd.DataFrame] | None:
    """The tables, stored or just made; None while they are not, and the page says so."""
    found, missing = state.tables(asked.config())
    return make_tables(asked, missing) if found is None else found


def _show(
    asked: Question,
    entry: Analysis,
    tables: Mapping[str, pd.DataFrame],
    place: Any,
    show: Callable[[Screen], None] | None,
) -> Question:
    offered = screens(entry, of_steps(asked.checkpoints))
    _, name, figure = offered[min(asked.shown, len(offered) - 1)]
    screen = Screen(asked, entry, tables, name, figure)
    with place:
        asked = pick_layer(replace(screen, asked=pick_drawn(screen)))
    screen = replace(screen, asked=asked)
    (show or show_screen)(screen)
    return asked
