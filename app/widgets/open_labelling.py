"""How a page about taggers begins: its view, what of its address was not possible, the taggers that there are."""

from __future__ import annotations

from dataclasses import replace

import state
from embspace.encoders.trained import runs
from labelling import Labelling
from taggers import taggers
from widgets.say import say_notice


def open_labelling(page: str) -> tuple[Labelling, dict[str, str]]:
    """The view of a page, with a tagger if there is any, and all taggers: name -> title."""
    state.in_dialog(False)
    view = state.labelling(page)
    for text in state.labelling_notices():
        say_notice(text)
    known = taggers(runs(state.workspace()))
    if not view.checkpoint and known:
        view = replace(view, checkpoint=next(iter(known)))
    return view, known
