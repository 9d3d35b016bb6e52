"""What a stored space is: its recipe in words, its files, examples of its words, and the same in Python."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

import state
from embspace.errors import StoreError
from embspace.figures.theme import language_name
from embspace.spaces import store
from embspace.spaces.shelf import StoredSpace
from inventory import Words, moment, size_text
from python_lines import command_lines, space_lines
from widgets.say import say_error

TARGETS = {"entities": "the named entity of each sentence", "words": "every word"}
CUT = {"words": "word by word", "text": "as running text, words by their place in it"}
POOLED = {
    "mean": "the mean of them",
    "sum": "the sum of them",
    "max": "the maximum of them",
    "first": "the first of them",
    "last": "the last of them",
}


def show_space(one: StoredSpace) -> None:
    """Tabs: what it is, its words, and lines that open or make it."""
    recipe, words, python, command = st.tabs(["Recipe and files", "Words", "The same in Python", "Command line"])
    try:
        counted = state.words(one) if one.shards else None
    except StoreError as error:
        counted = None
        words.caption("The words cannot be read.")
        if one.state != "damaged":
            with words:
                say_error(str(error))
    with recipe:
        st.html(f'<div class="facts">{facts(made(one))}{facts(files(one, counted))}</div>')
        st.code(str(one.path), language=None)
    if counted is not None:
        with words.container(height=360, border=False):
            st.html(word_table(counted))
    config = state.origin(one).config
    python.code(space_lines(one, config), language="python")
    command.code(command_lines(one, config), language=None)


def made(one: StoredSpace) -> dict[str, str]:
    """The recipe in readable words; empty where the head is damaged."""
    recipe = one.recipe
    if not recipe:
        return {}
    codes = recipe.get("languages", [])
    names = ", ".join(language_name(code) for code in codes)
    pooled = f"a word is {POOLED[recipe['pooling']]}" if recipe.get("pooling") in POOLED else ""
    targets, way = str(recipe.get("targets", "")), str(recipe.get("tokenize_as", ""))
    found = {
        "Checkpoint": str(recipe.get("checkpoint", "")),
        "Corpus": str(recipe.get("corpus", "")),
        "Languages": f"{len(codes)}: {names}" if codes else "",
        "Vectors of": TARGETS.get(targets, targets),
        "Pieces": "; ".join(filter(None, [f"cut {CUT.get(way, way)}" if way else "", pooled])),
        "Windows": _windows(recipe),
        "Layers": _layers(one),
        "Precision": f"computed in {recipe.get('dtype')}, stored in {one.stored_dtype}" if "dtype" in recipe else "",
    }
    return {name: value for name, value in found.items() if value}


def files(one: StoredSpace, words: Words | None) -> dict[str, str]:
    """Words, shards and times, and what the last bits depend on."""
    wide = sorted(index for index, dtype in one.dtypes.items() if dtype != one.stored_dtype and one.stored_dtype)
    shards = f"{len(one.dtypes):,} of {one.shards:,}, {' and '.join(sorted(set(one.dtypes.values())))}"
    if wide:
        listed = ", ".join(map(str, wide[:8])) + (", ..." if len(wide) > 8 else "")
        shards += f"; {listed} in float32, for values beyond float16"
    found = {
        "Words": f"{one.n_words:,}" if one.shards else "",
        "Found": _found(one, words) if words else "",
        "In windows": f"{one.in_windows:,} {'word was' if one.in_windows == 1 else 'words were'} read in windows",
        "Shards": shards.rstrip(", ") if one.shards else "",
        "On disk": size_text(one.bytes),
        "Created": f"{moment(one.created) or 'unknown'}",
        "Last used": f"{moment(one.used) or 'unknown'}",
        "Made with": _made_with(one),
    }
    if not one.shards:
        del found["In windows"]
    return {name: value for name, value in found.items() if value}


def facts(values: Mapping[str, str]) -> str:
    """An HTML table of names and values, escaped."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in values.items())
    return f"<table>{rows}</table>" if rows else ""


def word_table(words: Words) -> str:
    """A row per language with examples of its words cut into pieces; every text is escaped."""
    rows = []
    for code, group in words.examples.groupby("language", sort=False):
        cells = "".join(
            f'<span class="word" dir="auto" title="{escape(text)}">'
            + "".join(f"<i>{escape(piece)}</i>" for piece in str(pieces).split(" "))
            + "</span>"
            for text, pieces in group[["text", "pieces"]].itertuples(index=False)
        )
        rows.append(f'<tr><td>{escape(language_name(str(code)))}</td><td lang="{escape(str(code))}">{cells}</td></tr>')
    lost = ", ".join(words.lost_texts)
    if words.lost:
        rows.append(f"<tr><td>Not found</td><td>{words.lost:,}, for example {escape(lost)}</td></tr>")
    return f'<table class="sentences words"><tbody>{"".join(rows)}</tbody></table>'


def _found(one: StoredSpace, words: Words) -> str:
    some = "" if words.read == one.n_words else f" of the {words.read:,} that were looked at"
    if not words.lost:
        return f"all{some}"
    return f"{words.read - words.lost:,}{some}; {words.lost:,} have no pieces: {', '.join(words.lost_texts)}"


def _windows(recipe: Mapping[str, Any]) -> str:
    if "window" not in recipe:
        return ""
    most = "as many pieces as the model reads" if recipe["window"] is None else f"{recipe['window']:,} pieces"
    shared = "half of them" if recipe.get("overlap") is None else f"{recipe['overlap']:,} of them"
    return f"of {most}, {shared} shared"


def _layers(one: StoredSpace) -> str:
    if len(one.layers) == one.model_layers:
        return f"all {one.model_layers}, embeddings to output"
    return f"{', '.join(map(str, one.layers))} of 0 (embeddings) to {one.model_layers - 1} (output)"


def _made_with(one: StoredSpace) -> str:
    """Versions, way and threads, as the head says."""
    try:
        made_with = store.read_head(one.path).get("made_with", {})
    except StoreError:
        return ""
    names = {"way": "{} pass", "threads": "threads: {}", "token_budget": "batches of {} pieces"}
    versions = [f"{name} {made_with[name]}" for name in ("embspace", "torch", "transformers") if name in made_with]
    rest = [text.format(made_with[name]) for name, text in names.items() if name in made_with]
    return " · ".join([*versions, *rest])
