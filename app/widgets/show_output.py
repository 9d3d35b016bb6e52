"""A table or figure of a study: the figure, what was measured beside what is published, and what is to be known."""

from __future__ import annotations

import json
from dataclasses import replace

import plotly.graph_objects as go
import streamlit as st

import state
from embspace.errors import StoreError
from embspace.figures.brightness import darkened
from embspace.studies.cells import measured_grid, printed_grid
from embspace.studies.command import command_line
from embspace.studies.outputs import StoredOutput
from embspace.studies.published import Published, published
from listed_studies import ListedStudy
from study_lines import study_lines
from study_view import StudyView
from widgets.download import download
from widgets.say import plain, say_error
from widgets.show_findings import show_findings_of
from widgets.show_grid import show_grid
from widgets.show_study import make_items
from widgets.show_table import show_table
from widgets.show_tables import BAR

FIGURE = "study_figure"
"""key of the container of the figure"""
HEIGHT = 470
"""pixels of a figure that says none"""
ASIDE = 560
"""pixels of what stands beside a figure; more of it scrolls"""
MOST = 60
"""rows of a table that stands beside a published one"""


def show_output(view: StudyView, one: ListedStudy, output: StoredOutput) -> StudyView:
    """The item; returns the view with the figure and table that were chosen."""
    paper = published(one.config.study, output.item)
    if output.problem:
        say_error(output.problem)
    elif not output.made:
        st.info("Not made yet." if one.runs else "Not made so far.", icon=":material/hourglass_empty:")
        if not one.runs and st.button("Make it", icon=":material/play_arrow:", key="study_make"):
            make_items(one, (output.item,))
    elif output.missing:
        st.info(plain(output.missing), icon=":material/block:")
    if output.figures:
        left, right = st.columns([7, 5], gap="large")
        with left:
            view = _figure(view, one, output)
        with right, st.container(height=ASIDE, border=False):
            show_findings_of(output)
            _measured(output, paper)
            _published(paper)
            _notes(output)
    else:
        left, right = st.columns(2, gap="large")
        with left:
            show_findings_of(output)
            _measured(output, paper)
            _notes(output)
        with right:
            _published(paper)
    return _tables(view, one, output)


def _figure(view: StudyView, one: ListedStudy, output: StoredOutput) -> StudyView:
    names = list(output.figures)
    name = view.figure if view.figure in names else names[0]
    if len(names) > 1:
        picked = st.segmented_control(
            "Figure",
            names,
            default=name,
            key=state.study_key(f"figure_{output.item}"),
            required=True,
            label_visibility="collapsed",
        )
        name = picked or name
    dark = state.dark()
    try:
        figure = state.figure(
            "study", (str(output.figures[name]), output.made, dark), lambda: drawn(output, name, dark)
        )
    except StoreError as error:
        say_error(str(error))
        return view
    layout = figure.to_dict()["layout"]
    with st.container(key=FIGURE):
        st.plotly_chart(
            figure,
            theme=None,
            width="content" if layout.get("width") else "stretch",
            height=int(layout.get("height") or HEIGHT),
            key=state.study_key(f"drawn_{output.item}_{name}"),
            config=BAR,
        )
    table = output.tables.get(name, next(iter(output.tables.values()), None))
    if table is not None:
        download(f"{one.name} {output.item} {name}", figure, table, FIGURE)
    return replace(view, figure="" if name == names[0] else name)


def drawn(output: StoredOutput, name: str, dark: bool) -> go.Figure:
    """A stored figure, which was drawn for a light page, for the reader's."""
    figure = output.figure(name)
    return go.Figure(darkened(json.loads(figure.to_json() or "{}")), skip_invalid=True) if dark else figure


def _measured(output: StoredOutput, paper: Published | None) -> None:
    if output.tables:
        name, table = next(iter(output.tables.items()))
        if len(table) > MOST:
            st.caption(f"{len(table):,} rows: {plain(name)}, below.")
        else:
            show_grid(measured_grid(table, paper), "Here", paper.unit if paper else "")


def _published(paper: Published | None) -> None:
    if paper is None:
        return
    if len(paper.printed):
        show_grid(printed_grid(paper), f"Published, {paper.where}: {paper.caption}", paper.unit)
    else:
        st.caption(f"**{plain(paper.where)}**: {plain(paper.caption)}")
    for text in (paper.says and f"The paper: {paper.says}", paper.note):
        if text:
            st.caption(plain(text))


def _notes(output: StoredOutput) -> None:
    if output.notes:
        st.caption("\n".join(f"- {plain(note)}" for note in output.notes))


def _tables(view: StudyView, one: ListedStudy, output: StoredOutput) -> StudyView:
    """All tables of the item, and how it is made elsewhere."""
    names = list(output.tables)
    if not names:
        return view
    name = view.table if view.table in names else names[0]
    with st.expander("Tables", expanded=bool(view.table)):
        picked = st.segmented_control(
            "Table",
            names,
            default=name,
            key=state.study_key(f"table_{output.item}"),
            required=True,
            label_visibility="collapsed",
        )
        name = picked or name
        show_table(output.tables[name], state.study_key(f"rows_{output.item}_{name}"))
        download(f"{one.name} {output.item} {name}", None, output.tables[name], "study_table")
    figures = list(output.figures)
    with st.expander("The same in Python"):
        figure = (view.figure or figures[0]) if figures else ""
        st.code(study_lines(replace(one.config, only=()), output.item, name, figure), language="python")
        st.caption("On the command line")
        st.code(command_line(replace(one.config, only=(output.item,))), language=None)
    return replace(view, table="" if name == names[0] else name)
