"""What every page asks of the browser and the session."""

from __future__ import annotations

import streamlit as st


def dark() -> bool:
    """Whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def in_dialog(now: bool | None = None) -> bool:
    """Whether a dialog is open, which a run of the page would close; `now` notes that one is, or that none is."""
    if now is not None:
        st.session_state["in_dialog"] = now
    return st.session_state.get("in_dialog", False)
