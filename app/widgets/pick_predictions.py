"""Predictions of taggers: those that are stored, files, what a file should look like; and which are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analysis import resolve
from embspace.workflows.stored_predictions import StoredPredictions, keep_predictions
from predicted import label, title
from subject import Question
from widgets.pick_files import give_files
from widgets.say import plain, say_error

ENDINGS = ("parquet", "csv", "tsv", "gz")
TOLD = "As `embspace predict --csv` writes them; a file is a system, and its name the system's."
COLUMNS = """
| column | what it holds |
|:--|:--|
| `sentence` `position` | numbers: the same sentences in all systems |
| `word` `language` | the word as written, a BCP 47 code |
| `gold` `predicted` | tags in one encoding, `B-PER I-PER O` or of another kind |
| `system` | perhaps: who predicts; else the file's name |
"""
OF_PAIRS = """
| column | what it holds |
|:--|:--|
| `train` | perhaps: the language that a system learned from; else the file is named so: `ru.csv` |
| `seed` | perhaps: the run, where one is trained several times |

Or errors that are counted already, with the columns `train` `test` `wrong` `sentences`.
"""
NONE = (
    "Nothing is predicted yet: fine-tune a model on the page Jobs, whose predictions of its test sentences are kept, "
    "or give a file."
)


def start_predictions(asked: Question) -> None:
    """What the page shows without predictions: those that are stored, an upload, and the columns of a file."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        stored = state.stored_predictions()
        if stored:
            names = st.multiselect(
                "Predictions that are stored",
                list(stored),
                key=state.question_key("stored"),
                format_func=lambda name: label(stored[name]),
                placeholder="Choose one system or several",
                help="Trainings keep those of their test sentences, and `embspace predict` stores its own.",
            )
            if st.button("Show", type="primary", icon=":material/play_arrow:", disabled=not names):
                _keep(asked, names)
        else:
            st.info(NONE, icon=":material/info:")
        give_files(asked, "Predictions", ENDINGS, lambda paths: check(asked, paths), TOLD)
    with right:
        st.markdown("A file has a row per word:")
        st.markdown(COLUMNS)
        if find_analysis(asked.analysis).takes == "corpus":
            st.markdown("And where languages are compared:")
            st.markdown(OF_PAIRS)


def pick_predictions(asked: Question) -> Question:
    """In the sidebar: the systems that are looked at, each may go, and others come beside them."""
    if not asked.files:
        return asked
    with st.sidebar:
        st.caption("Predictions")
        stored = {one.file: one for one in state.stored_predictions().values()}
        for number, one in enumerate(asked.files):
            name, button = st.columns([6, 1], vertical_alignment="center", gap="small")
            held = stored.get(one.rpartition("/")[2])
            name.markdown(f":small[{plain(title(held) if held else shown(one))}]")
            left = tuple(other for other in asked.files if other != one)
            button.button(
                "",
                icon=":material/close:",
                key=state.question_key(f"remove_{number}"),
                help=f"Remove {plain(label(held) if held else shown(one))}",
                type="tertiary",
                on_click=state.keep_question,
                args=(replace(asked, files=left),),
            )
        with st.expander("Add", icon=":material/add:"):
            _add(asked)
    return asked


def shown(reference: str) -> str:
    """What a kept file is called: without its ending, of what a training keeps as the training is called."""
    name = reference.rpartition("/")[2].rpartition(".")[0] or reference.rpartition("/")[2]
    kind, _, rest = name.partition("_")
    return f"{kind}:{rest.replace('_', '/')}" if kind in ("job", "run") and rest else name


def check(asked: Question, paths: Sequence[Path]) -> list[str]:
    """The names of the files, once they were read.

    Raises:
        SettingsError: one is no table of predictions.
    """
    entry = find_analysis(asked.analysis)
    assert entry.given is not None
    resolve(entry.given.reader)(list(paths))
    return [path.name for path in paths]


def _add(asked: Question) -> None:
    held = {one.rpartition("/")[2] for one in asked.files}
    stored: dict[str, StoredPredictions] = {
        name: one for name, one in state.stored_predictions().items() if one.file not in held
    }
    if stored:
        name = st.selectbox(
            "Stored",
            list(stored),
            None,
            key=state.question_key(f"add_stored_{len(asked.files)}"),
            format_func=lambda name: label(stored[name]),
            placeholder="Choose",
        )
        if name:
            _keep(asked, [name])
    give_files(asked, "Predictions", ENDINGS, lambda paths: check(asked, paths), TOLD)


def _keep(asked: Question, names: Sequence[str]) -> None:
    """Look at stored predictions too, from the next run on."""
    try:
        kept = keep_predictions(names, state.workspace())
    except EmbspaceError as error:
        say_error(str(error))
        return
    state.keep_question(replace(asked, files=tuple(dict.fromkeys([*asked.files, *kept]))))
    st.rerun()
