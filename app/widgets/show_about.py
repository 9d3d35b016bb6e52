"""What an analysis shows, its formula and where it is from; and the same in Python."""

from __future__ import annotations

import streamlit as st

from embspace.workflows.analysis import Analysis
from python_lines import analysis_command, analysis_lines
from subject import Question


def show_about(entry: Analysis, asked: Question) -> None:
    """Two lids: the lines that make the page's figures elsewhere, and what they show."""
    with st.expander("The same in Python", icon=":material/code:"):
        st.code(analysis_lines(asked), language="python")
        st.caption("On the command line")
        st.code(analysis_command(asked), language="bash")
    with st.expander("What this shows", icon=":material/help:"):
        st.markdown(entry.about)
        if entry.formula:
            st.latex(entry.formula)
        st.caption(f"From {entry.paper}")
