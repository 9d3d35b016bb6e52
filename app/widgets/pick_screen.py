"""What of a result is on the screen: which table or figure, which of its checkpoints or metrics, which layer."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

import state
from embspace.figures.checkpoint_names import run_names
from embspace.figures.projection import layer_name
from embspace.figures.theme import language_name
from embspace.workflows.analysis import Analysis
from embspace.workflows.analyzed_runs import of_steps
from screen import ALL, TOGETHER, Screen, choices, n_layers, screens, usual
from subject import Question
from widgets.pick_settings import SAID


def pick_screen(asked: Question, entry: Analysis) -> Question:
    """Which of several figures or tables is on the screen."""
    titles = [title for title, _, _ in screens(entry, of_steps(asked.checkpoints))]
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


def pick_drawn(screen: Screen) -> Question:
    """Which checkpoint, metric, ... of the table the figure shows."""
    picked = dict(screen.asked.drawn)
    for name, values in choices(screen).items():
        own = "en" if name == "to" else values[0]
        value = st.selectbox(
            name,
            values,
            values.index(picked[name] if picked.get(name) in values else usual(name, values)),
            format_func=lambda one, name=name: _said(name, one, screen.table),
            key=state.question_key(f"draw_{name}_{screen.name}"),
            label_visibility="collapsed",
            width=170,
        )
        picked.pop(name, None)
        if value != own:
            picked[name] = value
    return replace(screen.asked, drawn=picked)


def _said(name: str, value: str, table: pd.DataFrame) -> str:
    """A choice as the menu shows it, which has no label."""
    if value == ALL and name in TOGETHER:
        return f"all {name}s"
    if name == "system":
        names = run_names(map(str, table["system"]), table.attrs.get("settings", {}).get("trained"))
        return names.get(value, value)
    if name in ("to", "language_b"):
        return f"to {language_name(value)}"
    if name.startswith("language"):
        return f"from {language_name(value)}" if name == "language_a" else language_name(value)
    if value in SAID:
        return SAID[value]
    short = value.rstrip("/").split("/")[-1].replace("_", " ")
    return f"{name} = {short}" if short.lstrip("-").isdecimal() else short


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
