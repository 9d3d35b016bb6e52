"""A table of which one row is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

import state
from embspace.storage import fingerprint

ROW = 32
"""pixels"""
MOST_ROWS = 7
"""on the screen, so that the details of what is chosen fit below"""


def pick_row(
    kind: str, names: Sequence[str], chosen: str | None, table: pd.DataFrame, columns: Mapping[str, Any]
) -> int | None:
    """The table, sortable by any column; returns the number of the chosen row.

    Args:
        kind: "space" or "corpus".
        names: of the rows, each another.
        chosen: the name of the row that is chosen at first.
        table: a row per name.
        columns: how Streamlit shows its columns.
    """
    rows = [names.index(chosen)] if chosen in names else []
    # Rows are told apart by their numbers, so other rows are another table.
    key = state.row_key(kind, f"table_{fingerprint(list(names))[:12]}")
    event = st.dataframe(
        table,
        hide_index=True,
        column_config=dict(columns),
        key=key,
        on_select=lambda: state.rows_of_cells(key, rows),
        selection_mode=["single-row", "single-cell"],
        selection_default={"selection": {"rows": rows}},
        row_height=ROW,
        placeholder="",
        height=height(len(names)),
    )
    picked = event["selection"]["rows"]
    return picked[0] if picked and picked[0] < len(names) else None


def height(rows: int) -> int:
    """Pixels of a table; longer ones scroll."""
    return ROW * (min(rows, MOST_ROWS) + 1) + 3
