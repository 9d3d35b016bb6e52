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
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.figures.projection import layer_name
from embspace.figures.theme import language_name, look
from embspace.workflows.analyses import Analysis, draw, find_analysis, resolve
from subject import Question
from widgets.download import download
from widgets.make_tables import make_tables
from widgets.pick_settings import pick_settings
from widgets.pick_subject import pick_subject
from widgets.say import plain, say_error, say_notice
from widgets.show_about import show_about
from widgets.show_table import show_table

FIGURE = "analysis_figure"
"""key of the container of the figure"""
ALONE = "Choose a second checkpoint in the sidebar: a model before and after training, or two models."
BAR = {"modeBarButtons": [["toImage"]], "displaylogo": False, "displayModeBar": True}
SIDE = 620
"""pixels: the height of a table beside a figure"""
PAGE, SQUARE, BESIDE = 1160, 700, 760
"""pixels: widths of the page beside the sidebar, of a square figure, and of one with room for a table beside it"""


@dataclass(frozen=True)
class Screen:
    """What a page shows.

    Attributes:
        asked: the question.
        entry: its analysis.
        tables: of the result, by name.
        name: of the table on the screen.
        figure: the path of the function that draws it; None: it has no figure.
    """

    asked: Question
    entry: Analysis
    tables: Mapping[str, pd.DataFrame]
    name: str
    figure: str | None

    @property
    def table(self) -> pd.DataFrame:
        """The table on the screen."""
        return self.tables[self.name]

    @property
    def options(self) -> set[str]:
        """The arguments of the figure."""
        return set(signature(resolve(self.figure)).parameters) if self.figure else set()

    @property
    def drawn(self) -> dict[str, str]:
        """What the figure is told to show, as far as the table has it."""
        known = choices(self)
        return {name: value for name, value in self.asked.drawn.items() if value in known.get(name, ())}

    @property
    def by_layer(self) -> bool:
        """Whether the figure, or a table without one, shows one layer of several."""
        told = self.figure is None or "layer" in self.options
        return told and not self.entry.tables[self.name].all_layers and "layer" in self.table.columns

    @property
    def layer(self) -> int | None:
        """The layer of the table that is nearest to the one asked for; None where the figure is of all."""
        return nearest(self.asked.subject.layer, self.table) if self.by_layer else None

    @property
    def rows(self) -> pd.DataFrame:
        """The rows behind the figure."""
        rows, known = self.table, choices(self)
        if self.layer is not None:
            rows = rows.loc[rows["layer"] == self.layer]
        for name, values in known.items():
            if name in rows.columns:
                rows = rows.loc[rows[name].astype(str) == self.drawn.get(name, values[0])]
        rows.attrs = self.table.attrs
        return rows


