"""A menu of one language, or all."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from embspace.figures.theme import by_family, language_name

ALL = ""


def pick_only(now: str, languages: Iterable[str], key: str, width: int) -> str:
    """The language that is looked at alone; "": all. Of one language there is no menu.

    Args:
        now: what is chosen already.
        languages: that there are.
        key: of the widget.
        width: in pixels.
    """
    codes = by_family(languages)
    if len(codes) < 2:
        return ALL
    options = [ALL, *codes]
    picked = st.selectbox(
        "Language",
        options,
        options.index(now) if now in codes else 0,
        format_func=lambda code: language_name(code) if code else "All languages",
        key=key,
        label_visibility="collapsed",
        width=width,
    )
    return picked or ALL
