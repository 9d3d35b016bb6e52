"""The errors of a tagger, or of two: where one errs and the other does not, and where these words lie on the Map."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

import state
from embspace.analyses.wrong_words import wrong_words
from embspace.corpora.records import Corpus
from embspace.errors import EmbspaceError
from errors_shown import of_clubs, shown_words, types_of
from labelling import Labelling
from stored import weights_key
from taggers import TRAIN
from widgets.make_labels import make_labels
from widgets.open_labelling import open_labelling
from widgets.pick_errors import pick_errors
from widgets.pick_tagged import pick_tagged
from widgets.pick_tagger import pick_tagger
from widgets.say import say_error
from widgets.show_errors import show_errors, show_figure, show_files

BARE = "These sentences have no tags of the kind that the tagger gives, so nothing is known to be wrong; choose others."


def main() -> None:
    """Choose taggers and sentences; find their labels, or wait for them; show what is wrong."""
    view, known = open_labelling("errors")
    with st.sidebar:
        view = replace(view, checkpoint=pick_tagger("Tagger A", "checkpoint", view.checkpoint, known))
        view = replace(view, beside=pick_tagger("Tagger B", "beside", view.beside, known, none=True))
        view = pick_tagged(view, tagged=True)
    state.keep_labelling(view)
    if not view.checkpoint:
        st.info(f"There is no tagger here yet. {TRAIN}", icon=":material/rule:")
        return
    if view.beside == view.checkpoint:
        st.info("A and B are the same tagger; choose another one as B, or none.", icon=":material/rule:")
        return
    try:
        sentences = state.corpus(view.extraction())
        systems = [one for one in (view.checkpoint, view.beside) if one]
        made = make_labels([view.config(one, corpus=True) for one in systems], sentences, ask=True)
        if made is None:
            return
        if any(table["gold"].count() == 0 for table in made):
            st.info(BARE, icon=":material/rule:")
            return
        show(view, dict(zip(systems, made, strict=True)), sentences, {one: known.get(one, one) for one in systems})
    except EmbspaceError as error:
        say_error(str(error))


def show(view: Labelling, tables: dict[str, pd.DataFrame], sentences: Corpus, titles: dict[str, str]) -> None:
    """Filters, the figure of counts, the sentences."""
    about = [(name, weights_key(name), table.attrs["settings"]) for name, table in tables.items()]

    def join() -> pd.DataFrame:
        labels = pd.concat([table.assign(system=name) for name, table in tables.items()], ignore_index=True)
        return labels.loc[labels["gold"].notna()].assign(predicted=labels["predicted"].fillna("O"))

    labels = state.table("labels", about, join)
    words = state.table("wrong words", about, lambda: wrong_words(labels, *tables))
    with st.container(horizontal=True, vertical_alignment="center", key="how"):
        st.header("Errors", anchor=False, width="content")
        view = pick_errors(view, list(words.attrs["settings"]["sentences"]), types_of(words))
    state.keep_labelling(view)
    words = of_clubs(words, sentences) if view.clubs else words
    figure = show_figure(words, (about, view.clubs))
    chosen = shown_words(view, words)
    show_errors(view, labels, chosen, sentences, titles)
    if len(chosen):
        show_files(view, figure, chosen)


main()
