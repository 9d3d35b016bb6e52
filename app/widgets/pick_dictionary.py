"""A bilingual dictionary whose words seek each other, instead of words that are aligned in the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

import state
from embspace.corpora.dictionaries import languages_of_dictionary, read_dictionary
from embspace.errors import CorpusError, EmbspaceError
from embspace.figures.theme import language_name
from embspace.workflows.given_files import kept_file
from subject import Question
from widgets.pick_files import give_files, show_files
from widgets.say import plain, say_error

TOLD = (
    "Two words on a line, in a file named like en-es.txt (MUSE); or a CSV or TSV: language_a word_a language_b word_b."
)
ENDINGS = ("txt", "tsv", "csv", "gz")


def pick_dictionary(asked: Question) -> Question:
    """In the sidebar: the dictionary and how many pairs it has, or a lid with the upload."""
    with st.sidebar:
        if not asked.files:
            with st.expander("Dictionary", icon=":material/dictionary:"):
                give_files(asked, "Dictionary", ENDINGS, lambda paths: check(asked, paths), TOLD)
            return asked
        st.caption("Dictionary")
        show_files(asked)
        try:
            st.caption(plain(described(dictionary(asked))))
        except EmbspaceError as error:
            say_error(str(error))
    return asked


def dictionary(asked: Question) -> pd.DataFrame:
    """The pairs of the files, read once.

    Raises:
        EmbspaceError: a file is not there, or cannot be read.
    """
    paths = [kept_file(one, state.workspace()) for one in asked.files]
    return state.table("dictionary", asked.files, lambda: read_dictionary(paths))


def described(pairs: pd.DataFrame) -> str:
    """How many pairs of which languages."""
    counts = pairs.groupby(["language_a", "language_b"], sort=False).size().head(4)
    said = [f"{language_name(a)} – {language_name(b)}: {n:,} pairs" for (a, b), n in counts.items()]  # pyright: ignore
    return "; ".join(said)


def check(asked: Question, paths: Sequence[Path]) -> list[str] | None:
    """Names that tell the languages, asked for where they do not; the files were read with them.

    Raises:
        CorpusError: a file is no dictionary.
    """
    try:
        read_dictionary(list(paths))
        return [path.name for path in paths]
    except CorpusError:
        if all(languages_of_dictionary(path.name) for path in paths):
            raise
    codes = list(dict.fromkeys(one.language for one in state.corpus(asked.config().spaces[0])))
    told = {"index": None, "placeholder": "Language", "format_func": language_name}
    first = st.selectbox("First words", codes, key=state.question_key("given_first"), **told)
    second = st.selectbox("Second words", codes, key=state.question_key("given_second"), **told)
    if not first or not second:
        st.caption("The name does not say the languages: choose them.")
        return None
    read_dictionary(list(paths), (first, second))
    return [f"{first}-{second}.{path.name}" for path in paths]
