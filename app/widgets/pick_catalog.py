"""Which corpus is looked at: a table of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from streamlit.column_config import NumberColumn, TextColumn

from embspace.corpora.entries import RECORDS, SYNTHETIC, Entry
from embspace.figures.theme import language_name
from widgets.pick_row import pick_row

COLUMNS: dict[str, Any] = {
    "name": TextColumn("Corpus", width=130),
    "title": TextColumn("What it is", width=275),
    "languages": TextColumn("Languages", width=85),
    "sentences": NumberColumn("Sentences", width=80, format="localized"),
    "words": NumberColumn("Words", width=75, format="localized"),
    "groups": NumberColumn("Parallel", width=70, format="localized", help="Sentences that are translated."),
    "links": NumberColumn("Links", width=65, format="localized", help="Pairs of words that are aligned."),
    "tagged": TextColumn("Known", width=75, help="Entities in sentences or tags of words; pairs or questions."),
    "license": TextColumn("License", width=85),
    "state": TextColumn("From", width=85),
}


def pick_catalog(entries: Sequence[Entry], chosen: str | None) -> Entry | None:
    """The table; returns the corpus of the chosen row."""
    row = pick_row("corpus", [one.name for one in entries], chosen, catalog_table(entries), COLUMNS)
    return None if row is None else entries[row]


def catalog_table(entries: Sequence[Entry]) -> pd.DataFrame:
    """A row per corpus, in their order; what is not known is missing."""
    rows = [
        {
            "name": one.name,
            "title": one.title or _files(one),
            "languages": language_name(one.languages[0]) if len(one.languages) == 1 else str(len(one.languages)),
            "sentences": sum(one.sentences.values()) or None,
            "words": sum(one.words.values()) or None,
            "groups": one.groups or None,
            "links": one.links or None,
            "tagged": _known(one),
            "license": one.license or None,
            "state": "▲ damaged" if one.problem else "embspace" if one.shipped else "you",
        }
        for one in entries
    ]
    counts = ["sentences", "words", "groups", "links"]
    return pd.DataFrame(rows).astype(dict.fromkeys(counts, "Int64"))


def _known(one: Entry) -> str | None:
    if one.records:
        return RECORDS[one.records]
    return "entities" if one.entities or one.name == SYNTHETIC else "tags" if one.tags else None


def _files(one: Entry) -> str | None:
    return ", ".join(one.origin) or None
