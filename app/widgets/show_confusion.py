"""Which tags are taken for which, of two trainings or more, on the same test sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import state
from course import LABELS, Course
from course_lines import confusion_lines
from embspace.analyses.confusion import confusion
from embspace.errors import EmbspaceError
from embspace.figures.confusion import confusion_matrices
from embspace.figures.theme import by_family, language_name, look
from embspace.workflows.stored_predictions import find_predictions
from trainings import Training, labels_of, shared_tests
from widgets.say import plain, say_error
from widgets.show_drawn import show_drawn

NONE = (
    "Of this training no predictions are stored: it has not ended, or it has no test sentences. They are kept with the "
    "scores of its best epoch."
)
ALL = "all languages"


def pick_labels(view: Course) -> Course:
    """Which labels count as one."""
    picked = st.segmented_control(
        "Labels",
        list(LABELS),
        default=view.labels,
        format_func=LABELS.__getitem__,
        key=state.question_key("labels"),
        label_visibility="collapsed",
        required=True,
    )
    return replace(view, labels=picked or view.labels)


def show_confusion(view: Course, chosen: Sequence[Training], place: Any) -> Course:
    """A matrix for each training that predicted the same sentences as the first.

    Args:
        view: which labels, and of which language.
        chosen: the trainings.
        place: a container in the row above, for the languages.

    Returns:
        The view, its language as it was picked.
    """
    if not chosen[0].tests:
        st.info(NONE, icon=":material/info:")
        return view
    tested = [one for one in chosen if one.tests]
    sentences = next(iter(shared_tests(tested)), chosen[0].tests[-1])
    held = [one for one in tested if sentences in one.tests]
    for why, lost in (
        ("scored on other sentences", [one for one in tested if one not in held]),
        ("without predictions so far", [one for one in chosen if not one.tests]),
    ):
        if lost:
            names = ", ".join(labels_of(chosen)[one.name] for one in lost)
            st.caption(plain(f"Left out, {why}: {names}."))
    if len(chosen) == 1:
        st.caption("A second training on the same test sentences is chosen at the left, under Beside it.")
    labels = labels_of(held)
    found = {name: find_predictions(name, state.workspace(), sentences)[0] for name in labels}
    key = [(name, str(found[name].path), found[name].path.stat().st_mtime) for name in labels], view.labels, labels
    try:
        table = state.table(
            "confusion",
            key,
            lambda: confusion({labels[name]: found[name].table() for name in labels}, labels=view.labels),
        )
    except EmbspaceError as error:
        say_error(str(error))
        return view
    with place:
        view = _pick_language(view, table)
    dark = state.dark()

    def make() -> go.Figure:
        drawn = confusion_matrices(table, view.language or None, dark=dark)
        return drawn.update_layout(paper_bgcolor=look(dark).page)

    figure = state.figure("confusion", (key, view.language, dark), make)
    name = f"Confusion - {' and '.join(labels.values())} - {language_name(view.language) if view.language else ALL}"
    show_drawn(
        figure,
        _rows(table, view),
        name[:120],
        confusion_lines({one.name: labels[one.name] for one in held}, view, sentences),
        "confusion",
    )
    return view


def _rows(table: pd.DataFrame, view: Course) -> pd.DataFrame:
    """The rows behind the figure; of all languages together sums of counts."""
    if view.language:
        return table.loc[table["language"] == view.language].drop(columns="language")
    sums = pd.DataFrame(table.groupby(["system", "gold", "predicted"], sort=False)["count"].sum()).reset_index()
    totals = sums.groupby(["system", "gold"], sort=False)["count"].transform("sum").to_numpy(dtype=float)
    return sums.assign(share=sums["count"].to_numpy(dtype=float) / np.where(totals > 0, totals, np.nan))


def _pick_language(view: Course, table: pd.DataFrame) -> Course:
    codes = by_family(table["language"])
    if len(codes) < 2:
        return replace(view, language="")
    options = ["", *codes]
    picked = st.selectbox(
        "Language",
        options,
        options.index(view.language) if view.language in codes else 0,
        format_func=lambda code: language_name(code) if code else ALL,
        key=state.question_key(f"language_{len(codes)}"),
        label_visibility="collapsed",
        width=190,
    )
    return replace(view, language=picked or "")
