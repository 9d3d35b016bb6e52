"""What is being read, while its map is not there yet."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from embspace.corpora.records import Corpus
from widgets.show_selection import sentence_table


def show_examples(corpus: Corpus) -> None:
    """One sentence of each entity type in every language."""
    st.caption(f"{len(corpus):,} sentences, for example")
    st.html(sentence_table(examples(corpus)))


def examples(corpus: Corpus) -> pd.DataFrame:
    """The first sentence of each type and its translations: `language type context start stop`."""
    first: dict[str, str | None] = {}
    rows = []
    for sentence in corpus:
        entity = sentence.entity
        if entity and first.setdefault(entity.type, sentence.parallel) == sentence.parallel:
            start, stop = sentence.offsets[entity.start][0], sentence.offsets[entity.stop - 1][1]
            rows.append((sentence.language, entity.type, sentence.text, start, stop))
    found = pd.DataFrame(rows, columns=["language", "type", "context", "start", "stop"])
    return found.sort_values("type", kind="stable", ascending=False)
