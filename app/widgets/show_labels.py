"""Words with their labels: marked in the running text, counted, as a table, as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

import state
from embspace.corpora.records import Corpus
from embspace.figures.tagged_text import MOST, behind, conll, tag_colors, tagged_html
from embspace.figures.theme import by_family
from embspace.workflows.predict import scores
from label_lines import label_command, label_lines
from labelling import SHOWN, Labelling
from widgets.download import table_bytes
from widgets.pick_only import pick_only
from widgets.show_table import show_table

HEIGHT = 530
"""pixels of a list of sentences"""
_PAGE = (
    ":root{color-scheme:light dark}body{font-family:sans-serif;line-height:1.8}sub{font-size:.6em;opacity:.65}"
    "td{padding:.3rem .75rem .3rem 0}mark{color:inherit;border-radius:.2rem;padding:0 .2rem}"
)
"""how a page of sentences looks"""


def show_labels(view: Labelling, table: pd.DataFrame, sentences: Corpus) -> Labelling:
    """The sentences with their words marked, what can be taken away, counts and lines; the view as it is steered."""
    known = bool(table["gold"].notna().any())
    if view.source == "corpus":
        view = pick_shown(view, table, known)
    numbers = chosen_sentences(view, table)
    first, *counted, words = st.tabs(["Sentences", *(["Counts"] if known else []), "Words"])
    with first:
        st.html(legend(table, known))
        if len(numbers):
            with st.container(height=HEIGHT if view.source == "corpus" else "content", border=False):
                st.html(tagged_html(table, sentences, sentences=numbers[:MOST].tolist()))
        else:
            st.caption("No sentence is like that.")
        if len(numbers) > MOST:
            st.caption(f"The first {MOST} of {len(numbers):,} sentences; the files have all.")
    for tab in counted:
        with tab:
            show_table(count_table(table), state.labelling_key("counts"), height=HEIGHT)
    with words:
        show_table(table, state.labelling_key("words"), height=HEIGHT)
    take_away(view, table, sentences)
    return view


def pick_shown(view: Labelling, table: pd.DataFrame, known: bool) -> Labelling:
    """Which of the sentences are shown: all, those with entities, those with errors; of one language."""
    with st.container(horizontal=True, vertical_alignment="center"):
        options = [one for one in SHOWN if known or one != "wrong"]
        shown = st.segmented_control(
            "Shown",
            options,
            default=view.shown if view.shown in options else "all",
            format_func=SHOWN.__getitem__,
            key=state.labelling_key("shown"),
            required=True,
            label_visibility="collapsed",
        )
        only = pick_only(view.only, table["language"].unique(), state.labelling_key("only"), 180)
    return replace(view, shown=shown or "all", only=only)


def chosen_sentences(view: Labelling, table: pd.DataFrame) -> np.ndarray:
    """The numbers of the sentences that a view shows."""
    rows = np.ones(len(table), bool)
    if view.source == "corpus":
        if view.only:
            rows &= (table["language"] == view.only).to_numpy()
        if view.shown == "entities":
            rows &= table["predicted"].notna().to_numpy() & (table["predicted"] != "O").to_numpy()
        elif view.shown == "wrong":
            rows &= table["gold"].notna().to_numpy() & (table["gold"] != table["predicted"]).to_numpy()
    return table.loc[rows, "sentence"].unique()


def legend(table: pd.DataFrame, known: bool = False) -> str:
    """The types or tags with their colors, as HTML; `known`: it is told what stands below words that are wrong."""
    marks = (
        f'<mark style="background:{behind(color)}">{escape(kind)}</mark>'
        for kind, color in sorted(tag_colors(table).items())
    )
    below = "<span>below wrong words: gold, and → what was predicted</span>" if known else ""
    return f'<div class="labels">{" ".join(marks)} {below}</div>'


def count_table(table: pd.DataFrame) -> pd.DataFrame:
    """A row per language with gold tags: sentences, wrong ones, words, accuracy, F1 of entities; then all together."""
    found = scores(table)
    words = table.loc[table["gold"].notna(), "language"].value_counts()
    rows = [
        {"language": code, "words": int(words[code]), **found[code]} for code in by_family(found) if code in words.index
    ]
    if len(rows) > 1:
        every = table.assign(language="all")
        every.attrs = table.attrs
        rows.append({"language": "all together", "words": int(words.sum()), **scores(every)["all"]})
    counts = pd.DataFrame(rows)
    order = ["language", "sentences", "wrong_sentences", "words", "accuracy", "f1"]
    return counts.loc[:, [one for one in order if one in counts.columns]]


def take_away(view: Labelling, table: pd.DataFrame, sentences: Corpus) -> None:
    """Files of the labels, and lines that make them."""
    name = file_name(view.checkpoint, "text" if view.source == "text" else view.corpus)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        files = {
            "CSV": (lambda: table_bytes(table), "csv", "text/csv"),
            "CoNLL": (lambda: conll(table).encode(), "conll", "text/plain"),
            "HTML": (lambda: page(table, sentences).encode(), "html", "text/html"),
        }
        for label, (data, ending, mime) in files.items():
            key = state.labelling_key(f"file_{ending}")
            st.download_button(label, data, f"{name}.{ending}", mime, key=key, on_click="ignore")
        if view.source == "corpus" and int(table["gold"].notna().to_numpy().sum()):
            address = replace(view, source="text", shown="all").to_address()
            st.page_link("views/errors.py", label="Its errors", icon=":material/rule:", query_params=address)
    lines = st.expander("The same in Python")
    lines.code(label_lines(view), language="python")
    lines.caption("On the command line")
    lines.code(label_command(view), language="bash")


def page(table: pd.DataFrame, sentences: Sequence) -> str:
    """A page of all sentences with their words marked."""
    numbers = table["sentence"].unique().tolist()
    rows = tagged_html(table, sentences, sentences=numbers)
    return f'<!doctype html><meta charset="utf-8"><style>{_PAGE}</style>{legend(table)}{rows}'


def file_name(checkpoint: str, what: str) -> str:
    """Of files of labels."""
    parts = [checkpoint.rstrip("/").rpartition("/")[2] if not checkpoint.startswith("job:") else checkpoint, what]
    return "".join(one if one.isalnum() or one in "-_. @" else "-" for one in " - ".join(parts))[:100]
