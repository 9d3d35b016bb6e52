"""The tagger: words of a text or of a corpus, labelled by any trained checkpoint."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from embspace.corpora.languages import LANGUAGES
from embspace.errors import EmbspaceError
from embspace.figures.theme import by_family, language_name
from embspace.workflows.predict import sentences_of
from embspace.workflows.ready import start_ready
from labelling import LONGEST, SOURCES, Labelling
from taggers import TRAIN
from widgets.export_checkpoint import export_button
from widgets.make_labels import make_labels
from widgets.open_labelling import open_labelling
from widgets.pick_tagged import pick_tagged
from widgets.pick_tagger import pick_tagger
from widgets.say import say_error
from widgets.show_labels import show_labels

EXAMPLE = "Angela Merkel met Siemens in Munich .\nWashington is a city ; Washington was a president ."
EMPTY = "Paste a text on the left, a sentence in each line, and press **Label**; or choose a corpus in the sidebar."


def main() -> None:
    """Choose a tagger and words; find their labels, or wait for them; show."""
    view, known = open_labelling("tagger")
    with st.sidebar:
        view = replace(view, checkpoint=pick_tagger("Tagger", "checkpoint", view.checkpoint, known))
        if view.checkpoint:
            export_button(view.checkpoint, "tagger")
        source = st.segmented_control(
            "Words of",
            list(SOURCES),
            default=view.source,
            format_func=SOURCES.__getitem__,
            key=state.labelling_key("source"),
            required=True,
        )
        view = replace(view, source=source or view.source)
        if view.source == "corpus":
            view = pick_tagged(view, tagged=False)
    state.keep_labelling(view)
    if not view.checkpoint:
        st.info(f"There is no tagger here yet. {TRAIN}", icon=":material/label:")
        return
    if view.source == "corpus":
        show(view)
        return
    start_ready(state.workspace())  # a text that is sent does not wait for the model library then
    left, right = st.columns([2, 3], gap="large")
    with left:
        view = write(view)
    state.keep_labelling(view)
    with right:
        if view.texts:
            show(view)
        else:
            st.info(EMPTY, icon=":material/edit_note:")


def write(view: Labelling) -> Labelling:
    """A text and its language, read when the button is pressed."""
    with st.form(state.labelling_key("form"), border=False):
        text = st.text_area(
            "Text",
            view.text,
            height=330,
            max_chars=LONGEST,
            key=state.labelling_key("text"),
            placeholder=EXAMPLE,
            help="A sentence in each line. A longer text can be added on the page Corpora.",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            known = by_family([*LANGUAGES, view.language])
            language = st.selectbox(
                "Language",
                known,
                known.index(view.language),
                format_func=language_name,
                key=state.labelling_key("language"),
                accept_new_options=True,
                help="One of these, or a code such as sr-Latn.",
                width=190,
            )
            st.form_submit_button("Label", type="primary", icon=":material/label:")
    if not text and st.button("Try an example", icon=":material/lightbulb:", key=state.labelling_key("example")):
        state.renew_labelling(replace(view, text=EXAMPLE, language="en"))
        st.rerun()
    return replace(view, text=(text or "").replace("\r\n", "\n"), language=(language or view.language).strip())


def show(view: Labelling) -> None:
    """The labels of the view's words, found or waited for; what is not possible is said."""
    try:
        config = view.config(view.checkpoint)
        known = view.source == "corpus"
        sentences = state.corpus(view.extraction()) if known else sentences_of(config, state.workspace())
        made = make_labels([config], sentences, ask=known)
        if made is not None:
            state.keep_labelling(show_labels(view, made[0], sentences))
    except EmbspaceError as error:
        say_error(str(error))


main()
