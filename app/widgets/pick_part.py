"""Some sentences of a corpus: which, in which languages, and how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.templates import CODES
from embspace.figures.theme import by_family, language_name


def pick_part(
    name: str,
    label: str,
    entries: Mapping[str, Entry],
    *,
    languages: Sequence[str] = (),
    per_type: int | None = None,
    split: str = "train",
    help: str | None = None,
) -> dict[str, Any]:
    """Three fields in a row; the JSON form of a `Part`.

    Args:
        name: begins the keys of the fields.
        label: of the corpus.
        entries: the corpora that there are, by name.
        languages: chosen at first; none: all.
        per_type: of SyntheticNER, at first; None: the paper's counts.
        split: of SyntheticNER.
        help: what the sentences are for.
    """
    first, second, third = st.columns([3, 6, 2])
    corpus = first.selectbox(
        label,
        list(entries),
        format_func=lambda one: "SyntheticNER" if one == SYNTHETIC else one,
        key=f"{name}_corpus",
        help=help,
    )
    drawn = corpus == SYNTHETIC
    known = CODES if drawn else entries[corpus].languages
    chosen = second.multiselect(
        "Languages",
        by_family(known),
        [code for code in languages if code in known],
        format_func=language_name,
        key=f"{name}_languages_{corpus}",
        placeholder="All",
    )
    count = third.number_input(
        "Per type" if drawn else "Sentences",
        1,
        None,
        per_type if drawn else None,
        key=f"{name}_count_{corpus}",
        placeholder="paper's" if drawn else "all",
        help="Sentences of each entity type and language; empty: as many as in the paper."
        if drawn
        else "The first so many groups of translations, or sentences of each language; empty: all.",
    )
    part = {"corpus": corpus, "languages": [code for code in known if code in chosen] or None}
    return part | ({"per_type": count, "split": split} if drawn else {"sentences": count})
