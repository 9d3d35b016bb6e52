"""What a new space is to hold: which model, which sentences, and how they are read and stored."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

import state
from choice import all_words
from embspace.corpora.languages import LANGUAGES
from embspace.corpora.templates import CODES, TYPES
from embspace.errors import EmbspaceError, SettingsError
from embspace.figures.theme import by_family
from embspace.spaces.recipe import POOLINGS
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.settings import from_json
from widgets import pick_encoder
from widgets.say import say_error

SPLITS = {"test": "test", "train": "train"}
TARGETS = {"auto": "entities", "words": "every word"}
READ = {"auto": "word by word", "text": "as running text"}
COMPUTED = ("float32", "bfloat16", "float16")


def pick_extraction() -> ExtractConfig | None:
    """The form; the settings once it was sent and they are possible, else what is wrong is said."""
    with st.form("extraction", border=False):
        values = _model() | _sentences() | _reading()
        sent = st.form_submit_button("Extract", type="primary")
    if not sent:
        return None
    try:
        config = from_json(ExtractConfig, _settings(values))
        state.corpus(config)
    except EmbspaceError as error:
        say_error(str(error))
        return None
    return config


def _model() -> dict[str, Any]:
    first, second = st.columns([3, 1])
    name = first.text_input("Checkpoint", "mini", key="new_checkpoint", help=pick_encoder.HELP, max_chars=500)
    workers = second.number_input(
        "Workers", 1, 256, 1, key="new_workers", help="Processes that share the work, each with the model in memory."
    )
    return {"checkpoint": name.strip(), "workers": workers}


def _sentences() -> dict[str, Any]:
    """SyntheticNER: which of it."""
    st.markdown("###### Sentences of SyntheticNER")
    languages = st.pills(
        "Languages",
        by_family(CODES),
        default=by_family(CODES),
        selection_mode="multi",
        format_func=lambda code: LANGUAGES[code].name,
        key="new_languages",
        help="The same sentences in each of them.",
    )
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


def _reading() -> dict[str, Any]:
    """How sentences become vectors, and what is stored."""
    st.markdown("###### How they are read, and what is kept")
    first, second, third, fourth = st.columns(4)
    return {
        "targets": first.selectbox(
            "Vectors of", list(TARGETS), format_func=TARGETS.__getitem__, key="new_targets", help="What gets a vector."
        ),
        "tokenize_as": second.selectbox(
            "Read",
            list(READ),
            format_func=READ.__getitem__,
            key="new_read",
            help="Word by word: each word is cut by itself. Running text: as the model met it in training.",
        ),
        "pooling": third.selectbox(
            "Pieces become a word by", POOLINGS, key="new_pooling", help="How the vectors of its pieces are joined."
        ),
        "layers": fourth.text_input(
            "Layers", "all", key="new_layers", help="all, or numbers: 0 (embeddings), 6, -1 (the last)."
        ),
        "dtype": first.selectbox(
            "Computed in", COMPUTED, key="new_dtype", help="What the model computes in; float32 is exact."
        ),
        "stored_dtype": second.selectbox(
            "Stored in",
            ("float16", "float32"),
            key="new_stored",
            help="float16 takes half the room; parts that would overflow are kept in float32.",
        ),
        "window": third.number_input(
            "Window",
            1,
            None,
            None,
            key="new_window",
            placeholder="the model's limit",
            help="The most pieces read at once; longer sentences are read in windows.",
        ),
        "overlap": fourth.number_input(
            "Overlap", 0, None, None, key="new_overlap", placeholder="half a window", help="Pieces that windows share."
        ),
    }


def _settings(values: dict[str, Any]) -> dict[str, Any]:
    """The JSON form of the settings; what is all of something is left open.

    Raises:
        SettingsError: no language or type is left, or the layers are no numbers.
    """
    for name in ("languages", "types"):
        if not values[name]:
            raise SettingsError(f"No {name} are chosen; choose one or more.")
    languages = [code for code in CODES if code in values["languages"]]
    types = [name for name in TYPES if name in values["types"]]
    open_ended = {
        "languages": None if len(languages) == len(CODES) else languages,
        "types": None if len(types) == len(TYPES) else types,
        "layers": _layers(values["layers"]),
    }
    return {**values, **open_ended}


def _layers(text: str) -> str | list[int]:
    if text.strip().lower() in ("all", ""):
        return "all"
    try:
        return [int(part) for part in re.split(r"[\s,;]+", text.strip()) if part]
    except ValueError:
        raise SettingsError(
            f'Layers: {text!r} is not possible; expected "all", or whole numbers such as 0, 6, -1.'
        ) from None
