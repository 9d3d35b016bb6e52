"""Which stored space is looked at: a table that sorts by any column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamlit.column_config import DatetimeColumn, NumberColumn, TextColumn

from embspace.spaces.shelf import StoredSpace
from inventory import space_table
from widgets.pick_row import pick_row

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
    row = pick_row("space", [one.path.name for one in spaces], chosen, space_table(spaces), COLUMNS)
    return None if row is None else spaces[row]
