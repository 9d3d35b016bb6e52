"""Errors and notices: their text may hold names from the address or a file, so none of it is taken as markup."""

from __future__ import annotations

import re

import streamlit as st


def say_error(text: str) -> None:
    """A sentence about what cannot be done."""
    st.error(plain(text), icon=":material/error:")


def say_notice(text: str) -> None:
    """A sentence about what is done otherwise than asked for."""
    st.warning(plain(text), icon=":material/info:")


def plain(text: str) -> str:
    """Markdown that shows a text as it is; only `code` stays what it is."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts = [text.replace("`", "'")]
    return "`".join(
        re.sub(r"([\\\[\]<>*_$~#|:!&])", r"\\\1", part) if number % 2 == 0 else part
        for number, part in enumerate(parts)
    )
