"""Which sentences a model is to read: of SyntheticNER a choice, of another corpus languages and a number."""

from __future__ import annotations

from typing import Any

import streamlit as st

import state
from choice import all_words
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.languages import LANGUAGES
from embspace.corpora.templates import CODES, TYPES
from embspace.errors import SettingsError
from embspace.figures.theme import by_family, language_name

SPLITS = {"test": "test", "train": "train"}


def pick_name() -> Entry:
    """The corpus; to stand before a form, which depends on it."""
    entries = {one.name: one for one in state.catalog() if not one.problem}
    name = st.selectbox(
        "Corpus",
        list(entries),
        format_func=lambda name: "SyntheticNER" if name == SYNTHETIC else name,
        key="new_corpus",
        help="Corpora are added on the page Corpora.",
    )
    return entries[name]


def pick_sentences(entry: Entry) -> dict[str, Any]:
    """Which of its sentences, inside a form: the fields of `ExtractConfig` that say so, for `sentence_settings`."""
    return _of_synthetic() if entry.name == SYNTHETIC else _of_another(entry)


def sentence_settings(entry: Entry, values: dict[str, Any]) -> dict[str, Any]:
    """The JSON form of what was picked; what is all of something is left open.

    Raises:
        SettingsError: no language or type is left.
    """
    for name in ("languages", "types"):
        if name in values and not values[name]:
            raise SettingsError(f"No {name} are chosen; choose one or more.")
    known = CODES if entry.name == SYNTHETIC else entry.languages
    languages = [code for code in known if code in values["languages"]]
    found = {**values, "corpus": entry.name, "languages": None if len(languages) == len(known) else languages}
    if "types" in values:
        types = [name for name in TYPES if name in values["types"]]
        found["types"] = None if len(types) == len(TYPES) else types
    return found


def _pick_languages(codes: list[str], of: str) -> list[str]:
    return st.pills(
        "Languages",
        codes,
        default=codes,
        selection_mode="multi",
        format_func=lambda code: LANGUAGES[code].name if code in LANGUAGES else language_name(code),
        key=f"new_languages_{of}" if of else "new_languages",
        help="The same sentences in each of them." if not of else None,
    )


def _of_synthetic() -> dict[str, Any]:
    languages = _pick_languages(by_family(CODES), "")
    first, second, third, fourth = st.columns([8, 5, 5, 4])
    entities = first.multiselect(
        "Words", all_words(), key="new_entities", placeholder="All", help="Named entities; none means a draw from all."
    )
    types = second.pills(
        "Types",
        TYPES,
        default=TYPES,
        selection_mode="multi",
        key="new_types",
        help="Persons, places, organizations. A word has those that it is: Washington is PER and LOC.",
    )
    per_type = third.number_input(
        "Sentences per type",
        1,
        None,
        100,
        key="new_per_type",
        help="In each language; of every word that is named.",
    )
    split = fourth.segmented_control(
        "Split", list(SPLITS), default="test", key="new_split", help="Half of contexts and words.", required=True
    )
    return {"languages": languages, "entities": entities, "types": types, "per_type": per_type, "split": split}


def _of_another(entry: Entry) -> dict[str, Any]:
    languages = _pick_languages(by_family(entry.languages), entry.name)
    count = st.number_input(
        "Sentences",
        1,
        None,
        None,
        key=f"new_sentences_{entry.name}",
        placeholder="all",
        help="The first so many that are translated into the languages; where nothing is parallel, of each language.",
        width=220,
    )
    return {"languages": languages, "sentences": count}
