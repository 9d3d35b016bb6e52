"""Scores of systems: the file, what it should look like, and which systems are compared how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

import state
from embspace.analyses.scores import read_scores
from embspace.analyses.significance import COUNTS
from embspace.workflows.given_files import kept_file
from subject import Question
from widgets.pick_files import give_files, show_files
from widgets.pick_settings import pick_settings
from widgets.say import plain

ENDINGS = ("csv", "tsv", "parquet", "gz")
KNOWN = ("system", "seed", "example", "score", *COUNTS)
"""columns with a meaning of their own; comparisons can be made for each value of any other"""
EXAMPLE = """system,seed,example,language,score
baseline,1,en-1,en,0.71
baseline,1,en-2,en,0.64
baseline,1,en-3,en,0.80
baseline,1,be-1,be,0.52
baseline,1,be-2,be,0.49
baseline,1,be-3,be,0.55
adjusted,1,en-1,en,0.73
adjusted,1,en-2,en,0.69
adjusted,1,en-3,en,0.81
adjusted,1,be-1,be,0.61
adjusted,1,be-2,be,0.60
adjusted,1,be-3,be,0.63
"""
COLUMNS = """
| column | what it holds |
|:--|:--|
| `system` | the model or method; one of them is the baseline |
| `example` | what was scored: a sentence, a document; the same in all systems |
| `score` | a number per example; or `tp`, `fp`, `fn`, the counts of a sentence, for F1 |
| `seed` | perhaps: the run, where each system was trained several times |
| any other | perhaps: `language`, `dataset`, ...; each of their values is compared by itself |
"""


def start_scores(asked: Question) -> None:
    """What the page shows without a file: an upload, the columns that it should have, an example to begin with."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        give_files(asked, "Scores", ENDINGS, check, "CSV, TSV or Parquet; several files have the same columns.")
    with right:
        st.markdown("A row per system and example, with these columns:")
        st.markdown(COLUMNS)
        st.download_button(
            "An example to begin with", EXAMPLE, "scores.csv", "text/csv", icon=":material/download:", on_click="ignore"
        )


def check(paths: Sequence[Path]) -> list[str]:
    """The names of the files, once they were read.

    Raises:
        SettingsError: one is no table of scores.
    """
    read_scores(list(paths))
    return [path.name for path in paths]


def pick_scores(asked: Question) -> Question:
    """The baseline, the test, and by what the comparisons are parted; in the sidebar the files.

    Raises:
        SettingsError: a file is not there, or is no table of scores.
    """
    if not asked.files:
        return asked
    with st.sidebar:
        st.caption("Scores")
        show_files(asked)
        table = scores(asked)
        systems = list(dict.fromkeys(table["system"]))
        seeds = f", {table['seed'].nunique():,} seeds" if "seed" in table else ""
        st.caption(plain(f"{len(systems):,} systems, {table['example'].nunique():,} examples{seeds}"))
    settings = dict(asked.settings)
    usual = next((one for one in systems if "baseline" in one.casefold()), systems[0])
    given = settings.get("baseline")
    settings["baseline"] = st.selectbox(
        "Baseline",
        systems,
        systems.index(given if given in systems else usual),
        key=state.question_key("baseline"),
        width=220,
    )
    counted = set(COUNTS) <= set(table.columns)
    tests = ["permutation"] if counted else ["t", "permutation", "sign"]
    given = settings.get("test", tests[0])
    settings["test"] = st.segmented_control(
        "Test",
        tests,
        default=given if given in tests else tests[0],
        format_func={"t": "t-test", "permutation": "Permutations", "sign": "Sign test"}.__getitem__,
        required=True,
        key=state.question_key(f"test_{counted}"),
    )
    others = [str(name) for name in table.columns if name not in KNOWN and len(set(table[str(name)])) <= 60]
    if others:
        start = settings.get("by", [name for name in ("dataset", "language") if name in others])
        settings["by"] = tuple(
            st.multiselect(
                "For each",
                others,
                [name for name in start if name in others],
                key=state.question_key("by"),
                placeholder="all together",
                width=260,
            )
        )
    else:
        settings.pop("by", None)
    return pick_settings(replace(asked, settings=settings), ("alpha",))


def scores(asked: Question) -> pd.DataFrame:
    """The table of the files, read once.

    Raises:
        SettingsError: one is not there, or is no table of scores.
    """
    paths = [kept_file(one, state.workspace()) for one in asked.files]
    return state.table("scores", asked.files, lambda: read_scores(paths))
