"""A result as a table: languages by name, numbers to the right with digits that tell."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from streamlit.column_config import CheckboxColumn, NumberColumn, TextColumn

from embspace.figures.saving import digits
from embspace.figures.theme import language_name

ROW = 32
"""pixels"""
MOST = 50_000
"""rows that are sent to a browser"""


def show_table(table: pd.DataFrame, key: str, height: int | None = None) -> None:
    """The table; it sorts by any column and scrolls inside itself.

    Args:
        table: a result.
        key: of the widget.
        height: pixels that it may take; None: ten rows at most. It takes no more than its rows need.
    """
    shown = table.head(MOST)
    # A heading for people; the file keeps the names of the columns.
    named = shown.assign(
        **{name: shown[name].astype(str).map(language_name) for name in shown if str(name).startswith("language")}
    )
    st.dataframe(
        named,
        hide_index=True,
        column_config={str(name): _column(str(name), pd.Series(table[name])) for name in shown},
        key=key,
        row_height=ROW,
        height=min(height or ROW * 11 + 3, ROW * (max(len(shown), 1) + 1) + 3),
        placeholder="",
    )
    if len(table) > MOST:
        st.caption(f"The first {MOST:,} of {len(table):,} rows; the files have all.")


def _column(name: str, values: pd.Series) -> Any:
    label = name.replace("_", " ")
    if is_bool_dtype(values):
        return CheckboxColumn(label)
    if not is_numeric_dtype(values):
        return TextColumn(label)
    form = digits(values)
    return NumberColumn(label, format="localized" if form == "{:.0f}" else "%" + form[2:-1])
