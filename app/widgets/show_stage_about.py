"""What the five stages are, and the lines that make them elsewhere."""

from __future__ import annotations

import streamlit as st

from adjustment_lines import adjustment_lines, stored_lines
from listed_adjustments import ListedAdjustment
from toml_lines import adjust_lines


def show_lines(one: ListedAdjustment, layer: int) -> None:
    """The same in Python and on the command line."""
    with st.expander("The same in Python", icon=":material/code:"):
        st.code(adjustment_lines(one.config, layer), language="python")
        st.caption("Its tables as they are stored")
        st.code(stored_lines(one.name), language="python")
        st.caption("On the command line, and config.toml")
        st.code("embspace adjust config.toml", language=None)
        st.code(adjust_lines(one.config), language="toml")


def show_about() -> None:
    """What the stages are and what is measured."""
    with st.expander("What this shows", icon=":material/help:"):
        st.markdown(_ABOUT)
        st.latex(_LOSS)
        st.caption('From "adjustment", sections 3 and 5.3, Figure 1 and Tables 2 to 5')


_ABOUT = """
- **original**: the checkpoint as it is.
- **adjusted**: words of translations were drawn together, and the source kept where it was (the two sums below).
- **fine-tuned** (*Original* in the tables of scores): the checkpoint learned the task in the source language.
- **adjusted + fine-tuned** (*Adjusted*): the same, from the adjusted one.
- **adjusted + continual** (*Adj+cont*): the same, and the loss below, times alpha, is added in each step.
- **original, rotated** (in the table of the output layer): the checkpoint's vectors of each language turned onto those
  of the source by an orthogonal matrix, learned from the same aligned words; nothing is trained.

Fine-tuning draws all words together, related or not; the last stage is to keep them apart.
"""
_LOSS = (
    r"L = \sum_{(s_i,\,t_i)} \lVert f(s_i) - f(t_i) \rVert_2^2 \; + \; "
    r"\sum_{s_j} \lVert f(s_j) - f^0(s_j) \rVert_2^2"
)
