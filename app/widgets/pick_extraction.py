"""What a new space is to hold: which model, which sentences, and how they are read and stored."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

import state
from embspace.corpora.entries import SYNTHETIC
from embspace.errors import EmbspaceError, SettingsError
from embspace.spaces.recipe import POOLINGS
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.settings import from_json
from widgets import pick_encoder
from widgets.pick_corpus import pick_name, pick_sentences, sentence_settings
from widgets.say import say_error

TARGETS = {"auto": "entities", "words": "every word"}
ANY_TARGETS = {"auto": "entities, if all have one", "entities": "entities", "words": "every word"}
READ = {"auto": "word by word", "text": "as running text"}
ANY_READ = {"auto": "as it comes", "words": "word by word", "text": "as running text"}
COMPUTED = ("float32", "bfloat16", "float16")


def pick_extraction() -> ExtractConfig | None:
    """The form; the settings once it was sent and they are possible, else what is wrong is said."""
    corpus = pick_name()  # before the form: what may be said of sentences depends on it
    with st.form("extraction", border=False):
        values = _model()
        sentences = pick_sentences(corpus)
        values |= _reading(tagged=corpus.name == SYNTHETIC)
        sent = st.form_submit_button("Extract", type="primary")
    if not sent:
        return None
    try:
        settings = {**values, **sentence_settings(corpus, sentences), "layers": _layers(values["layers"])}
        config = from_json(ExtractConfig, settings)
        state.check_corpus(config)
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


def _reading(tagged: bool) -> dict[str, Any]:
    """How sentences become vectors, and what is stored; `tagged`: words with an entity in each sentence."""
    targets, read = (TARGETS, READ) if tagged else (ANY_TARGETS, ANY_READ)
    st.markdown("###### How they are read, and what is kept")
    first, second, third, fourth = st.columns(4)
    return {
        "targets": first.selectbox(
            "Vectors of",
            list(targets),
            format_func=targets.__getitem__,
            key="new_targets" if tagged else "new_targets_any",
            help="What gets a vector.",
        ),
        "tokenize_as": second.selectbox(
            "Read",
            list(read),
            format_func=read.__getitem__,
            key="new_read" if tagged else "new_read_any",
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


def _layers(text: str) -> str | list[int]:
    if text.strip().lower() in ("all", ""):
        return "all"
    try:
        return [int(part) for part in re.split(r"[\s,;]+", text.strip()) if part]
    except ValueError:
        raise SettingsError(
            f'Layers: {text!r} is not possible; expected "all", or whole numbers such as 0, 6, -1.'
        ) from None
