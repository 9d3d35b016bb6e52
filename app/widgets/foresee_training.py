"""What a fine-tuning would be: its size and time, all that speaks against it, and Start."""

from __future__ import annotations

from typing import Any

import streamlit as st

import state
from embspace.corpora.entries import Entry
from embspace.errors import SettingsError
from embspace.training.config import TrainConfig
from embspace.workflows.settings import from_json
from paces import expected
from plan import Plan, cpu_folder, joined, objections, plan
from toml_lines import train_lines
from widgets.starting import same_command, say_problems, say_time, start_button

_UNITS = {"nli": "pairs", "qa": "questions"}
"""task -> what is learned from, where that is not sentences"""


def foresee_training(values: dict[str, Any], problems: list[str], entries: dict[str, Entry]) -> TrainConfig | None:
    """Sentences, steps and time; all that is not possible, together; and Start."""
    config = None
    try:
        config = from_json(TrainConfig, values, "the form")
        problems = joined([*problems, *objections(config, entries)])
    except SettingsError as error:
        problems = joined([*problems, str(error), *_of_the_rest(values, entries)])
    st.markdown("###### What will happen")
    say_problems(problems)
    if config is not None and not problems:
        _foresee(config, plan(config, entries))
    pressed = start_button("train_start", disabled=bool(problems))
    if config is not None and not problems:
        same_command("embspace train config.toml", train_lines(config))
    return config if pressed and not problems else None


def _of_the_rest(values: dict[str, Any], entries: dict[str, Entry]) -> list[str]:
    """What the corpora and the checkpoint do not allow, where other settings are not possible either."""
    names = ["checkpoint", "task", "train", "test", "freeze", "mix"]
    names += ["unlabelled", "aligned", "objectives"] if values["objectives"] else []
    try:
        return objections(from_json(TrainConfig, {name: values[name] for name in names}, "the form"), entries)
    except SettingsError:
        return []  # said already


def _foresee(config: TrainConfig, sizes: Plan) -> None:
    """How much it is and how long it may take."""
    seeds = len(config.seeds)
    held = f", {sizes.dev:,} choose the best epoch" if sizes.dev else ""
    learned = f"{sizes.train:,} {_UNITS.get(config.task, 'sentences')}"
    st.markdown(f"{learned} to learn from{held}, {sizes.test:,} to be scored on.")
    runs = f"{seeds} runs of " if seeds > 1 else ""
    epochs = f", {sizes.per_epoch:,} in each of {config.epochs} epochs" if config.epochs > 1 else ""
    st.markdown(f"**{runs}{sizes.steps:,} steps**{epochs}; more where they are longer than a window.")
    time = expected(config, sizes, state.paces(), cpu_folder(config.checkpoint))
    if time is None:
        st.caption("No run of this checkpoint was timed yet, and its size is not known here: the first run will tell.")
        return
    say_time(time, "the spaces and the scoring with it")
    if sizes.spaces:
        st.caption(f"{sizes.spaces * seeds:,} spaces of the way there are stored, to look at on the Map.")