def show_analysis(
    name: str,
    *,
    settings: Sequence[str] = (),
    pick: Callable[[Question], Question] | None = None,
    show: Callable[[Screen], None] | None = None,
) -> None:
    """The page of an analysis.

    Args:
        name: of `workflows.analyses`.
        settings: that get a widget.
        pick: controls of the page's own, in the row above the figure.
        show: draws what is on the screen, instead of the usual figure, files and table.
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
        elif (found := state.tables(asked.config()))[0] is None:
            make_tables(asked, found[1])
        else:
            asked = _show(asked, entry, found[0], place, show)
            state.keep_question(asked)
    except EmbspaceError as error:
        say_error(str(error))
    show_about(entry, asked)


def screens(entry: Analysis) -> list[tuple[str, str, str | None]]:
    """What can be on the screen: title, table, and the path of a figure; tables without figures come last."""
    found: list[tuple[str, str, str | None]] = []
    for name, table in entry.tables.items():
        for path in table.figures:
            short = path.partition(":")[2].removeprefix(f"{name}_").replace("_", " ").capitalize()
            found.append((short if len(table.figures) > 1 else table.title, name, path))
    return found + [(table.title, name, None) for name, table in entry.tables.items() if not table.figures]


def pick_screen(asked: Question, entry: Analysis) -> Question:
    """Which of several figures or tables is on the screen."""
    titles = [title for title, _, _ in screens(entry)]
    if len(titles) == 1:
        return asked
    at = st.segmented_control(
        "Show",
        range(len(titles)),
        default=asked.shown if asked.shown < len(titles) else 0,
        format_func=titles.__getitem__,
        key=state.question_key("shown"),
        label_visibility="collapsed",
        required=True,
    )
    return replace(asked, shown=at or 0)


def nearest(layer: int, table: pd.DataFrame) -> int:
    """The layer of a table nearest to one that may be counted from the output."""
    known = sorted(int(one) for one in table["layer"].unique()) or [0]
    number = layer if layer >= 0 else n_layers(table) + layer
    return min(known, key=lambda one: abs(one - number))


def n_layers(table: pd.DataFrame) -> int:
    """How many layers the model has, as far as the table says."""
    return int(table.attrs.get("settings", {}).get("n_layers") or max(table["layer"], default=0) + 1)


def _show(
    asked: Question,
    entry: Analysis,
    tables: Mapping[str, pd.DataFrame],
    place: Any,
    show: Callable[[Screen], None] | None,
) -> Question:
    offered = screens(entry)
    _, name, figure = offered[min(asked.shown, len(offered) - 1)]
    screen = Screen(asked, entry, tables, name, figure)
    with place:
        asked = pick_layer(replace(screen, asked=pick_drawn(screen)))
    screen = replace(screen, asked=asked)
    (show or show_screen)(screen)
    return asked


def choices(screen: Screen) -> dict[str, list[str]]:
    """What a figure shows one of: arguments that are also columns of the table with several values.

    `to` is the language that others are compared with.
    """
    found: dict[str, list[str]] = {}
    for name in sorted(screen.options & {*map(str, screen.table.columns), "to"} - {"layer"}):
        column = "language_b" if name == "to" else name
        values = list(dict.fromkeys(screen.table[column].astype(str))) if column in screen.table else []
        if len(values) > 1:
            found[name] = values
    return found


def pick_drawn(screen: Screen) -> Question:
    """Which checkpoint, metric, ... of the table the figure shows."""
    picked = dict(screen.asked.drawn)
    for name, values in choices(screen).items():
        own = "en" if name == "to" else values[0]
        usual = own if own in values else values[0]
        value = st.selectbox(
            name,
            values,
            values.index(picked[name] if picked.get(name) in values else usual),
            format_func=lambda one, name=name: f"to {language_name(one)}" if name == "to" else _short(one),
            key=state.question_key(f"draw_{name}_{screen.name}"),
            label_visibility="collapsed",
            width=170,
        )
        picked.pop(name, None)
        if value != own:
            picked[name] = value
    return replace(screen.asked, drawn=picked)


def _short(value: str) -> str:
    return value.rstrip("/").split("/")[-1].replace("_", " ")


def pick_layer(screen: Screen) -> Question:
    """A slider over the layers of the table; the output layer is -1, whatever model is looked at next."""
    if not screen.by_layer:
        return screen.asked
    known, count = sorted(int(one) for one in screen.table["layer"].unique()), n_layers(screen.table)
    if len(known) == 1 or screen.layer is None:
        return screen.asked
    picked = st.select_slider(
        "Layer",
        known,
        screen.layer,
        format_func=lambda one: layer_name(one, count),
        key=state.question_key(f"layer_{count}_{len(known)}"),
        label_visibility="collapsed",
        width=260,
    )
    if picked == screen.layer:
        return screen.asked
    subject = replace(screen.asked.subject, layer=-1 if picked == count - 1 else int(picked))
    return replace(screen.asked, subject=subject)


def show_screen(screen: Screen) -> None:
    """A figure, its files and the numbers behind it: beside a square figure, below a wide one."""
    key = state.question_key(f"table_{screen.name}")
    rows = screen.rows if screen.layer is None else screen.rows.drop(columns="layer")
    if screen.figure is None:
        show_table(rows, key, height=SIDE)
        download(file_name(screen), None, screen.rows, FIGURE)
        return
    figure = drawn(screen)
    layout = figure.to_dict()["layout"]
    width = layout.get("width") or (SQUARE if layout.get("yaxis", {}).get("scaleanchor") else PAGE)
    if width > BESIDE:
        show_figure(screen, figure)
        show_table(rows, key)
        return
    left, right = st.columns([width, PAGE - width], gap="medium")
    with left:
        show_figure(screen, figure)
    with right:
        show_table(rows, key, height=SIDE)


def drawn(screen: Screen) -> go.Figure:
    """The figure on the screen, on the ground that its colors were chosen for."""
    assert screen.figure is not None
    path, dark = screen.figure, state.dark()

    def make() -> go.Figure:
        made = go.Figure(draw(resolve(path), screen.table, layer=screen.layer, dark=dark, **screen.drawn))
        return made.update_layout(paper_bgcolor=look(dark).page)

    about = (screen.name, path, screen.table.attrs, screen.layer, screen.drawn, dark, len(screen.table))
    return state.figure("analysis", about, make)


def show_figure(screen: Screen, figure: go.Figure) -> None:
    """A figure and what can be taken away of it; one that has a size keeps it, others fill the screen."""
    fixed = figure.to_dict()["layout"].get("width") is not None
    with st.container(key=f"{FIGURE}_fixed" if fixed else FIGURE):
        st.plotly_chart(
            figure,
            theme=None,
            width="content" if fixed else "stretch",
            height="content" if fixed else "stretch",
            key=state.question_key(f"figure_{screen.figure}"),
            config=BAR,
        )
    download(file_name(screen), figure, screen.rows, f"{FIGURE}_fixed" if fixed else FIGURE)


def file_name(screen: Screen) -> str:
    """Of the files of a screen: the table, the checkpoints, the layer."""
    subject, parts = screen.asked.subject, [screen.entry.tables[screen.name].title]
    if screen.entry.takes != "corpus":
        count = {"space": 1, "pair": 2}.get(screen.entry.takes)
        parts.append(" and ".join(name.rstrip("/").split("/")[-1] for name in subject.checkpoints[:count]))
    if screen.layer is not None:
        parts.append(layer_name(screen.layer, n_layers(screen.table)))
    return " - ".join(parts)[:120]
