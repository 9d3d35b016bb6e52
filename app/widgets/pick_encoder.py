"""Which model is looked at."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import state
from choice import Choice

HELP = (
    "`mini` comes with embspace. Otherwise the folder of a checkpoint, or a name on the Hugging Face hub such as "
    "`FacebookAI/xlm-roberta-base`, optionally with `@revision`; it is downloaded once."
)


def pick_encoder(view: Choice) -> Choice:
    """A field for a checkpoint; an empty one means what was shown."""
    name = st.text_input("Checkpoint", view.checkpoint, key=state.key("checkpoint"), help=HELP, max_chars=500)
    return replace(view, checkpoint=name.strip() or view.checkpoint)
