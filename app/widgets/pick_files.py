"""Files that an analysis is given: uploaded or named by their paths, kept in the workspace by their content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

import state
from embspace.errors import EmbspaceError, SettingsError
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analysis import resolve
from subject import Question
from uploads import write_uploads
from widgets.say import plain, say_error

Names = Sequence[str]


def give_files(
    asked: Question, label: str, endings: Sequence[str], check: Callable[[list[Path]], Names | None], told: str
) -> None:
    """An upload and a field for a path; what passes the check is kept, and the page goes on with it too.

    Args:
        asked: that gets the files, behind those that it has.
        label: of the upload.
        endings: of the files that may be uploaded.
        check: of the files, each a readable path: the names to keep them by, or None while something is to be said yet;
            raises an EmbspaceError where they are not possible.
        told: what they hold, under the upload's question mark.
    """
    uploaded = st.file_uploader(
        label, list(endings), accept_multiple_files=True, key=state.question_key("given_upload"), help=told
    )
    typed = st.text_input(
        "Or a path on this machine",
        key=state.question_key("given_path"),
        placeholder=f"/data/{label.split()[0].lower()}.{endings[0]}",
    ).strip()
    try:
        paths = write_uploads(uploaded, state.workspace()) if uploaded else []
        if typed and not uploaded:
            paths = [Path(typed).expanduser()]
            if not paths[0].is_file():
                raise SettingsError(f"{paths[0]}: no such file{' (it is a folder)' if paths[0].is_dir() else ''}.")
        if not paths or (names := check(paths)) is None:
            return
        given = find_analysis(asked.analysis).given
        assert given is not None
        files = resolve(given.keep)(paths, state.workspace(), names)
    except EmbspaceError as error:
        say_error(str(error))
        return
    files = tuple(dict.fromkeys([*asked.files, *files]))
    if files == asked.files:
        return  # the field still says what it was told
    state.keep_question(replace(asked, files=files))
    st.rerun()


def show_files(asked: Question) -> None:
    """The names of the files, and a button that takes them away."""
    for one in asked.files:
        st.markdown(f":material/draft: {plain(one.rpartition('/')[2])}")
    st.button(
        "Remove",
        icon=":material/close:",
        key=state.question_key("given_remove"),
        on_click=state.keep_question,
        args=(replace(asked, files=()),),
    )
