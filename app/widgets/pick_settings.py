"""Settings of an analysis as widgets, by their types: one line of settings needs no code of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analysis_settings import Setting, all_settings, read_settings
from subject import Question

SAID = {"l2": "L2", "csls": "CSLS", "cka": "CKA", "bio": "BIO"}
"""values that are abbreviations"""
MOST_BUTTONS = 4
"""choices that stand side by side; more are a menu"""


def pick_settings(asked: Question, names: Sequence[str]) -> Question:
    """A widget per named setting; one at its default is left out of the question."""
    entry = find_analysis(asked.analysis)
    known = {one.name: one for one in all_settings(entry)}
    picked = dict(asked.settings)
    for name in names:
        if name in known:
            picked[name] = _pick(known[name], picked.get(name, known[name].default))
    try:
        return replace(asked, settings=read_settings(entry, picked))
    except EmbspaceError:
        return asked


def _pick(setting: Setting, value: Any) -> Any:
    name = setting.name.replace("_", " ")
    label, key = name.capitalize() if len(name) > 1 else name, state.question_key(f"set_{setting.name}")
    told: dict[str, Any] = {"key": key, "help": setting.help or None}
    choices = _choices(setting.hint)
    if choices and len(choices) <= MOST_BUTTONS:
        return st.segmented_control(label, choices, default=value, required=True, format_func=_said, **told)
    if choices:
        return st.selectbox(label, choices, choices.index(value), format_func=_said, width=180, **told)
    if setting.hint is bool:
        return st.toggle(label, value, **told)
    if setting.hint is int:
        return st.number_input(label, None, None, value, width=130, **told)
    if setting.hint is float:
        return st.number_input(label, None, None, float(value), format="%g", width=130, **told)
    return value


def _choices(hint: Any) -> list[Any]:
    """The values of a Literal, or of a union of such."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    parts = get_args(hint)
    found = [_choices(part) if part is not type(None) else [None] for part in parts]
    return [value for some in found for value in some] if parts and all(found) else []


def _said(value: Any) -> str:
    return "none" if value is None else SAID.get(str(value), str(value).replace("_", " "))
