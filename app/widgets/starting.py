"""Beside a form: what speaks against a start, how long it may take, the button, and the same on the command line."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from job_rows import duration
from paces import Time
from plan import joined
from widgets.say import plain


def say_problems(problems: Sequence[str]) -> None:
    """All that is not possible, together; nothing where all is."""
    lines = joined(problems)
    if lines:
        told = "\n".join(f"- {plain(text)}" for text in lines) if len(lines) > 1 else plain(lines[0])
        st.error(told, icon=":material/error:")


def say_time(time: Time, rest: str) -> None:
    """How long it may take, what comes with it or after it, and how that is known."""
    st.markdown(f"**About {duration(max(time.seconds, 1.0))}**, {rest}.")
    st.caption(plain(f"{'A rough guess: ' if time.rough else 'As '}{time.basis}."))


def start_button(key: str, *, disabled: bool) -> bool:
    """Whether it was pressed now."""
    return st.button("Start", type="primary", icon=":material/play_arrow:", key=key, disabled=disabled, width="stretch")


def same_command(command: str, toml: str = "") -> None:
    """A command, and the file that it reads."""
    with st.expander("The same on the command line"):
        st.code(command, language=None)
        if toml:
            st.caption("config.toml")
            st.code(toml, language="toml")
