"""Which stored space is looked at: a table that sorts by any column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.column_config import DatetimeColumn, NumberColumn, TextColumn

import state
from embspace.spaces.shelf import StoredSpace
from embspace.storage import fingerprint
from inventory import space_table

ROW = 32
"""pixels"""
MOST_ROWS = 7
"""on the screen, so that the details of a space fit below"""
COLUMNS: dict[str, Any] = {
    "checkpoint": TextColumn("Checkpoint", width=100),
    "corpus": TextColumn("Corpus", width=195),
    "languages": NumberColumn("Languages", width=78, format="localized"),
    "targets": TextColumn("Vectors of", width=78, help="Of each sentence's named entity, or of every word."),
    "words": NumberColumn("Words", width=65, format="localized", help="Rows: words or entities in their sentences."),
    "layers": NumberColumn("Layers", width=56, help="That are stored, the embeddings counted."),
    "width": NumberColumn("Width", width=54, help="Numbers in a vector."),
    "stored": TextColumn("Stored as", width=75, help="Two where a part would have overflowed in float16."),
    "size": NumberColumn("On disk", width=75, format="bytes"),
    "state": TextColumn("State", width=100),
    "created": DatetimeColumn("Created", width=118, format="YYYY-MM-DD HH:mm"),
    "used": DatetimeColumn("Last used", width=112, format="distance"),
}


def pick_space(spaces: Sequence[StoredSpace], chosen: str | None) -> StoredSpace | None:
    """The table; returns the space of the chosen row."""
    names = [one.path.name for one in spaces]
    rows = [names.index(chosen)] if chosen in names else []
    # Rows are told apart by their numbers, so other rows are another table.
    key = state.space_key(f"table_{fingerprint(names)[:12]}")
    event = st.dataframe(
        space_table(spaces),
        hide_index=True,
        column_config=COLUMNS,
        key=key,
        on_select=lambda: state.rows_of_cells(key, rows),
        selection_mode=["single-row", "single-cell"],
        selection_default={"selection": {"rows": rows}},
        row_height=ROW,
        placeholder="",
        height=height(len(spaces)),
    )
    picked = event["selection"]["rows"]
    return spaces[picked[0]] if picked and picked[0] < len(spaces) else None


def height(rows: int) -> int:
    """Pixels of a table of spaces; longer ones scroll."""
    return ROW * (min(rows, MOST_ROWS) + 1) + 3
