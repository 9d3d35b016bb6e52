"""What is being read, while its map is not there yet."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from embspace.corpora.records import Corpus
from widgets.show_selection import sentence_table

MOST = 30
"""sentences on the screen"""


def show_examples(corpus: Corpus) -> None:
    """One sentence of each entity type in every language; of running text one in every language."""
    st.caption(f"{len(corpus):,} sentences, for example")
    st.html(sentence_table(examples(corpus)))


def examples(corpus: Corpus) -> pd.DataFrame:
    """A sentence of each type (or none) and its translations: `language type context start stop`."""
    first: dict[str, str | None] = {}
    seen: set[tuple[str, str]] = set()
    rows = []
    for sentence in corpus:
        entity = sentence.entity
        kind = entity.type if entity else ""
        same = first.setdefault(kind, sentence.parallel) == sentence.parallel
        if not same or (sentence.language, kind) in seen or len(rows) == MOST:
            continue
        seen.add((sentence.language, kind))
        start, stop = (sentence.offsets[entity.start][0], sentence.offsets[entity.stop - 1][1]) if entity else (0, 0)
        rows.append((sentence.language, kind or None, sentence.text, start, stop))
    found = pd.DataFrame(rows, columns=["language", "type", "context", "start", "stop"])
    return found.sort_values("type", kind="stable", ascending=False)
