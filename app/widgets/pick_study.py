"""Which study is looked at, and which of its tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

import state
from embspace.studies.facts import day
from embspace.studies.outputs import StoredOutput
from embspace.studies.published import published
from listed_studies import ListedStudy
from study_view import FINDINGS, StudyView


def pick_study(view: StudyView, listed: Sequence[ListedStudy]) -> tuple[StudyView, ListedStudy]:
    """A menu of those that are made or under way, and what the chosen one was made with."""
    known = {one.name: one for one in listed}
    names = list(known)
    name = st.selectbox(
        "Study",
        names,
        names.index(view.study) if view.study in known else 0,
        format_func=lambda one: _title(known[one]),
        key=state.study_key(f"study_{len(names)}"),
        help="Those of this workspace, the one begun last first.",
    )
    one = known[name or names[0]]
    return replace(view, study="" if one.name == names[0] else one.name), one


def pick_item(view: StudyView, study: str, outputs: Sequence[StoredOutput]) -> StudyView:
    """The findings, or one of the tables and figures; those without numbers are marked."""
    names = [FINDINGS, *(one.item for one in outputs)]
    marks = {one.item: _mark(one) for one in outputs}

    def label(name: str) -> str:
        if name == FINDINGS:
            return "Findings"
        paper = published(study, name)
        return f"{paper.where.partition(',')[0] if paper else name}{marks[name]}"

    item = st.segmented_control(
        "Table or figure",
        names,
        default=view.item if view.item in names else FINDINGS,
        format_func=label,
        key=state.study_key(f"item_{study}"),
        required=True,
        label_visibility="collapsed",
    )
    item = item or FINDINGS
    return view if item == view.item else replace(view, item=item, figure="", table="")


def _title(one: ListedStudy) -> str:
    when = "under way" if one.runs else day(one.folder.record["runs"][-1]["started"]) if one.stored else "not begun"
    return f"{one.title} ({when})"


def _mark(one: StoredOutput) -> str:
    return " ▲" if one.problem else " ○" if not one.made else " –" if one.missing else ""
