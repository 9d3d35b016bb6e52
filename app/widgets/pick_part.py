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
    usual: str | None = None,
    help: str | None = None,
) -> dict[str, Any]:
    """Fields in a row; the JSON form of a `Part`.

    Args:
        name: begins the keys of the fields.
        label: of the corpus.
        entries: the corpora that there are, by name.
        languages: chosen at first; none: all.
        per_type: of SyntheticNER, at first; None: the paper's counts.
        split: of SyntheticNER.
        usual: the corpus that is chosen at first; None: the first one.
        help: what the sentences are for.
    """
    first, second, third, fourth = st.columns([6, 8, 4, 5], vertical_alignment="bottom")
    corpus = first.selectbox(
        label,
        names := list(entries),
        names.index(usual) if usual in names else 0,
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
    in_all = drawn and fourth.segmented_control(
        "Counted",
        [False, True],
        default=False,
        format_func=lambda one: "in all" if one else "per type",
        key=f"{name}_counted",
        required=True,
        label_visibility="collapsed",
    )
    count = third.number_input(
        "Sentences",
        3 if in_all else 1,
        None,
        per_type if drawn and not in_all else None,
        key=f"{name}_count_{corpus}_{in_all}",
        placeholder="paper's" if drawn else "all",
        help=_HELP if drawn else _HELP_OTHER,
    )
    part = {"corpus": corpus, "languages": [code for code in known if code in chosen] or None}
    return part | ({"sentences" if in_all else "per_type": count, "split": split} if drawn else {"sentences": count})


_HELP = (
    "Of each language: so many of each entity type, or in all, with persons, places and organizations in the paper's "
    "proportions; empty: as many as in the paper."
)
_HELP_OTHER = "The first so many groups of translations, or sentences of each language; empty: all."
